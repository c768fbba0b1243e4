// Publish: an event is checked by the dialect of its tenant, written with all its deliveries together with other
// publications of the moment (group commit), and answered when that is on disk.
import type { Backend } from '#core/backend.ts';
import type { PublishEvent } from '#core/commands.ts';
import {
  type EventDraft,
  type Publication,
  type PublicationInProgress,
  type PublicationResult,
  type PublishedEvent,
  publishedOf,
} from '#core/event.ts';
import { Fault } from '#core/fault.ts';
import type { Limits } from '#core/limits.ts';
import type { TenantId } from '#core/tenant.ts';
import { type Dialect, type Dialects, dialectNamed } from '#dialects/dialect.ts';
import { draftEvent } from '#dialects/draft.ts';
import type { Catalogue } from './catalogue.ts';
import { type Batcher, createBatcher } from '#lib/batcher.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Clock } from '#lib/clock.ts';
import { Latch } from '#lib/latch.ts';
import { createTurns } from '#lib/turns.ts';
import type { Tracer } from '#lib/tracing.ts';
import { DailyQuota } from './daily-quota.ts';
import type { PublishMetrics } from './metrics.ts';
import { tracePublish } from './spans.ts';

export interface Publisher {
  /**
   * All or none. Faults: `tenant_not_found`, `event_type_unknown`, `payload_refused`, `payload_invalid`,
   * `body_too_large`, `event_id_reused`, `rate_limited`, `overloaded`.
   */
  publish(
    tenant: TenantId,
    events: readonly PublishEvent[],
    context: PublishContext,
  ): Promise<readonly PublishedEvent[]>;
  /** Resolves when everything submitted is on disk and answered. */
  drain(): Promise<void>;
}

export interface PublishContext {
  readonly traceparent: string | null;
}

export interface PublisherDeps {
  readonly backend: Pick<Backend, 'run' | 'publish' | 'published'>;
  readonly dialects: Dialects;
  readonly catalogue: Pick<Catalogue, 'check'>;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly metrics: PublishMetrics;
  readonly tracer: Tracer | null;
  /** The number of the database of a tenant: publications of one share commits. 0 for all where it is not given. */
  readonly partitionOf?: (tenant: TenantId) => number;
}

/** Payload bytes that count as one event in the bounds of the queue and of a commit. */
const bytesPerUnit = 4096;
/** Units per commit: enough to share an fsync widely, few enough to keep a commit short. */
const commitUnitsMax = 512;
/** Commits in progress at once: while one is being written, or its answer crosses back, the next one is sent. */
const commitsMax = 2;
/** The same for all of several databases together, so that commits are as large as in one. */
const commitTurns = { atOnce: commitsMax, longMs: 50 } as const;
const retryAfterSeconds = 1;
/** Tenants whose dialect is kept in memory. */
const tenantsMax = 10_000;

export function createPublisher(deps: PublisherDeps): Publisher {
  const { backend, clock, metrics, limits } = deps;
  /** Tenants speak one dialect for life, so this never goes stale; the store refuses removed ones. */
  const dialectByTenant = new BoundedMap<TenantId, Dialect>(tenantsMax);

  const dialectOf = async (tenant: TenantId): Promise<Dialect> => {
    const known = dialectByTenant.get(tenant);
    if (known !== undefined) return known;
    const { dialect: name } = await backend.run('getTenant', { tenant });
    const dialect = dialectNamed(deps.dialects, name);
    dialectByTenant.set(tenant, dialect);
    return dialect;
  };

  const overflow = (): Fault => {
    metrics.refusedForLoad();
    return new Fault('overloaded', 'too many events wait to be written; send this one again in a moment', {
      retryAfterSeconds,
    });
  };
  const quota = new DailyQuota(limits.eventsPerDayMax);
  const inProgress = new Latch();
  const batchers = new Map<number, Batcher<Publication, PublicationResult | PublicationInProgress>>();
  const turns = deps.partitionOf === undefined ? {} : { turns: createTurns({ ...commitTurns, clock }) };
  /** Each database has a queue of its own: one that is silent delays its own tenants alone. */
  const batcherOf = (tenant: TenantId) => {
    const partition = deps.partitionOf?.(tenant) ?? 0;
    const known = batchers.get(partition);
    if (known !== undefined) return known;
    const batcher = createBatcher<Publication, PublicationResult | PublicationInProgress>({
      write: (publications) => backend.publish(publications),
      weigh,
      batchMax: commitUnitsMax,
      writesMax: commitsMax,
      ...turns,
      queueMax: limits.publishQueueMax,
      overflow,
    });
    batchers.set(partition, batcher);
    return batcher;
  };
  /** Units of the publications that were taken out of the queue and are not on disk. */
  let unfinished = 0;
  /** Resolves when all of it is on disk. A commit that it takes part in does not wait for the others of its batch. */
  const submit = async (tenant: TenantId, publication: Publication): Promise<PublicationResult> => {
    if (unfinished >= limits.publishQueueMax) throw overflow();
    const result = await batcherOf(tenant).submit(publication);
    if (result.kind !== 'in_progress') return result;
    const units = weigh(publication);
    unfinished += units;
    inProgress.begin();
    try {
      return await backend.published(result.id);
    } finally {
      unfinished -= units;
      inProgress.end();
    }
  };

  const publish: Publisher['publish'] = async (tenant, events, { traceparent }) => {
    const dialect = await dialectOf(tenant);
    const context = { tenant, dialect, limits, traceparent };
    const isSingle = events.length === 1;
    const startedAt = clock.now();
    const drafts = events.map((event, index) =>
      draftEvent(event, { ...context, at: isSingle ? '' : `events[${index}].` }),
    );
    if (deps.catalogue.check !== null) await deps.catalogue.check(dialect, events);
    quota.take(tenant, events.length, startedAt);
    try {
      const result = await submit(tenant, drafts);
      if (result.kind === 'tenant_not_found') dialectByTenant.delete(tenant);
      const published = publishedOf(result, !isSingle);
      metrics.accepted(published.length, (clock.now() - startedAt) / 1000);
      return published;
    } catch (error) {
      quota.giveBack(tenant, events.length);
      throw error;
    }
  };

  return {
    publish(tenant, events, { traceparent }) {
      const { tracer } = deps;
      if (tracer === null) return publish(tenant, events, { traceparent });
      return tracePublish({ tracer, clock, tenant, traceparent }, (own) =>
        publish(tenant, events, { traceparent: own }),
      );
    },
    async drain() {
      await Promise.all([...batchers.values()].map((batcher) => batcher.drain()));
      await inProgress.wait();
    },
  };
}

function weigh(publication: Publication): number {
  return publication.reduce((sum, draft) => sum + unitsOf(draft), 0);
}

function unitsOf(draft: EventDraft): number {
  return 1 + Math.floor(draft.payload.length / bytesPerUnit);
}
