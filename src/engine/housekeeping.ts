// Housekeeping: retention in small steps, at a rate that adapts to the disk, canceling what is held for too
// long, and flushing the stats.
import type { ArchiveProgress } from '#core/archive.ts';
import type { Clock } from '#lib/clock.ts';
import { createFailureLog } from '#lib/failure-log.ts';
import type { Logger } from '#lib/log.ts';
import type { Store } from '#store/store.ts';
import type { StatsCollector } from './stats.ts';

export interface Housekeeper {
  /** Makes one step of retention. Returns how many rows it touched: 0 when nothing is left to delete. */
  step(): Promise<number>;
  /** Repeats until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Ms since nothing was left to delete, or since the start. */
  behindMs(): number;
}

/** How far the archive of the database has come, whichever process writes it. Null: there is none. */
export type ReadArchive = () => Promise<{ readonly progress: ArchiveProgress | null } | null>;

/** `place`: where this process writes it; null when another may, and `off` when there is to be none, whatever was begun. */
export function createReadArchive(
  place: { readonly kind: string } | null,
  archive: Pick<Store['archive'], 'progress'>,
): ReadArchive {
  return async () => {
    if (place?.kind === 'off') return null;
    const progress = await archive.progress();
    return progress === null && place === null ? null : { progress };
  };
}

/**
 * Rows per step, some milliseconds of work, so that publishing is not blocked for long. Smaller steps would write the
 * same pages more often.
 */
const rowsPerStep = 500;
/**
 * The pause after a step, as a multiple of the step's duration, and its bounds in ms: about 3,000 deliveries a second
 * are deleted at most. A busy disk makes steps slow, and so makes them rare.
 */
const pauseFactor = 3;
const pauseMsMin = 50;
const pauseMsMax = 1000;
/** Pause when nothing is left to delete. */
const intervalMs = 10_000;

export function createHousekeeper(deps: {
  store: Pick<Store, 'deleteExpired'> & { readonly audit: Pick<Store['audit'], 'deleteExpired'> };
  stats: Pick<StatsCollector, 'flush'>;
  /** Makes a pass over what is held, when one is due. */
  cancelHeld: () => Promise<void>;
  clock: Clock;
  log: Logger;
  /** How long a delivery is kept after it has ended. */
  retentionMs: number;
  /** How long an entry of the audit log is kept. */
  auditRetentionMs: number;
  /** Only what the archive has is deleted. */
  readArchive: ReadArchive;
}): Housekeeper {
  const { store, stats, cancelHeld, clock, log, retentionMs, auditRetentionMs, readArchive } = deps;
  const deleteEnded = async (now: number): Promise<number> => {
    const expiredBefore = now - retentionMs;
    const archive = await readArchive();
    if (archive === null) return store.deleteExpired(expiredBefore, now, rowsPerStep);
    const { progress } = archive;
    const before = Math.min(expiredBefore, progress?.until ?? 0);
    return store.deleteExpired(before, now, rowsPerStep, progress?.eventsUntil ?? 0);
  };
  const step = async (): Promise<number> => {
    await cancelHeld();
    const now = clock.now();
    const deleted = await deleteEnded(now);
    return deleted + (await store.audit.deleteExpired(now - auditRetentionMs, rowsPerStep));
  };
  const failed = createFailureLog({ clock, log });
  let completedAt = clock.now();
  const deleteExpired = async (signal: AbortSignal): Promise<void> => {
    for (let startedAt = clock.now(); !signal.aborted && (await step()) > 0; startedAt = clock.now()) {
      const pauseMs = pauseFactor * (clock.now() - startedAt);
      await clock.sleep(Math.min(Math.max(pauseMs, pauseMsMin), pauseMsMax), signal);
    }
    if (!signal.aborted) completedAt = clock.now();
  };
  return {
    step,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await stats.flush();
          await deleteExpired(signal);
        } catch (error) {
          failed('housekeeper.failed', error);
        }
        await clock.sleep(intervalMs, signal);
      }
    },
    behindMs: () => clock.now() - completedAt,
  };
}
