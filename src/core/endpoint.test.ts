import { describe, expect, test } from 'vitest';
import type { DisablingRule } from './disabling.ts';
import { goodHealth, healthAfter, isFailing } from './endpoint.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

function failTimes(rule: DisablingRule, times: readonly number[]) {
  return times.reduce((health, at) => healthAfter(health, rule, false, at), goodHealth);
}

describe('health', () => {
  const rule: DisablingRule = { kind: 'never' };

  test('counts the present run of failures', () => {
    expect(failTimes(rule, [10, 20, 30])).toMatchObject({
      failureCount: 3,
      firstFailureAt: 10,
      lastFailureAt: 30,
    });
  });

  test('one success ends the run', () => {
    expect(healthAfter(failTimes(rule, [10, 20]), rule, true, 30)).toEqual(goodHealth);
  });

  test('never is never', () => {
    expect(isFailing(failTimes(rule, [0, 1000 * day]), rule)).toBe(false);
  });
});

describe('disabling after nothing but failures for a time', () => {
  const rule: DisablingRule = { kind: 'failing-for', ms: 5 * day };

  test('holds off until the time is full', () => {
    expect(isFailing(goodHealth, rule)).toBe(false);
    expect(isFailing(failTimes(rule, [0, 5 * day - 1]), rule)).toBe(false);
    expect(isFailing(failTimes(rule, [0, 5 * day]), rule)).toBe(true);
  });
});

describe('disabling after many failures in a window', () => {
  const rule: DisablingRule = { kind: 'failures-within', failures: 3, withinMs: 10 * minute };

  test('needs more than the number, inside the window', () => {
    expect(isFailing(failTimes(rule, [0, 1, 2]), rule)).toBe(false);
    expect(isFailing(failTimes(rule, [0, 1, 2, 10 * minute]), rule)).toBe(true);
  });

  test('slow failures never fill a window', () => {
    const times = Array.from({ length: 50 }, (_, index) => index * 5 * minute);
    expect(isFailing(failTimes(rule, times), rule)).toBe(false);
  });
});
