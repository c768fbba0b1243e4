import { expect, test } from 'vitest';
import { selectedMax, toggled } from './selection.ts';

const all = ['a', 'b', 'c', 'd', 'e'];

test.each([
  [[], null, 'b', ['b']],
  [['b'], null, 'b', []],
  [['b'], 'b', 'd', ['b', 'c', 'd']],
  [['d'], 'd', 'b', ['d', 'b', 'c']],
  [['a', 'b', 'c', 'd'], 'd', 'b', ['a']],
  // The row that the range began at is gone.
  [['x'], 'x', 'c', ['x', 'c']],
] as const)('from %j with %j to %j: %j', (before, from, key, after) => {
  expect([...toggled(new Set(before), all, from, key)]).toEqual(after);
});

test('no more than the bound are selected', () => {
  const many = Array.from({ length: 1000 }, (_, n) => `row-${n}`);
  expect(toggled(new Set(['row-0']), many, 'row-0', 'row-999').size).toBe(selectedMax);
});
