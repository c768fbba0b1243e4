// Retention of held deliveries: cancels what has waited too long for a disabled endpoint, and publishes an operator event.
import type { Publication } from '#core/event.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import type { Store } from '#store/store.ts';
import type { DeliveryMetrics } from './metrics.ts';
import { noticeExpired } from './notices.ts';

/** A pass reads all that waits for the endpoints concerned: once per hour is enough for a bound of days. */
const intervalMs = 3_600_000;
const endpointsPerPage = 100;

export interface HeldRetentionDeps {
  readonly store: {
    readonly endpoints: Pick<Store['endpoints'], 'listDisabled'>;
    readonly deliveries: Pick<Store['deliveries'], 'cancelWaiting'>;
  };
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<DeliveryMetrics, 'expired'>;
  readonly publish: (publication: Publication) => Promise<unknown>;
  /** How long a delivery is held. */
  readonly heldRetentionMs: number;
}

/** Returns what makes a pass when one is due. */
export function createHeldRetention(deps: HeldRetentionDeps): () => Promise<void> {
  const { store, clock } = deps;
  let nextAt = 0;
  return async () => {
    const now = clock.now();
    if (now < nextAt) return;
    nextAt = now + intervalMs;
    const before = now - deps.heldRetentionMs;
    for (let after = ''; ;) {
      const page = await store.endpoints.listDisabled(before, after, endpointsPerPage);
      for (const endpoint of page) {
        const filter = { until: before, isScheduledOnly: true };
        const canceled = await store.deliveries.cancelWaiting(endpoint.id, filter, now);
        if (canceled === 0) continue;
        deps.metrics.expired(canceled);
        deps.log.warn({ endpoint: endpoint.id, canceled }, 'endpoint.deliveries_expired');
        const notice = noticeExpired(endpoint, canceled);
        if (notice !== null) await deps.publish([notice]);
      }
      const last = page.length < endpointsPerPage ? undefined : page.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  };
}
