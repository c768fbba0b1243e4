// What the log says of readiness, as probes ask for it: why the server is not ready, at most once a minute, and when it is again.
import type { Trouble } from '#core/backend.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';

const everyMs = 60_000;

/** Takes what each probe finds. */
export function createReadinessLog({
  clock,
  log,
}: {
  readonly clock: Clock;
  readonly log: Pick<Logger, 'error' | 'info'>;
}): (troubles: readonly Trouble[]) => void {
  let toldAt = -Infinity;
  /** Of the trouble that was told. Unix ms; null when there is none. */
  let since: number | null = null;
  return (troubles) => {
    const now = clock.now();
    if (troubles.length === 0) {
      if (since !== null) log.info({ afterMs: now - since }, 'server.ready_again');
      since = null;
    } else if (now >= toldAt + everyMs) {
      toldAt = now;
      since ??= now;
      log.error({ reasons: troubles.map(({ detail }) => detail) }, 'server.not_ready');
    }
  };
}
