// What must be done now and then: old slices of the log are dropped, charts are written.
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import type { Store } from '#store/store.ts';
import type { Stats } from './stats.ts';

export interface Housekeeper {
  /** One turn of the broom: at most one step of `deleteExpired`. Answers how many rows it touched. */
  step(): Promise<number>;
  /** Turns until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Rows per step, some milliseconds of work: publishing goes on between the steps. Fewer write the same pages more often. */
const rowsPerStep = 500;
/**
 * The pause after a step, in terms of what the step took, and its bounds in ms: about 3,000 deliveries a second are
 * forgotten at the most. A disk that is busy with what was asked of it answers late, and so is asked for less.
 */
const pauseShare = 3;
const pauseMsMin = 50;
const pauseMsMax = 1000;
const restMs = 10_000;

export function createHousekeeper(deps: {
  store: Pick<Store, 'deleteExpired'>;
  stats: Pick<Stats, 'flush'>;
  clock: Clock;
  log: Logger;
  /** How long what has ended is kept. */
  retentionMs: number;
}): Housekeeper {
  const { store, stats, clock, log } = deps;
  const step = (): Promise<number> => {
    const now = clock.now();
    return store.deleteExpired(now - deps.retentionMs, now, rowsPerStep);
  };
  const sweepAll = async (signal: AbortSignal): Promise<void> => {
    for (let startedAt = clock.now(); !signal.aborted && (await step()) > 0; startedAt = clock.now()) {
      const pauseMs = pauseShare * (clock.now() - startedAt);
      await clock.sleep(Math.min(Math.max(pauseMs, pauseMsMin), pauseMsMax), signal);
    }
  };
  return {
    step,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await stats.flush();
          await sweepAll(signal);
        } catch (error) {
          log.error({ err: error }, 'housekeeper.failed');
        }
        await clock.sleep(restMs, signal);
      }
    },
  };
}
