// Exports spans by OTLP/HTTP in JSON (opentelemetry.io/docs/specs/otlp), in batches and with a bounded queue. Tracing is
// best-effort: a collector that is slow or away costs spans, never a delivery.
import type { Clock } from '#lib/clock.ts';
import { settleWithin } from '#lib/deadline.ts';
import type { Logger } from '#lib/log.ts';
import { type Attributes, spanKinds, type SpanRecord } from '#lib/tracing.ts';

export interface OtlpOptions {
  /** The whole URL, such as `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** What sends the spans: `service.name` and others. */
  readonly resource: Attributes;
  readonly version: string;
}

export interface OtlpExporter {
  readonly add: (span: SpanRecord) => void;
  /** Sends what is left, for `stopMs` at most. */
  stop(): Promise<void>;
}

/** The defaults of OpenTelemetry for a batch processor. */
const queueMax = 2048;
const batchMax = 512;
const intervalMs = 5_000;
/** How often the log says that spans were lost. */
const logEveryMs = 60_000;
/** The last export may take so long of a graceful shutdown. */
const stopMs = 2_000;
/** Answers after which the same spans are sent again later. */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export function startOtlpExporter(
  options: OtlpOptions,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): OtlpExporter {
  let queue: SpanRecord[] = [];
  let lost = 0;
  let logsAt = -Infinity;
  let reason = '';
  const ending = new AbortController();
  let wake: () => void = () => {};

  const report = (): void => {
    if (lost === 0 || clock.now() < logsAt) return;
    log.warn({ lost, reason }, 'traces.lost');
    logsAt = clock.now() + logEveryMs;
    lost = 0;
  };
  const lose = (count: number, why: string): void => {
    lost += count;
    reason = why;
  };
  /** True when the batch is out of the queue. */
  const exportBatch = async (): Promise<boolean> => {
    const batch = queue.slice(0, batchMax);
    const trouble = await post(options, batch);
    if (trouble?.isPassing === true) {
      reason = trouble.reason;
      return false;
    }
    queue = queue.slice(batch.length);
    if (trouble !== null) lose(batch.length, trouble.reason);
    return true;
  };
  const sleep = async (): Promise<void> => {
    if (ending.signal.aborted) return;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const waited = new AbortController();
    await Promise.race([woken, clock.sleep(intervalMs, waited.signal)]);
    waited.abort();
  };
  const run = async (): Promise<void> => {
    for (let isLast = false; !isLast;) {
      await sleep();
      isLast = ending.signal.aborted;
      while (queue.length > 0 && (await exportBatch()));
      if (isLast) lose(queue.length, reason);
      report();
    }
  };
  const running = run();
  ending.signal.addEventListener('abort', () => wake(), { once: true });
  return {
    add(span) {
      if (queue.length < queueMax) queue.push(span);
      else lose(1, reason === '' ? 'more spans than can be exported' : reason);
      if (queue.length === batchMax) wake();
    },
    async stop() {
      ending.abort();
      await settleWithin(running, stopMs, undefined);
    },
  };
}

interface Trouble {
  readonly reason: string;
  /** The same spans may be accepted later. */
  readonly isPassing: boolean;
}

/** Null when the collector accepted the spans. */
async function post(
  { url, headers, timeoutMs, resource, version }: OtlpOptions,
  spans: readonly SpanRecord[],
): Promise<Trouble | null> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(toOtlp(spans, resource, version)),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    if (response.ok) return null;
    return { reason: `the collector answered ${response.status}`, isPassing: retryable.has(response.status) };
  } catch {
    return { reason: 'the collector cannot be reached', isPassing: true };
  }
}

/** `ExportTraceServiceRequest` in the JSON of Protocol Buffers: 64-bit numbers as strings, ids in hex. */
function toOtlp(spans: readonly SpanRecord[], resource: Attributes, version: string): unknown {
  const scope = { name: 'carillon', version };
  return {
    resourceSpans: [
      {
        resource: { attributes: toKeyValues(resource) },
        scopeSpans: [{ scope, spans: spans.map(toSpan) }],
      },
    ],
  };
}

function toSpan(span: SpanRecord): unknown {
  const { traceId, spanId, parentSpanId, name, error } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name,
    kind: spanKinds[span.kind],
    startTimeUnixNano: toNano(span.startedAt),
    endTimeUnixNano: toNano(span.endedAt),
    attributes: toKeyValues(span.attributes),
    status: error === null ? {} : { code: 2, message: error },
  };
}

function toNano(ms: number): string {
  return `${Math.floor(ms)}000000`;
}

function toKeyValues(attributes: Attributes): unknown {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: toValue(value) }));
}

function toValue(value: string | number | boolean): unknown {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
