import { expect, test } from 'vitest';
import { createBatcher } from './batcher.ts';

function recording(options: { batchMax?: number; queueMax?: number; fail?: boolean } = {}) {
  const batches: number[][] = [];
  const batcher = createBatcher<number, string>({
    async write(items) {
      batches.push([...items]);
      if (options.fail === true) throw new Error('disk full');
      return items.map(String);
    },
    weigh: (item) => item,
    batchMax: options.batchMax ?? 100,
    queueMax: options.queueMax ?? 1000,
    overflow: () => new Error('queue full'),
  });
  return { batcher, batches };
}

test('items that arrive together share a batch, and each gets its own result', async () => {
  const { batcher, batches } = recording();
  expect(await Promise.all([1, 2, 3].map((item) => batcher.submit(item)))).toEqual(['1', '2', '3']);
  expect(batches).toEqual([[1, 2, 3]]);
});

test('a batch is full at its weight; the rest goes into the next one', async () => {
  const { batcher, batches } = recording({ batchMax: 50 });
  await Promise.all([30, 30, 30].map((item) => batcher.submit(item)));
  expect(batches).toEqual([[30, 30], [30]]);
});

test('a full queue refuses an item at once and keeps what it holds', async () => {
  const { batcher, batches } = recording({ queueMax: 10 });
  const first = batcher.submit(10);
  expect(() => batcher.submit(1)).toThrow('queue full');
  await first;
  expect(batches).toEqual([[10]]);
  expect(batcher.size()).toBe(0);
});

test('a failed write rejects every item of its batch and nothing else', async () => {
  const { batcher } = recording({ fail: true });
  const results = await Promise.allSettled([batcher.submit(1), batcher.submit(2)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await batcher.drain();
  expect(batcher.size()).toBe(0);
});

test('writes at most writesMax batches at once, and is drained when the last is written', async () => {
  const writes: { items: readonly number[]; end: () => void }[] = [];
  const batcher = createBatcher<number, number>({
    write: (items) => new Promise((resolve) => writes.push({ items, end: () => resolve(items) })),
    batchMax: 1,
    writesMax: 2,
    queueMax: 1000,
    overflow: () => new Error('queue full'),
  });
  const results = Promise.all([1, 2, 3].map((item) => batcher.submit(item)));
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 4; i++) await turn();
  expect(writes.map(({ items }) => items)).toEqual([[1], [2]]);
  writes[1]?.end();
  for (let i = 0; i < 4; i++) await turn();
  expect(writes.map(({ items }) => items)).toEqual([[1], [2], [3]]);
  let isDrained = false;
  const drained = batcher.drain().then(() => (isDrained = true));
  writes[0]?.end();
  await turn();
  expect(isDrained).toBe(false);
  writes[2]?.end();
  await drained;
  expect(await results).toEqual([1, 2, 3]);
});
