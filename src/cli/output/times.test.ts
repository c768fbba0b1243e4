import { expect, test } from 'vitest';
import { createTerminal } from './terminal.ts';
import { fullTime, shortTime } from './times.ts';

const now = Date.UTC(2026, 0, 10, 12);
const contextOf = (isTTY: boolean) => ({
  terminal: createTerminal({ isTTY, write: () => {} }, { write: () => {} }, () => false),
  clock: { now: () => now, sleep: () => Promise.resolve() },
});
const after = (seconds: number): string => new Date(now + seconds * 1000).toISOString();

test.each([
  [0, 'now'],
  [-0.9, 'now'],
  [-59, '59s ago'],
  [-60, '1m ago'],
  [7199, 'in 1h'],
  [-86_400 * 45, '45d ago'],
  [5, 'in 5s'],
])('%d s from now is "%s" on a terminal', (seconds, text) => {
  expect(shortTime(contextOf(true), after(seconds))).toBe(text);
  expect(fullTime(contextOf(true), after(seconds))).toBe(`${after(seconds)} (${text})`);
});

test('elsewhere a time stays as it is', () => {
  expect(shortTime(contextOf(false), after(-60))).toBe(after(-60));
  expect(fullTime(contextOf(false), after(-60))).toBe(after(-60));
});
