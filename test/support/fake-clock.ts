// Fake clock: time moves only when a test advances it.
import type { Clock } from '#lib/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time forward and resolves the sleeps that end by then. */
  advance(ms: number): void;
}

/** A clock that shows `startAt` (Unix ms) until it is advanced. */
export function createFakeClock(startAt = Date.UTC(2026, 0, 1)): FakeClock {
  let now = startAt;
  let sleepers: { until: number; wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        sleepers.push({ until: now + ms, wake: resolve });
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
    advance(ms) {
      now += ms;
      const over = sleepers.filter(({ until }) => until <= now);
      sleepers = sleepers.filter(({ until }) => until > now);
      for (const { wake } of over) wake();
    },
  };
}
