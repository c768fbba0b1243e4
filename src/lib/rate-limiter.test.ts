import { expect, test } from 'vitest';
import { RateLimiter } from './rate-limiter.ts';

test('a bucket allows a burst, then one token after each part of a minute; other keys are unaffected', () => {
  const limiter = new RateLimiter(3);
  expect([0, 0, 0, 0].map((now) => limiter.take('a', now))).toEqual([0, 0, 0, 20_000]);
  expect(limiter.take('b', 0)).toBe(0);
  expect(limiter.take('a', 5000)).toBe(15_000);
  expect([20_000, 20_000, 40_000].map((now) => limiter.take('a', now))).toEqual([0, 20_000, 0]);
});

test('a bucket holds no more than a minute of tokens, and a clock that is set back empties none', () => {
  const limiter = new RateLimiter(2);
  const hour = 3_600_000;
  expect([0, hour, hour, hour].map((now) => limiter.take('a', now))).toEqual([0, 0, 0, 30_000]);
  expect(limiter.take('a', 0)).toBe(30_000);
  expect([0, 0, 0].map((now) => limiter.take('b', now))).toEqual([0, 0, 30_000]);
});
