import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Logger } from '#lib/log.ts';
import type { SpanRecord } from '#lib/tracing.ts';
import { type Collector, startCollector } from '../../test/support/collector.ts';
import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts';
import { type OtlpExporter, startOtlpExporter } from './otlp.ts';

const intervalMs = 5_000;
const minuteMs = 60_000;
const span: SpanRecord = {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: null,
  name: 'work',
  kind: 'internal',
  startedAt: 1_767_225_600_000,
  endedAt: 1_767_225_600_007,
  attributes: { text: 'x', whole: 3, part: 0.5, flag: true },
  error: null,
};

let collector: Collector;
let clock: FakeClock;
let logged: unknown[];
beforeEach(async () => {
  collector = await startCollector();
  clock = createFakeClock();
  logged = [];
});
afterEach(() => collector.close());

function start(): OtlpExporter {
  const log = { warn: (fields: object, event: string) => logged.push({ event, ...fields }) };
  const options = { url: collector.url, headers: {}, timeoutMs: 1000, resource: {}, version: '1' };
  return startOtlpExporter(options, { clock, log: log as unknown as Logger });
}
const add = (exporter: OtlpExporter, count: number): void => {
  for (let n = 0; n < count; n++) exporter.add(span);
};

test('a span keeps its times and the types of its attributes', async () => {
  const exporter = start();
  exporter.add(span);
  await exporter.stop();
  const { startedAt, endedAt, attributes } = span;
  expect(collector.spans()).toMatchObject([{ name: 'work', kind: 1, startedAt, endedAt, attributes }]);
  expect(logged).toEqual([]);
});

test('a full batch goes at once, the rest with the interval', async () => {
  const exporter = start();
  add(exporter, 511);
  expect(collector.requests).toEqual([]);
  add(exporter, 1);
  await collector.until(() => collector.requests.length === 1);
  add(exporter, 1);
  // The exporter may still read the answer: it sleeps anew afterwards.
  await expect
    .poll(() => {
      clock.advance(intervalMs);
      return collector.spans().length;
    })
    .toBe(513);
  await exporter.stop();
});

test('while the collector is away, 2048 spans are kept, and the log says once a minute how many were lost', async () => {
  collector.answer = () => 503;
  const exporter = start();
  add(exporter, 2148);
  await expect
    .poll(() => {
      clock.advance(intervalMs);
      return logged;
    })
    .toEqual([{ event: 'traces.lost', lost: 100, reason: expect.any(String) as string }]);
  clock.advance(minuteMs);
  collector.answer = () => 200;
  await exporter.stop();
  expect(collector.spans()).toHaveLength(2048);
});

test('what the collector refuses is not sent again', async () => {
  collector.answer = () => 400;
  const exporter = start();
  add(exporter, 3);
  await exporter.stop();
  expect(collector.requests).toHaveLength(1);
  expect(logged).toEqual([{ event: 'traces.lost', lost: 3, reason: 'the collector answered 400' }]);
});

test('a collector that is gone at the end costs the spans, and does not hold the shutdown', async () => {
  const exporter = start();
  await collector.close();
  add(exporter, 2);
  await exporter.stop();
  expect(logged).toEqual([{ event: 'traces.lost', lost: 2, reason: 'the collector cannot be reached' }]);
  collector = await startCollector();
});
