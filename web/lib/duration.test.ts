import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDuration, writeDuration } from './duration.ts';

test.each([
  ['5s', 5000],
  [' 30m ', 1_800_000],
  ['2 h', 7_200_000],
  ['7d', 604_800_000],
  ['1500ms', 1500],
  ['5', null],
  ['-5s', null],
  ['1.5h', null],
])('%j is %s ms', (text, ms) => {
  expect(readDuration(text)).toBe(ms);
});

test('what is written is read as the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (ms) => {
      expect(readDuration(writeDuration(ms))).toBe(ms);
    }),
  );
});
