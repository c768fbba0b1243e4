import { expect, test } from 'vitest';
import { given } from './given.ts';

test('only what was given', () => {
  expect(given({ a: 1, b: undefined, c: null })).toEqual({ a: 1, c: null });
  expect(Object.keys(given({ b: undefined }))).toEqual([]);
});
