// The publish transaction: writes events with their deliveries and leases what fits in memory to this process, which
// sends it without reading it from the store.
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Clock } from '#lib/clock.ts';
import type { Publication, PublicationResult } from '#core/event.ts';
import type { Store } from '#store/store.ts';
import type { DeliveryMetrics } from './metrics.ts';
import { leaseMs } from './worker.ts';

/** Resolves when the publications are on disk, with one result each, in order. */
export type Commit = (publications: readonly Publication[]) => Promise<readonly PublicationResult[]>;

/** Takes fresh deliveries: the worker of this process, or nothing in a process without one. */
export interface DeliveryQueue {
  /** How many more deliveries of an endpoint it can take. */
  capacity(endpoint: EndpointId): number;
  enqueue(claims: readonly Claim[]): void;
  /** These endpoints have something due in the store. */
  notify(endpoints: readonly EndpointId[]): void;
}

export function createCommit(deps: {
  store: Pick<Store, 'events'>;
  queue: DeliveryQueue;
  clock: Clock;
  metrics: DeliveryMetrics;
}): Commit {
  const { store, queue, clock, metrics } = deps;
  const capacity = (endpoint: EndpointId): number => queue.capacity(endpoint);
  return async (publications) => {
    const { results, claims, due } = await store.events.publish(publications, {
      now: clock.now(),
      leaseMs,
      capacity,
    });
    metrics.committed('publish', publications.length);
    queue.enqueue(claims);
    queue.notify(due);
    return results;
  };
}
