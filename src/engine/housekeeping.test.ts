// Rate of retention: the slower the disk, the longer the pauses between the steps.
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Clock } from '#lib/clock.ts';
import { createHousekeeper } from './housekeeping.ts';

/** Runs steps of the given durations. Returns the sleeps between them and the one after the last. */
async function sleepsAfter(stepsMs: readonly number[]): Promise<number[]> {
  const stopping = new AbortController();
  const sleeps: number[] = [];
  let now = Date.UTC(2026, 0, 1);
  let steps = 0;
  const clock: Clock = {
    now: () => now,
    async sleep(ms) {
      sleeps.push(ms);
      now += ms;
      if (steps > stepsMs.length) stopping.abort();
    },
  };
  const store = {
    async deleteExpired() {
      now += stepsMs[steps] ?? 0;
      return steps++ < stepsMs.length ? 1 : 0;
    },
    audit: { deleteExpired: async () => 0 },
  };
  const housekeeper = createHousekeeper({
    store,
    stats: { flush: async () => {} },
    cancelHeld: async () => {},
    clock,
    log: pino({ level: 'silent' }),
    retentionMs: 1000,
    auditRetentionMs: 1000,
    readArchive: async () => null,
  });
  await housekeeper.run(stopping.signal);
  return sleeps;
}

test('says for how long there has been something to delete', async () => {
  let now = 0;
  let left = 2;
  const stopping = new AbortController();
  const behind: number[] = [];
  const housekeeper = createHousekeeper({
    store: { deleteExpired: async () => left--, audit: { deleteExpired: async () => 0 } },
    stats: { flush: async () => {} },
    cancelHeld: async () => {},
    clock: {
      now: () => now,
      async sleep(ms) {
        behind.push(housekeeper.behindMs());
        now += ms;
        if (left < 0) stopping.abort();
      },
    },
    log: pino({ level: 'silent' }),
    auditRetentionMs: 1000,
    readArchive: async () => null,
    retentionMs: 1000,
  });
  await housekeeper.run(stopping.signal);
  expect(behind).toEqual([0, 50, 0]);
});

test('pauses three times as long as a step took, within bounds, and longer when nothing is left', async () => {
  expect(await sleepsAfter([0, 2, 40, 900])).toEqual([50, 50, 120, 1000, 10_000]);
});

test('a clock that steps back does not make the pause shorter than the shortest', async () => {
  expect(await sleepsAfter([-3_600_000])).toEqual([50, 10_000]);
});
