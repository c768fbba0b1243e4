// Distributed tracing: spans with the context of W3C Trace Context (`traceparent`), which the store keeps with each event.
// Where there is no tracer nothing of this is loaded; callers ask for it by `tracer?.`.
import type { Random } from './random.ts';
import { isSampled, type Sampler } from './sampling.ts';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** The numbers of OTLP's `SpanKind`. */
export const spanKinds = { internal: 1, client: 3, producer: 4 } as const;
export type SpanKind = keyof typeof spanKinds;

/** A span that has ended, as it is exported. Times are Unix ms. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  /** Null: it begins the trace. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Attributes;
  /** Why it failed; null when it did not. */
  readonly error: string | null;
}

/** A span that has begun. One that is never ended is not exported. */
export interface Span {
  /** The context of what happens below it. */
  readonly traceparent: string;
  end(endedAt: number, attributes: Attributes, error?: string | null): void;
}

export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly startedAt: number;
  /** The `traceparent` above it. */
  readonly parent: string | null;
}

export interface Tracer {
  /** Begins a span, and a trace where there is none above. Null when the sampler leaves it out. */
  begin(start: SpanStart): Span | null;
  /** Begins a span in a trace that is recorded already. Null when there is none. */
  continue(start: SpanStart): Span | null;
}

/** What a `traceparent` that was read says. */
interface Context {
  readonly traceId: string;
  readonly spanId: string;
  readonly isRecorded: boolean;
}

/** `emit` gets each span when it ends. */
export function createTracer(
  sampler: Sampler,
  { random, emit }: { readonly random: Random; readonly emit: (span: SpanRecord) => void },
): Tracer {
  // A pool: one call gives the bytes of many ids, because a call costs more than its bytes.
  let pool = '';
  const hex = (digits: 16 | 32): string => {
    if (pool.length < digits) pool = Buffer.from(random.bytes(8 * 256)).toString('hex');
    const taken = pool.slice(0, digits);
    pool = pool.slice(digits);
    return taken;
  };
  const open = (start: SpanStart, traceId: string, parentSpanId: string | null): Span => {
    const spanId = hex(16);
    const { name, kind, startedAt } = start;
    return {
      traceparent: `00-${traceId}-${spanId}-01`,
      end: (endedAt, attributes, error = null) =>
        emit({ traceId, spanId, parentSpanId, name, kind, startedAt, endedAt, attributes, error }),
    };
  };
  return {
    begin(start) {
      const above = readContext(start.parent);
      const traceId = above?.traceId ?? hex(32);
      return isSampled(sampler, traceId, above?.isRecorded ?? null)
        ? open(start, traceId, above?.spanId ?? null)
        : null;
    },
    continue(start) {
      const above = readContext(start.parent);
      return above?.isRecorded === true ? open(start, above.traceId, above.spanId) : null;
    },
  };
}

/** Of a `traceparent` whose form was checked when it came in. */
function readContext(traceparent: string | null): Context | null {
  const [, traceId = '', spanId = '', flags = ''] = traceparent?.split('-') ?? [];
  if (traceId === '' || spanId === '') return null;
  return { traceId, spanId, isRecorded: (Number.parseInt(flags, 16) & 1) === 1 };
}
