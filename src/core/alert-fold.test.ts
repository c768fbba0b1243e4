import { describe, expect, test } from 'vitest';
import { type AlertType, alertTypes } from './alert.ts';
import { foldSignal, type SubjectState } from './alert-fold.ts';

const windowMs = 900_000;
const all = { types: alertTypes, windowMs };
const at = 1_000_000;

const state = (
  told: readonly AlertType[] = [],
  waiting: readonly AlertType[] = [],
  endsAt = 0,
): SubjectState => ({
  windows: new Map(told.map((type) => [type, { endsAt, isTold: true }])),
  waiting: new Set(waiting),
});

const fold = (type: AlertType, before: SubjectState, listener: Parameters<typeof foldSignal>[1] = all) =>
  foldSignal({ type, at }, listener, before);

describe('the first of its kind', () => {
  test.each(alertTypes.filter((type) => type !== 'endpoint.recovered' && type !== 'delivery.exhausted'))(
    '%s is told at once',
    (type) => expect(fold(type, state())).toEqual({ dueAt: at, dropped: [] }),
  );

  test('exhausted delivery waits a minute for others, or a window that is shorter', () => {
    expect(fold('delivery.exhausted', state()).dueAt).toBe(at + 60_000);
    expect(fold('delivery.exhausted', state(), { ...all, windowMs: 5_000 }).dueAt).toBe(at + 5_000);
  });
});

test.each(alertTypes)('%s within its window is told at its end', (type) => {
  const before = state([type, 'endpoint.failing'], [], at + 70_000);
  expect(fold(type, before).dueAt).toBe(at + 70_000);
});

describe('a recovery', () => {
  test('is told after a failure that was told', () => {
    expect(fold('endpoint.recovered', state(['endpoint.failing'])).dueAt).toBe(at);
    expect(fold('endpoint.recovered', state(['endpoint.disabled'])).dueAt).toBe(at);
  });

  test('from a failure that was not told drops it, and is none', () => {
    expect(fold('endpoint.recovered', state([], ['endpoint.failing']))).toEqual({
      dueAt: null,
      dropped: ['endpoint.failing'],
    });
  });

  test('is always told where failures are not asked for', () => {
    const listener = { types: ['endpoint.recovered'], windowMs } as const;
    expect(fold('endpoint.recovered', state(), listener).dueAt).toBe(at);
  });
});

describe('another failure', () => {
  test('before the recovery was told drops the recovery, and is none: people know that it fails', () => {
    expect(fold('endpoint.failing', state(['endpoint.failing'], ['endpoint.recovered']))).toEqual({
      dueAt: null,
      dropped: ['endpoint.recovered'],
    });
  });

  test('that disables the endpoint takes the place of what waits', () => {
    const before = state(['endpoint.failing'], ['endpoint.failing', 'endpoint.recovered']);
    expect(fold('endpoint.disabled', before)).toEqual({
      dueAt: at,
      dropped: ['endpoint.failing', 'endpoint.recovered'],
    });
  });
});
