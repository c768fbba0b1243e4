// Publications become durable, and what can be sent at once goes straight to whoever sends.
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Clock } from '#lib/clock.ts';
import type { Store } from '#store/store.ts';
import type { Publication, PublicationResult } from '#core/event.ts';
import type { DeliveryMetrics } from './metrics.ts';
import { leaseMs } from './worker.ts';

/** Resolves when the publications are on disk, with one result each, in order. */
export type Commit = (publications: readonly Publication[]) => Promise<readonly PublicationResult[]>;

/** Where fresh deliveries go: the worker of this process, or nowhere when it has none. */
export interface Handover {
  readonly places: (endpoint: EndpointId) => number;
  take(claims: readonly Claim[]): void;
  wake(endpoints: readonly EndpointId[]): void;
}

export function createCommit(deps: {
  store: Store;
  handover: Handover;
  clock: Clock;
  metrics: DeliveryMetrics;
}): Commit {
  const { store, handover, clock, metrics } = deps;
  return async (publications) => {
    const terms = { now: clock.now(), leaseMs, capacity: handover.places };
    const { results, claims, due } = await store.events.publish(publications, terms);
    metrics.committed('publish', publications.length);
    handover.take(claims);
    handover.wake(due);
    return results;
  };
}
