import { expect, test } from 'vitest';
import { find } from './json-document.ts';

const document = { a: { 'b/c': 1, 'd~e': 2, 'f g': 3, '%zz': 4, '%FF': 5 }, list: ['first', { x: 6 }] };

test.each([
  ['#/a/b~1c', 1],
  ['#/a/d~0e', 2],
  ['#/a/f%20g', 3],
  ['#/a/%zz', 4],
  ['#/a/%FF', 5],
  ['#/list/0', 'first'],
  ['#/list/1/x', 6],
  ['#/list/length', undefined],
  ['#/a/toString', undefined],
  ['#/none/b', undefined],
  ['elsewhere#/a', undefined],
])('%s', (place, value) => {
  expect(find(document, place)).toEqual(value);
});
