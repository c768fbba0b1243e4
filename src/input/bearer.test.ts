import { expect, test } from 'vitest';
import { readBearer } from './bearer.ts';

test.each([
  ['Bearer abc', 'abc'],
  ['bearer abc', 'abc'],
  ['Bearer   a.b-c_d~e+f/g=', 'a.b-c_d~e+f/g='],
  ['Bearer', null],
  ['Bearer ', null],
  ['Bearer a b', null],
  ['Bearera', null],
  ['Basic dTpw', null],
  ['', null],
  [undefined, null],
])('the token of %j is %j', (header, token) => {
  expect(readBearer(header)).toBe(token);
});
