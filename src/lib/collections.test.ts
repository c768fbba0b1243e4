import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedMap } from './bounded-map.ts';
import { Deque } from './deque.ts';
import { Heap } from './heap.ts';
import { addDurations, countDuration, durationQuantile, emptyDurations } from './histogram.ts';

test('a heap pops its entries in the order of their keys', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (keys) => {
      const heap = new Heap<number>();
      for (const key of keys) heap.push(key, key);
      const out: (number | null)[] = [];
      while (heap.size > 0) {
        expect(heap.peekKey()).toBe(Math.min(...keys.filter((key) => key >= (heap.peekKey() ?? 0))));
        out.push(heap.pop());
      }
      expect(out).toEqual(keys.toSorted((a, b) => a - b));
      expect(heap.pop()).toBeNull();
    }),
  );
});

test('a deque is first in, first out, in any order of pushes and shifts', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: null }), { maxLength: 3000 }), (steps) => {
      const deque = new Deque<number>();
      const model: number[] = [];
      for (const step of steps) {
        if (step === null) expect(deque.shift()).toBe(model.shift());
        else {
          model.push(step);
          deque.push(step);
        }
        expect(deque.size).toBe(model.length);
      }
      expect(deque.clear()).toEqual(model);
    }),
  );
});

test('a bounded map evicts the oldest entry, and setting one makes it the newest', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  expect([map.get('a'), map.get('b')]).toEqual([3, 2]);
  map.set('c', 4);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4]);
  map.delete('a');
  map.set('d', 5);
  expect([map.get('a'), map.get('c'), map.get('d')]).toEqual([undefined, 4, 5]);
  map.clear();
  expect(map.get('d')).toBeUndefined();
});

test('a histogram gives a quantile as the upper bound of its class', () => {
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
