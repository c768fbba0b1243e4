import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDeque } from './deque.ts';
import { createHeap } from './heap.ts';
import { addDurations, countDuration, durationQuantile, emptyDurations } from './histogram.ts';

test('a heap gives its entries in order of their keys', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (keys) => {
      const heap = createHeap<number>();
      for (const key of keys) heap.push(key, key);
      const out: (number | null)[] = [];
      while (heap.size() > 0) {
        expect(heap.peekKey()).toBe(Math.min(...keys.filter((key) => key >= (heap.peekKey() ?? 0))));
        out.push(heap.pop());
      }
      expect(out).toEqual(keys.toSorted((a, b) => a - b));
      expect(heap.pop()).toBeNull();
    }),
  );
});

test('a deque gives first what came first, whatever is pushed between', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: null }), { maxLength: 3000 }), (steps) => {
      const deque = createDeque<number>();
      const model: number[] = [];
      for (const step of steps) {
        if (step === null) expect(deque.shift()).toBe(model.shift());
        else {
          model.push(step);
          deque.push(step);
        }
        expect(deque.size()).toBe(model.length);
      }
      expect(deque.clear()).toEqual(model);
    }),
  );
});

test('a histogram tells quantiles by the bound of their class', () => {
  const durations = emptyDurations();
  expect(durationQuantile(durations, 0.5)).toBeNull();
  for (let ms = 1; ms <= 100; ms++) countDuration(durations, ms);
  expect(durationQuantile(durations, 0.5)).toBe(50);
  expect(durationQuantile(durations, 0.99)).toBe(100);
  countDuration(durations, 1_000_000);
  expect(durationQuantile(durations, 1)).toBe(30_000);
  const sum = emptyDurations();
  addDurations(sum, durations);
  addDurations(sum, durations);
  expect(sum.reduce((total, count) => total + count)).toBe(202);
});
