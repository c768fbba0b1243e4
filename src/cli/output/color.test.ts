import { expect, test } from 'vitest';
import { type ColorFlag, isColored } from './color.ts';

test.each<[ColorFlag, Record<string, string>, boolean, boolean]>([
  [undefined, {}, true, true],
  ['auto', {}, false, false],
  ['auto', { NO_COLOR: '1' }, true, false],
  ['auto', { NO_COLOR: '' }, true, true],
  ['auto', { FORCE_COLOR: '1' }, false, true],
  ['auto', { FORCE_COLOR: '0' }, false, false],
  ['auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
  ['auto', { TERM: 'dumb' }, true, false],
  ['always', { NO_COLOR: '1', TERM: 'dumb' }, false, true],
  ['never', { FORCE_COLOR: '1' }, true, false],
  [false, {}, true, false],
])('--color %s with %j, on a terminal %s: %s', (flag, environment, isTerminal, expected) => {
  expect(isColored(flag, environment, isTerminal)).toBe(expected);
});
