// What must be done now and then: old slices of the log are dropped, charts are written.
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import type { Store } from '#store/store.ts';
import type { Stats } from './stats.ts';

export interface Housekeeper {
  /** One turn of the broom: at most one step of `sweep`. Answers how many rows it touched. */
  step(): Promise<number>;
  /** Turns until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Rows per step, some milliseconds of work, and the pause after it: publishing goes on between the steps. */
const rowsPerStep = 200;
const pauseMs = 5;
const restMs = 10_000;

export function createHousekeeper(deps: {
  store: Store;
  stats: Stats;
  clock: Clock;
  log: Logger;
  /** How long what has ended is kept. */
  retentionMs: number;
}): Housekeeper {
  const { store, stats, clock, log } = deps;
  const step = (): Promise<number> => {
    const now = clock.now();
    return store.sweep(now - deps.retentionMs, now, rowsPerStep);
  };
  return {
    step,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await stats.flush();
          while (!signal.aborted && (await step()) > 0) await clock.sleep(pauseMs, signal);
        } catch (error) {
          log.error({ err: error }, 'housekeeper.failed');
        }
        await clock.sleep(restMs, signal);
      }
    },
  };
}
