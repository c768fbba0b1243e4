import { expect, test } from 'vitest';
import { Poll } from './poll.ts';

test('looks at the start, after a notification, and once in a while', () => {
  const poll = new Poll(100);
  const looks = (now: number): boolean => poll.begin(now);
  expect([looks(0), looks(1), looks(99), looks(100), looks(150)]).toEqual([true, false, false, true, false]);
  poll.notify();
  expect([looks(151), looks(152), looks(251)]).toEqual([true, false, true]);
});
