import { expect, test } from 'vitest';
import type { Clock } from '#lib/clock.ts';
import { type Batch, batchLimits, toBatches } from './batches.ts';
import type { WrittenEvent } from './event-reader.ts';

/** Nobody ever waits long enough to be idle, unless `isIdle` says so. */
const clockOf = (isIdle: boolean): Clock => ({
  now: () => 0,
  sleep: () => (isIdle ? Promise.resolve() : new Promise(() => {})),
});

const eventsOf = (count: number, bytes = 10): WrittenEvent[] =>
  Array.from({ length: count }, (_, index) => ({ json: 'x'.repeat(bytes), place: `line ${index + 1}` }));

async function* groupsOf(...groups: readonly (readonly WrittenEvent[])[]) {
  for (const group of groups) yield group;
}

async function collect(batches: AsyncIterable<Batch>): Promise<number[]> {
  const sizes: number[] = [];
  for await (const batch of batches) sizes.push(batch.length);
  return sizes;
}

test('a batch has at most 1000 events', async () => {
  expect(await collect(toBatches(groupsOf(eventsOf(700), eventsOf(1500)), clockOf(false)))).toEqual([
    1000, 1000, 200,
  ]);
});

test('a batch has at most 4 MiB', async () => {
  const events = eventsOf(9, batchLimits.bytes / 4 - 1);
  expect(await collect(toBatches(groupsOf(events), clockOf(false)))).toEqual([4, 4, 1]);
});

test('an event larger than a batch is sent alone', async () => {
  const groups = groupsOf(eventsOf(1), eventsOf(1, batchLimits.bytes + 1), eventsOf(1));
  expect(await collect(toBatches(groups, clockOf(false)))).toEqual([1, 1, 1]);
});

test('an incomplete batch is sent after idle time', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  async function* slow() {
    yield eventsOf(2);
    await promise;
    yield eventsOf(3);
  }
  const batches = toBatches(slow(), clockOf(true));
  expect((await batches.next()).value).toHaveLength(2);
  resolve();
  expect((await batches.next()).value).toHaveLength(3);
});

async function* broken() {
  yield eventsOf(2);
  throw new Error('line 3');
}

test('valid events are yielded before the error is thrown', async () => {
  const batches = toBatches(broken(), clockOf(false));
  expect((await batches.next()).value).toHaveLength(2);
  await expect(batches.next()).rejects.toThrow('line 3');
});

test('no events give no batch', async () => {
  expect(await collect(toBatches(groupsOf([]), clockOf(false)))).toEqual([]);
});
