import { describe, expect, test } from 'vitest';
import { type PlatformFacts, summarize, type TimedAttempt } from './summary.ts';

const attempt = (over: Partial<TimedAttempt> = {}): TimedAttempt => ({
  platform: 'a',
  eventType: 'x',
  status: 200,
  problem: null,
  number: 1,
  receivedAt: 0,
  latencyMs: 10,
  ...over,
});

const facts = (over: Partial<PlatformFacts> = {}): PlatformFacts => ({
  platform: 'a',
  events: 1,
  count: { deliveries: 1, delivered: 1, attempts: 1 },
  attempts: [attempt()],
  ...over,
});

describe('the summary', () => {
  test('adds up the platforms, and counts no retry into the latency', () => {
    const retried = facts({
      platform: 'b',
      count: { deliveries: 1, delivered: 1, attempts: 2 },
      attempts: [attempt({ latencyMs: 30, status: 503 }), attempt({ latencyMs: 5000, number: 2 })],
    });
    const { platforms, ...all } = summarize([facts(), retried]);
    expect(all).toEqual({
      ok: true,
      events: 2,
      deliveries: 2,
      delivered: 2,
      attempts: 3,
      retries: 1,
      signatures: { verified: 3, wrong: 0 },
      p50LatencyMs: 10,
    });
    expect(platforms).toMatchObject([
      { platform: 'a', attempts: 1, retries: 0, p50LatencyMs: 10 },
      { platform: 'b', attempts: 2, retries: 1, p50LatencyMs: 30 },
    ]);
  });

  test.each([
    ['was not delivered', facts({ count: { deliveries: 1, delivered: 0, attempts: 1 } })],
    ['had no delivery', facts({ count: { deliveries: 0, delivered: 0, attempts: 0 }, attempts: [] })],
    ['had a wrong signature once', facts({ attempts: [attempt({ problem: 'wrong', status: 401 })] })],
  ])('is not ok when one event %s', (_what, bad) => {
    expect(summarize([facts(), bad]).ok).toBe(false);
  });
});
