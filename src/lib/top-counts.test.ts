import { expect, test } from 'vitest';
import { TopCounts } from './top-counts.ts';

test('shows the most frequent keys, with their counts by kind', () => {
  const counts = new TopCounts<'good' | 'bad'>(2);
  for (const [key, times] of [
    ['a', 3],
    ['b', 9],
    ['c', 5],
  ] as const) {
    for (let i = 0; i < times; i++) counts.add(key, i === 0 ? 'bad' : 'good');
  }
  expect(counts.top().map(([key, kinds]) => [key, Object.fromEntries(kinds)])).toEqual([
    ['b', { bad: 1, good: 8 }],
    ['c', { bad: 1, good: 4 }],
  ]);
});

test('stays bounded, and keeps the frequent keys among many that occur once', () => {
  const counts = new TopCounts<'good'>(1);
  for (let i = 0; i < 10_000; i++) {
    counts.add(`once ${i}`, 'good');
    if (i % 5 === 0) counts.add('often', 'good');
  }
  expect(counts.top()).toEqual([['often', new Map([['good', 2000]])]]);
});

test('counts nothing when nothing is shown', () => {
  const counts = new TopCounts<'good'>(0);
  counts.add('a', 'good');
  expect(counts.top()).toEqual([]);
});
