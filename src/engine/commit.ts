// The publish transaction: writes events with their deliveries and leases what fits in memory to this process, which
// sends it without reading it from the store.
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Publication, PublicationInProgress, PublicationResult } from '#core/event.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import type { Tracer } from '#lib/tracing.ts';
import type { PublishOutcome, PublishTerms, Store } from '#store/store.ts';
import { InProgress } from './in-progress.ts';
import type { DeliveryMetrics } from './metrics.ts';
import type { NewsDesk } from './news.ts';
import { leaseMs } from './claimer.ts';
import { traceCommit } from './spans.ts';

export interface Commit {
  /** See `Backend.publish`. */
  readonly publish: (
    publications: readonly Publication[],
  ) => Promise<readonly (PublicationResult | PublicationInProgress)[]>;
  /** Resolves with the result of one publication when it is on disk. */
  readonly publishOne: (publication: Publication) => Promise<PublicationResult>;
  readonly inProgress: InProgress;
}

/** Takes fresh deliveries: the worker of this process, or nothing in a process without one. */
export interface DeliveryQueue {
  /** How many more deliveries of an endpoint of this tenant it can take. */
  capacity(endpoint: EndpointId, tenant: TenantId): number;
  enqueue(claims: readonly Claim[]): void;
  /** These endpoints have something due in the store. */
  notify(endpoints: readonly EndpointId[]): void;
}

/** Of fresh events; those that were published before have been counted. */
function countFiltered({ results }: PublishOutcome): number {
  const events = results.flatMap((result) => (result.kind === 'published' ? result.events : []));
  return events.reduce((sum, { isReplayed, filtered }) => (isReplayed ? sum : sum + filtered), 0);
}

export function createCommit(deps: {
  store: Pick<Store, 'events'>;
  queue: DeliveryQueue;
  clock: Clock;
  log: Logger;
  metrics: DeliveryMetrics;
  news: Pick<NewsDesk, 'published'>;
  tracer: Tracer | null;
}): Commit {
  const { store, queue, clock, log, metrics, news, tracer } = deps;
  const capacity: PublishTerms['capacity'] = (endpoint, tenant) => queue.capacity(endpoint, tenant);
  const write = async (publications: readonly Publication[]): Promise<PublishOutcome> => {
    const now = clock.now();
    const outcome = await store.events.publish(publications, { now, leaseMs, capacity });
    if (tracer !== null) traceCommit(tracer, publications, now, clock.now());
    metrics.committed('publish', publications.length);
    metrics.filtered(countFiltered(outcome));
    queue.enqueue(outcome.claims);
    queue.notify(outcome.due);
    news.published();
    return outcome;
  };
  const notify = (endpoints: readonly EndpointId[]): void => queue.notify(endpoints);
  const inProgress = new InProgress({ store, clock, log, write, notify });
  const publish: Commit['publish'] = async (publications) =>
    inProgress.admit(publications, await write(publications));
  return {
    publish,
    async publishOne(publication) {
      const [result] = await publish([publication]);
      if (result === undefined) throw new Error('a publication has no result');
      return result.kind === 'in_progress' ? inProgress.published(result.id) : result;
    },
    inProgress,
  };
}
