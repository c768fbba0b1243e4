import { expect, test } from 'vitest';
import { isSampled, type Sampler } from './sampling.ts';
import { systemRandom } from './random.ts';
import { createTracer, type SpanRecord } from './tracing.ts';

const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const start = { name: 'work', kind: 'internal', startedAt: 1 } as const;
const always: Sampler = { name: 'parentbased_always_on', ratio: 1 };
const traced = (sampler = always) => {
  const spans: SpanRecord[] = [];
  return { spans, tracer: createTracer(sampler, { random: systemRandom, emit: (span) => spans.push(span) }) };
};

test('ids are as long as Trace Context wants them, and no two are the same', () => {
  const { spans, tracer } = traced();
  const contexts = Array.from({ length: 1000 }, () => tracer.begin({ ...start, parent: null })?.traceparent);
  for (const context of contexts) expect(context).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(new Set(contexts.map((context) => context?.slice(3, 35))).size).toBe(1000);
  expect(new Set(contexts.map((context) => context?.slice(36, 52))).size).toBe(1000);
  // None of them has ended.
  expect(spans).toEqual([]);
});

test('nothing continues a trace that is not there, or not recorded', () => {
  const { tracer } = traced();
  expect(tracer.continue({ ...start, parent: null })).toBeNull();
  expect(tracer.continue({ ...start, parent: parent.replace(/01$/, '00') })).toBeNull();
  expect(tracer.continue({ ...start, parent })?.traceparent).toContain(parent.slice(0, 36));
});

test.each([
  ['always_on', null, true],
  ['always_on', false, true],
  ['always_off', true, false],
  ['parentbased_always_on', null, true],
  ['parentbased_always_on', false, false],
  ['parentbased_always_off', null, false],
  ['parentbased_always_off', true, true],
  ['parentbased_traceidratio', true, true],
] as const)('%s below a parent that is %s', (name, above, expected) => {
  expect(isSampled({ name, ratio: 0 }, parent.slice(3, 35), above)).toBe(expected);
});

test('a ratio records its share, and decides the same for one trace everywhere', () => {
  const ids = Array.from({ length: 4000 }, () => Buffer.from(systemRandom.bytes(16)).toString('hex'));
  const recorded = (ratio: number) =>
    ids.filter((id) => isSampled({ name: 'traceidratio', ratio }, id, null));
  // Six standard deviations.
  expect(Math.abs(recorded(0.25).length - 1000)).toBeLessThan(165);
  expect(recorded(0.5)).toEqual(expect.arrayContaining(recorded(0.25)));
  expect(recorded(1)).toEqual(ids);
  expect(recorded(0)).toEqual([]);
});
