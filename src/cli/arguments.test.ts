import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { httpUrl, list, pointInTime, wholeNumber } from './arguments.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const when = pointInTime({ now: () => now, sleep: () => Promise.resolve() });

test.each([
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
  ['2026-01-02T03:04:05.678+01:00', '2026-01-02T02:04:05.678Z'],
  ['2026-01-02', '2026-01-02T00:00:00.000Z'],
  ['now', '2026-01-02T03:04:05.000Z'],
  ['30s', '2026-01-02T03:03:35.000Z'],
  ['15m', '2026-01-02T02:49:05.000Z'],
  ['2h', '2026-01-02T01:04:05.000Z'],
  ['7d', '2025-12-26T03:04:05.000Z'],
])('the time %s', (text, expected) => {
  expect(when(text)).toBe(expected);
});

test.each(['', 'yesterday', '2026-02-30', '2026-01-02 03:04', '2w', '-1h'])('"%s" is no time', (text) => {
  expect(() => when(text)).toThrow(InvalidArgumentError);
});

test('whole numbers within bounds', () => {
  const read = wholeNumber(1, 200);
  expect([read('1'), read('200')]).toEqual([1, 200]);
  for (const text of ['0', '201', '1.5', '-1', '', 'x', '1e2'])
    expect(() => read(text)).toThrow('from 1 to 200');
});

test('lists by commas and by repeated flags', () => {
  expect(list('c', list('a, b', undefined))).toEqual(['a', 'b', 'c']);
  for (const text of ['', 'a,', ',']) expect(() => list(text, undefined)).toThrow(InvalidArgumentError);
});

test('URLs of servers', () => {
  expect(httpUrl('http://127.0.0.1:8480')).toBe('http://127.0.0.1:8480');
  for (const text of ['', '127.0.0.1:8480', 'localhost:1', 'ftp://x'])
    expect(() => httpUrl(text)).toThrow('URL');
});
