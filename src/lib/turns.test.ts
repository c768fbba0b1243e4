import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createTurns } from './turns.ts';

async function takeAll(count: number) {
  const clock = createFakeClock();
  const turns = createTurns({ atOnce: 2, longMs: 50, clock });
  const began: number[] = [];
  const ends = new Map<number, () => void>();
  for (let nth = 0; nth < count; nth++) {
    void turns.take().then((end) => {
      began.push(nth);
      ends.set(nth, end);
    });
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  return { clock, began, ends, settle };
}

test('so many are at a time, and the others follow in their order', async () => {
  const { began, ends, settle } = await takeAll(4);
  expect(began).toEqual([0, 1]);
  ends.get(1)?.();
  await settle();
  expect(began).toEqual([0, 1, 2]);
  // Ended once, however often it is said.
  ends.get(1)?.();
  await settle();
  expect(began).toEqual([0, 1, 2]);
  ends.get(0)?.();
  await settle();
  expect(began).toEqual([0, 1, 2, 3]);
});

test('one that takes long is not waited for', async () => {
  const { clock, began, ends, settle } = await takeAll(3);
  clock.advance(49);
  await settle();
  expect(began).toEqual([0, 1]);
  clock.advance(1);
  await settle();
  expect(began).toEqual([0, 1, 2]);
  // Its end, later, is none of another.
  ends.get(0)?.();
  await settle();
  expect(began).toEqual([0, 1, 2]);
});
