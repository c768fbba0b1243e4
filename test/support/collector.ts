// A collector of OpenTelemetry: takes spans by OTLP/HTTP in JSON, and answers as the test sets.
import { startReceiver, type Receiver } from './receiver.ts';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  /** Unix ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly resource: Readonly<Record<string, string | number | boolean>>;
  readonly status: { readonly code?: number; readonly message?: string };
}

export interface Collector extends Receiver {
  /** Of all requests that were answered 200, in the order of arrival. */
  spans(name?: string): readonly CollectedSpan[];
}

interface KeyValue {
  readonly key: string;
  readonly value: { stringValue?: string; intValue?: string; doubleValue?: number; boolValue?: boolean };
}
interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}
interface WireSpan extends Omit<CollectedSpan, 'attributes' | 'resource' | 'startedAt' | 'endedAt'> {
  readonly attributes: readonly KeyValue[];
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

export async function startCollector(): Promise<Collector> {
  const receiver = await startReceiver();
  const accepted: CollectedSpan[] = [];
  let answer: Receiver['answer'] = () => 200;
  receiver.answer = async (request) => {
    const given = await answer(request);
    if (given === 200) accepted.push(...read(JSON.parse(request.body) as ExportRequest));
    return given;
  };
  return {
    url: receiver.url,
    requests: receiver.requests,
    until: (condition) => receiver.until(condition),
    close: () => receiver.close(),
    get answer() {
      return answer;
    },
    set answer(value) {
      answer = value;
    },
    spans: (name) => accepted.filter((span) => name === undefined || span.name === name),
  };
}

function read({ resourceSpans }: ExportRequest): readonly CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes, startTimeUnixNano, endTimeUnixNano, ...span }) => ({
        ...span,
        startedAt: toMs(startTimeUnixNano),
        endedAt: toMs(endTimeUnixNano),
        attributes: toRecord(attributes),
        resource: toRecord(resource.attributes),
      })),
    ),
  );
}

function toMs(nano: string): number {
  if (!/^\d{19}$/.test(nano)) throw new Error(`"${nano}" is no time in nanoseconds`);
  return Number(BigInt(nano) / 1_000_000n);
}

function toRecord(attributes: readonly KeyValue[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue, doubleValue, boolValue } }) => [
      key,
      stringValue ?? boolValue ?? doubleValue ?? Number(intValue),
    ]),
  );
}
