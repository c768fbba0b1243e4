import { expect, test } from 'vitest';
import { FairSemaphore } from './fair-semaphore.ts';
import { Latch } from './latch.ts';
import { Semaphore } from './semaphore.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a latch opens when the last piece of work has ended, and can be used again', async () => {
  const latch = new Latch();
  await latch.wait();
  for (let round = 0; round < 2; round++) {
    latch.begin();
    latch.begin();
    let isOpen = false;
    const opened = latch.wait().then(() => (isOpen = true));
    latch.end();
    await turn();
    expect(isOpen).toBe(false);
    latch.end();
    await opened;
  }
});

test('a semaphore runs so many at once, the rest in their order, and survives errors', async () => {
  const semaphore = new Semaphore(2);
  const started: { readonly name: string; readonly end: PromiseWithResolvers<void> }[] = [];
  const run = (name: string): Promise<string> =>
    semaphore.run(async () => {
      const end = Promise.withResolvers<void>();
      started.push({ name, end });
      await end.promise;
      return name;
    });
  const results = Promise.allSettled(['a', 'b', 'c', 'd'].map(run));
  await turn();
  expect(started.map(({ name }) => name)).toEqual(['a', 'b']);
  started[1]?.end.reject(new Error('failed'));
  await turn();
  expect(started.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  started[0]?.end.resolve();
  await turn();
  expect(started.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  started[2]?.end.resolve();
  started[3]?.end.resolve();
  expect((await results).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
  expect(await Promise.all([semaphore.run(async () => 1), semaphore.run(async () => 2)])).toEqual([1, 2]);
});

test('a fair semaphore goes round the groups, each with a bounded part, and survives errors', async () => {
  const semaphore = new FairSemaphore<string>({ total: 3, perGroup: 2 });
  const started: { readonly name: string; readonly end: PromiseWithResolvers<void> }[] = [];
  const run = (name: string): Promise<string> =>
    semaphore.run(name.slice(0, 1), async () => {
      const end = Promise.withResolvers<void>();
      started.push({ name, end });
      await end.promise;
      return name;
    });
  const results = Promise.allSettled(['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'].map(run));
  const names = async (): Promise<string[]> => {
    await turn();
    await turn();
    return started.map(({ name }) => name);
  };
  expect(await names()).toEqual(['a1', 'a2', 'b1']);
  // Others wait: what a releases goes to them first.
  started[0]?.end.reject(new Error('failed'));
  expect(await names()).toEqual(['a1', 'a2', 'b1', 'b2']);
  started[1]?.end.resolve();
  expect(await names()).toEqual(['a1', 'a2', 'b1', 'b2', 'c1']);
  started[2]?.end.resolve();
  expect(await names()).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'a3']);
  for (const number of [3, 4, 5]) started[number]?.end.resolve();
  expect((await names()).at(-1)).toBe('a4');
  started[6]?.end.resolve();
  expect((await results).map(({ status }) => status)).toEqual(['rejected', ...Array(6).fill('fulfilled')]);
  expect(await semaphore.run('a', async () => 1)).toBe(1);
});

test('a fair semaphore leaves a turn to others after so many pieces that never wait', async () => {
  const semaphore = new FairSemaphore<string>({ total: 3, perGroup: 2 });
  let count = 0;
  const ask = (): Promise<number> => semaphore.run('a', async () => ++count);
  const asked: Promise<number>[] = [];
  // Each comes after the one before has ended, such as messages that are handled one after another.
  for (let number = 0; number < 6; number++) {
    asked.push(ask());
    await Promise.resolve();
  }
  const perTurn: number[] = [];
  for (let before = 0; before < 6; await turn()) {
    perTurn.push(count - before);
    before = count;
  }
  expect(perTurn).toEqual([2, 2, 2]);
  await Promise.all(asked);
});
