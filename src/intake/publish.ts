// An event comes in: checked by the dialect of its tenant, written with all its deliveries together with
// what else arrives in the moment, and answered when that is on disk.
import type { PublishEvent } from '#core/commands.ts';
import type { PublishedEvent } from '#core/event.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { EventDraft } from '#core/event.ts';
import { Fault, fieldFault, unreachable } from '#core/fault.ts';
import { fingerprint } from '#core/fingerprint.ts';
import type { Limits } from '#core/limits.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { createBatcher } from '#lib/batcher.ts';
import type { Clock } from '#lib/clock.ts';
import type { Store } from '#store/store.ts';
import type { Publication, PublicationResult } from '#core/event.ts';
import type { Commit } from '#engine/commit.ts';
import type { PublishMetrics } from '#engine/metrics.ts';

export interface Publisher {
  /**
   * All or none. Faults: `tenant_not_found`, `field_invalid`, `event_type_unknown`, `payload_refused`,
   * `body_too_large`, `event_id_reused`, `endpoint_not_found`, `overloaded`.
   */
  publish(
    tenant: TenantId,
    events: readonly PublishEvent[],
    context: PublishContext,
  ): Promise<readonly PublishedEvent[]>;
  /** Publishes the dialect's test event to one endpoint alone. */
  sendTest(tenant: TenantId, endpoint: EndpointId, mode: 'live' | 'test'): Promise<PublishedEvent>;
  /** Resolves when everything submitted is on disk and answered. */
  drain(): Promise<void>;
}

export interface PublishContext {
  readonly traceparent: string | null;
}

export interface PublisherDeps {
  readonly store: Pick<Store, 'tenants'>;
  readonly commit: Commit;
  readonly dialects: ReadonlyMap<string, Dialect>;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly metrics: PublishMetrics;
}

const idPattern = /^[A-Za-z0-9_:-]{1,128}$/;
const orderingKeyLengthMax = 200;
/** Payload bytes that count as one event in the bounds of the queue and of a commit. */
const bytesPerUnit = 4096;
/** Units per commit: enough to share an fsync widely, few enough to keep a commit short. */
const commitUnitsMax = 512;
/** Commits under way at once: while one is on its way to the disk, or its answer on its way back, the next goes there. */
const commitsMax = 2;
const retryAfterSeconds = 1;
/** Its arrays are their own: a `Buffer` is a window on a pool, all of which would travel with it between threads. */
const utf8 = new TextEncoder();

export function createPublisher(deps: PublisherDeps): Publisher {
  const { store, clock, metrics, limits } = deps;
  /** Tenants speak one dialect for life, so this never goes stale; the store refuses removed ones. */
  const dialectByTenant = new Map<TenantId, Dialect>();

  const dialectOf = async (tenantId: TenantId): Promise<Dialect> => {
    const known = dialectByTenant.get(tenantId);
    if (known !== undefined) return known;
    const tenant = await store.tenants.get(tenantId);
    if (tenant === null) throw tenantNotFound(tenantId);
    const dialect = deps.dialects.get(tenant.dialect);
    if (dialect === undefined)
      throw new Error(`tenant ${tenantId} speaks an unknown dialect: ${tenant.dialect}`);
    dialectByTenant.set(tenantId, dialect);
    return dialect;
  };

  const batcher = createBatcher<Publication, PublicationResult>({
    write: deps.commit,
    weigh: (publication) => publication.reduce((sum, draft) => sum + unitsOf(draft), 0),
    batchMax: commitUnitsMax,
    writesMax: commitsMax,
    queueMax: limits.publishQueueMax,
    overflow: () => {
      metrics.refusedForLoad();
      return new Fault('overloaded', 'too many events wait to be written; send this one again in a moment', {
        retryAfterSeconds,
      });
    },
  });

  const submit = async (publication: Publication): Promise<readonly PublishedEvent[]> => {
    const startedAt = clock.now();
    const result = await batcher.submit(publication);
    switch (result.kind) {
      case 'published':
        metrics.accepted(result.events.length, (clock.now() - startedAt) / 1000);
        return result.events;
      case 'tenant_not_found':
        dialectByTenant.delete(result.tenant);
        throw tenantNotFound(result.tenant);
      case 'endpoint_not_found':
        throw new Fault('endpoint_not_found', `this tenant has no endpoint "${result.endpoint}"`);
      case 'id_reused':
        throw new Fault(
          'event_id_reused',
          `the event id "${result.id}" was published before with another type or payload; use a new id`,
          { fields: [{ field: 'id', message: 'names another event already' }] },
        );
      default:
        return unreachable(result);
    }
  };

  return {
    async publish(tenant, events, context) {
      const dialect = await dialectOf(tenant);
      const isSingle = events.length === 1;
      return submit(
        events.map((event, index) =>
          toDraft(tenant, dialect, event, context, limits, isSingle ? '' : `events[${index}].`),
        ),
      );
    },
    async sendTest(tenant, endpoint, mode) {
      const dialect = await dialectOf(tenant);
      const [sample] = dialect.events.samples;
      if (sample === undefined) throw new Error(`dialect ${dialect.name} has no sample event`);
      const draft = toDraft(tenant, dialect, { ...sample, mode }, { traceparent: null }, limits, '');
      const [published] = await submit([{ ...draft, onlyEndpoint: endpoint }]);
      if (published === undefined) throw new Error('a publication of one event led to none');
      return published;
    },
    drain: () => batcher.drain(),
  };
}

/** Checks an event by its dialect; `at` is the path that its fields are named under. */
function toDraft(
  tenant: TenantId,
  dialect: Dialect,
  event: PublishEvent,
  context: PublishContext,
  limits: Limits,
  at: string,
): EventDraft {
  const { id, type, mode = 'live', orderingKey } = event;
  if (id !== undefined && !idPattern.test(id)) {
    throw fieldFault(`${at}id`, 'must be 1 to 128 letters, digits, "_", ":" or "-"');
  }
  if (orderingKey !== undefined && (orderingKey === '' || orderingKey.length > orderingKeyLengthMax)) {
    throw fieldFault(`${at}orderingKey`, `must be 1 to ${orderingKeyLengthMax} characters`);
  }
  refuse('event_type_unknown', `${at}type`, dialect.events.checkType(type));
  const payload = utf8.encode(JSON.stringify(event.payload));
  if (payload.length > limits.payloadBytesMax) {
    const problem = `is ${payload.length} bytes of JSON; at most ${limits.payloadBytesMax} are accepted`;
    refuse('body_too_large', `${at}payload`, problem);
  }
  refuse('payload_refused', `${at}payload`, dialect.events.checkPayload(type, event.payload));
  return {
    id: id ?? null,
    tenant,
    mode,
    type,
    payload,
    fingerprint: fingerprint(type, mode, payload),
    orderingKey: orderingKey ?? dialect.events.orderingKey(type, event.payload),
    occurredAt: event.occurredAt ?? null,
    traceparent: context.traceparent,
    metadata: {},
    onlyEndpoint: null,
  };
}

function refuse(
  code: 'event_type_unknown' | 'payload_refused' | 'body_too_large',
  field: string,
  problem: string | null,
): void {
  if (problem === null) return;
  throw new Fault(code, `${field}: ${problem}`, { fields: [{ field, message: problem }] });
}

function unitsOf(draft: EventDraft): number {
  return 1 + Math.floor(draft.payload.length / bytesPerUnit);
}

function tenantNotFound(id: TenantId): Fault {
  return new Fault('tenant_not_found', `there is no tenant "${id}"`);
}
