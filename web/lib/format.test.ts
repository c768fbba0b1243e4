import { describe, expect, test } from 'vitest';
import { formatBytes, formatCount, formatCountdown, formatDuration, formatRelative } from './format.ts';
import { readPoint } from './time-range.ts';

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1000, '1 s'],
  [5300, '5.3 s'],
  [60_000, '1 min'],
  [90_000, '1 min 30 s'],
  [7_500_000, '2 h 5 min'],
  [3 * 86_400_000, '3 d'],
])('%i ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [1, '1 byte'],
  [1023, '1,023 bytes'],
  [8192, '8 KiB'],
  [1024 * 1024 - 98, '1 MiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [1, '00:00:01'],
  [86_399_000, '23:59:59'],
  [86_400_000, '1 d 00:00:00'],
  [30 * 86_400_000 - 1000, '29 d 23:59:59'],
])('%i ms are left as %s', (ms, text) => {
  expect(formatCountdown(ms)).toBe(text);
});

test('counts have their noun in the right number', () => {
  expect([0, 1, 1234].map((count) => formatCount(count, 'delivery', 'deliveries'))).toEqual([
    '0 deliveries',
    '1 delivery',
    '1,234 deliveries',
  ]);
});

describe('times', () => {
  const now = Date.parse('2026-01-02T12:00:00.000Z');

  test.each([
    ['2026-01-02T12:00:00.400Z', 'now'],
    ['2026-01-02T11:57:00.000Z', '3 min. ago'],
    ['2026-01-02T14:00:00.000Z', 'in 2 hr.'],
    ['2025-12-30T12:00:00.000Z', '3 days ago'],
  ])('%s is %s', (iso, text) => {
    expect(formatRelative(iso, now)).toBe(text);
  });

  test.each([
    ['2h', '2026-01-02T10:00:00.000Z'],
    ['15m', '2026-01-02T11:45:00.000Z'],
    ['2026-01-01', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T03:00:00+02:00', '2026-01-01T01:00:00.000Z'],
    ['yesterday', null],
    ['2026-13-01', null],
    ['5', null],
  ])('the filter %s is %s', (text, point) => {
    expect(readPoint(text, now)).toBe(point);
  });
});
