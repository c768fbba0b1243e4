import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTime, parseTime } from './rfc3339.ts';

test.each([
  ['1970-01-01T00:00:00Z', 0],
  ['1970-01-01t00:00:00.5z', 500],
  ['1970-01-01T00:00:00.123456789Z', 123],
  ['1970-01-01T01:00:00+01:00', 0],
  ['1969-12-31T22:30:00-01:30', 0],
  ['2024-02-29T00:00:00Z', 1_709_164_800_000],
])('%s', (text, ms) => expect(parseTime(text)).toBe(ms));

test.each([
  '',
  '0',
  '2026-01-01',
  '2026-01-01T00:00:00',
  '2026-01-01 00:00:00Z',
  '2026-01-01T00:00:00 01:00',
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:00:60Z',
  '2026-01-01T00:00:00+24:00',
  '2026-01-01T00:00:00+00:60',
  '2026-01-01T00:00:00Z\n',
])('%j is no time', (text) => expect(parseTime(text)).toBeNull());

test('what is printed is read back', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }),
      (ms) => parseTime(formatTime(ms)) === ms,
    ),
  );
});
