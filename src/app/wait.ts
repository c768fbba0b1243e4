// Waiting for a database server that is not up yet.
import type { Config } from '#config.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import { StartError } from './start-error.ts';

/** The first delay between two attempts to open it, and the longest. */
const backoffMs = { first: 250, longest: 5_000 } as const;

/**
 * Opens it with `open`, again with backoff while the database server is not up yet: for `databaseWaitMs`, or until
 * `signal` aborts. Then it throws the `StartError` of the last attempt, whose exit code is 1.
 */
export async function waitForDatabase<Opened>(
  open: () => Promise<Opened>,
  { databaseWaitMs }: Config,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
): Promise<Opened> {
  const until = clock.now() + databaseWaitMs;
  for (let delayMs: number = backoffMs.first; ; delayMs = Math.min(delayMs * 2, backoffMs.longest)) {
    try {
      return await open();
    } catch (error) {
      const leftMs = until - clock.now();
      if (!(error instanceof StartError && error.exitCode === 1) || leftMs <= 0 || signal.aborted)
        throw error;
      log.warn({ reason: error.message, leftMs }, 'database.not_up_yet');
      await clock.sleep(Math.min(delayMs, leftMs), signal);
      if (signal.aborted) throw error;
    }
  }
}
