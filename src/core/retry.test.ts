import { describe, expect, test } from 'vitest';
import type { Reply } from './attempt.ts';
import { singleStep } from './delivery.ts';
import {
  attemptDueAt,
  type DeliveryPolicy,
  judge,
  readRetryAfter,
  retryAfterMsMax,
  settle,
} from './retry.ts';

const policy: DeliveryPolicy = {
  timeoutMs: 20_000,
  accepted: { from: 200, to: 299 },
  schedule: { delaysMs: [0, 5_000, 300_000], from: 'previous', jitter: 0 },
  honoursRetryAfter: true,
  disablesOnGone: true,
  disabling: { kind: 'never' },
  onEnable: 'release',
};
const answered = (status: number, headers: Record<string, string> = {}): Reply => ({
  kind: 'answered',
  status,
  headers,
  body: new Uint8Array(),
  isCut: false,
  durationMs: 1,
});
const failed: Reply = { kind: 'failed', error: 'timeout', message: '', status: null, durationMs: 20_000 };
const fresh = { step: 0, firstDueAt: 1000, wasDelivered: false, scheduledAt: null as number | null };
const now = 2000;

describe('the outcome of a reply', () => {
  test.each([
    [answered(200), 'accepted'],
    [answered(299), 'accepted'],
    [answered(199), 'refused'],
    [answered(302), 'refused'],
    [answered(500), 'refused'],
    [failed, 'unreachable'],
  ] as const)('%o is %s', (reply, outcome) => {
    expect(judge(reply, policy)).toBe(outcome);
  });

  test('a policy can take one status alone', () => {
    expect(judge(answered(201), { ...policy, accepted: { from: 200, to: 200 } })).toBe('refused');
  });
});

describe('what becomes of a delivery', () => {
  test('accepted: it is delivered', () => {
    expect(settle(fresh, answered(204), policy, now, 0)).toMatchObject({
      outcome: 'accepted',
      state: 'delivered',
    });
  });

  test('a failure: the next attempt follows the schedule', () => {
    expect(settle(fresh, failed, policy, now, 0)).toMatchObject({ state: 'pending', dueAt: 7000, step: 1 });
    expect(settle({ ...fresh, step: 1 }, answered(500), policy, now, 0)).toMatchObject({
      dueAt: 302_000,
      step: 2,
    });
  });

  test('the last failure: it is exhausted', () => {
    expect(settle({ ...fresh, step: 2 }, failed, policy, now, 0).state).toBe('exhausted');
  });

  test('a single order that fails leaves the delivery as it was', () => {
    const single = { ...fresh, step: singleStep };
    expect(settle(single, failed, policy, now, 0).state).toBe('exhausted');
    expect(settle({ ...single, wasDelivered: true }, failed, policy, now, 0).state).toBe('delivered');
  });

  test('a redelivery before a scheduled attempt leaves the schedule as it is when it fails', () => {
    const extra = { ...fresh, step: 1, scheduledAt: 5000 };
    expect(settle(extra, failed, policy, now, 0)).toMatchObject({ state: 'pending', dueAt: 5000, step: 1 });
    const overdue = { ...extra, scheduledAt: 1 };
    expect(settle(overdue, failed, policy, now, 0)).toMatchObject({ state: 'pending', dueAt: now, step: 1 });
    const last = { ...extra, step: 2 };
    expect(settle(last, failed, policy, now, 0)).toMatchObject({ state: 'pending', dueAt: 5000, step: 2 });
    const busy = answered(503, { 'retry-after': '60' });
    expect(settle(extra, busy, policy, now, 0)).toMatchObject({ dueAt: 62_000, step: 1 });
    expect(settle(extra, answered(200), policy, now, 0).state).toBe('delivered');
  });

  test('410 is told apart where the policy says so', () => {
    expect(settle(fresh, answered(410), policy, now, 0)).toMatchObject({ isGone: true, state: 'pending' });
    expect(settle(fresh, answered(410), { ...policy, disablesOnGone: false }, now, 0).isGone).toBe(false);
    expect(settle(fresh, answered(200), policy, now, 0).isGone).toBe(false);
  });

  test('Retry-After puts the next attempt off, never forward', () => {
    const later = answered(503, { 'retry-after': '60' });
    expect(settle(fresh, later, policy, now, 0).dueAt).toBe(62_000);
    expect(settle(fresh, answered(503, { 'retry-after': '1' }), policy, now, 0).dueAt).toBe(7000);
    expect(settle(fresh, later, { ...policy, honoursRetryAfter: false }, now, 0).dueAt).toBe(7000);
  });
});

describe('the schedule', () => {
  test('counts from the attempt before, with jitter on top', () => {
    const schedule = { delaysMs: [0, 1000], from: 'previous', jitter: 0.1 } as const;
    expect(attemptDueAt(schedule, 1, 0, 5000, 0)).toBe(6000);
    expect(attemptDueAt(schedule, 1, 0, 5000, 0.5)).toBe(6050);
  });

  test('or from when the first was due, but never into the past', () => {
    const schedule = { delaysMs: [0, 1000], from: 'first', jitter: 0 } as const;
    expect(attemptDueAt(schedule, 1, 4500, 5000, 0)).toBe(5500);
    expect(attemptDueAt(schedule, 1, 0, 5000, 0)).toBe(5000);
  });

  test('ends', () => {
    expect(attemptDueAt({ delaysMs: [0], from: 'previous', jitter: 0 }, 1, 0, 0, 0)).toBeNull();
  });
});

describe('Retry-After', () => {
  test.each([
    ['120', 120_000],
    ['0', 0],
    ['-1', 0],
    ['soon', 0],
    ['', 0],
    ['99999999', retryAfterMsMax],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 58_000],
    ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ])('%s waits %d ms', (text, ms) => {
    expect(readRetryAfter(answered(429, { 'retry-after': text }), now)).toBe(ms);
  });

  test.each([
    ['30', 30_000],
    ['99999999999999999999999', retryAfterMsMax],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 30_000],
    ['Sun Nov  6 08:49:37 1994', 30_000],
    ['10, 30', 30_000],
    ['Sun, 06 Nov 1994 08:49:27 GMT, Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
    ['30 seconds', 0],
    ['-30', 0],
    ['1.5', 0],
  ])('in every form of RFC 9110, and given twice: %s', (text, ms) => {
    const at = Date.UTC(1994, 10, 6, 8, 49, 7);
    expect(readRetryAfter(answered(429, { 'retry-after': text }), at)).toBe(ms);
  });

  test('is read of 429 and 503 alone', () => {
    expect(readRetryAfter(answered(500, { 'retry-after': '5' }), now)).toBe(0);
    expect(readRetryAfter(failed, now)).toBe(0);
  });
});
