import { expect, test } from 'vitest';
import { longestSilenceMs } from './load.ts';
import { judgeReadiness, type Sample } from './readiness.ts';

const sample = (askedAt: number, status: number): Sample => ({
  process: 'api 1',
  askedAt,
  answeredAt: askedAt + 10,
  status,
});
const outage = { lostAt: 10_000, promotingAt: 12_000, promotedAt: 13_000 };

test('an answer is judged while the state is certain, and not close to a change', () => {
  const samples = [
    sample(9_000, 200),
    sample(10_100, 200),
    sample(11_000, 503),
    sample(12_500, 200),
    sample(16_000, 503),
    sample(17_100, 200),
  ];
  expect(judgeReadiness(samples, [outage])).toEqual({ unready: 1, ready: 2, wrong: [] });
});

test('a wrong answer, and none at all, are found', () => {
  const samples = [sample(9_000, 503), sample(11_000, 200), sample(12_500, 0), sample(20_000, 503)];
  expect(judgeReadiness(samples, [outage]).wrong).toEqual([
    '/readyz of api 1 answered 503 instead of 200 -1000 ms after the first loss',
    '/readyz of api 1 answered 200 instead of 503 1000 ms after the first loss',
    '/readyz of api 1 answered 0 instead of anything 2500 ms after the first loss',
    '/readyz of api 1 answered 503 instead of 200 10000 ms after the first loss',
  ]);
});

test('the longest silence is that of the round, also when it began before', () => {
  const acceptedAt = [0, 900, 1_000, 4_000, 4_100, 9_000];
  expect(longestSilenceMs(acceptedAt, 1_500, 4_050)).toBe(3_000);
  expect(longestSilenceMs(acceptedAt, 4_050, 4_200)).toBe(4_900);
  expect(longestSilenceMs(acceptedAt, 0, 950)).toBe(900);
  expect(longestSilenceMs([], 0, 1)).toBe(0);
});
