// What the contract of stores tells its stories with: tenants, endpoints, events and what comes of attempts,
// each with sensible defaults. Time is a number that the story passes on.
import { onTestFinished } from 'vitest';
import type { Attempt, Outcome } from '#core/attempt.ts';
import type { Claim, DeliveryId } from '#core/delivery.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import type { EventDraft } from '#core/event.ts';
import { type Settlement, settleCanceled } from '#core/retry.ts';
import type { Mode, Scope, TenantId } from '#core/tenant.ts';
import { createIdSource, type IdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import type {
  AttemptResult,
  Due,
  LoadedEndpoint,
  MadeResult,
  PublishOutcome,
  ReadStore,
  RecordTerms,
  Recorded,
  Store,
} from '#store/store.ts';
import type { ReadBounds } from '#store/walk.ts';
import { exampleAttempt, exampleEndpoint } from '../support/examples.ts';

/** One store, empty at first, that can be closed and opened again. */
export interface StoreHarness {
  readonly store: Store;
  /** Closes the store as a process that dies would leave it, and opens it again at `now`. */
  reopen(now: number): Promise<Store>;
  close(): Promise<void>;
  /** Another way into the same database, for reading alone. */
  openReads?(bounds: Partial<ReadBounds>): ReadStore;
}

export type OpenStore = (options: { ids: IdSource; now: number }) => Promise<StoreHarness>;

/** When each story begins: a Thursday in 2026. */
export const start = Date.UTC(2026, 0, 1);
export const leaseMs = 30_000;

export interface World {
  store: Store;
  readonly ids: IdSource;
  reopen(now: number): Promise<Store>;
  /** Opens the database for reading as well, until the story ends. */
  openReads(bounds?: Partial<ReadBounds>): ReadStore;
  tenant(id?: string, dialect?: string): Promise<TenantId>;
  endpoint(tenant: TenantId, more?: Partial<Endpoint>): Promise<Endpoint>;
  draft(tenant: TenantId, more?: Partial<EventDraft> & { text?: string }): EventDraft;
  /** Publishes each draft by itself. `places` of each endpoint are free in this process. */
  publish(drafts: readonly EventDraft[], now?: number, places?: number): Promise<PublishOutcome>;
  claim(endpoint: EndpointId, now: number, count?: number): Promise<readonly Claim[]>;
  record(results: readonly AttemptResult[], now: number, terms?: Partial<RecordTerms>): Promise<Recorded>;
}

export async function openWorld(open: OpenStore): Promise<World> {
  const ids = createIdSource(systemRandom);
  const harness = await open({ ids, now: start });
  onTestFinished(() => harness.close());
  let made = 0;
  const world: World = {
    store: harness.store,
    ids,
    reopen: async (now) => (world.store = await harness.reopen(now)),
    openReads(bounds = {}) {
      const reads = harness.openReads?.(bounds);
      if (reads === undefined) throw new Error('this store is not opened for reading');
      onTestFinished(() => reads.close());
      return reads;
    },
    async tenant(id = ids.next('ten', start), dialect = 'standard') {
      const tenant = id as TenantId;
      await world.store.tenants.create({
        id: tenant,
        name: `tenant ${id}`,
        dialect,
        metadata: {},
        contact: null,
        createdAt: start,
      });
      return tenant;
    },
    async endpoint(tenant, more = {}) {
      const endpoint = { ...makeEndpoint(ids, tenant, ++made), ...more };
      await world.store.endpoints.create(endpoint, { isUrlUnique: false, endpointsMax: 1000 });
      return endpoint;
    },
    draft: (tenant, more = {}) => makeDraft(tenant, ++made, more),
    publish: (drafts, now = start, places = 0) => {
      const publications = drafts.map((draft) => [draft]);
      return world.store.events.publish(publications, { now, leaseMs, capacity: () => places });
    },
    claim: (endpoint, now, count = 100) => world.store.deliveries.claim([{ endpoint, count }], now, leaseMs),
    record: (results, now, terms = {}) =>
      world.store.deliveries.record(results, {
        now,
        noticeHealth: () => [],
        noticeExhausted: () => null,
        ...terms,
      }),
  };
  return world;
}

export function makeEndpoint(ids: IdSource, tenant: TenantId, number: number): Endpoint {
  return exampleEndpoint({
    id: ids.next('ep', start) as EndpointId,
    tenant,
    url: `https://receiver.example/${number}`,
    secrets: [{ sealed: `sealed ${number}`, expiresAt: null }],
    createdAt: start,
    updatedAt: start,
  });
}

function makeDraft(
  tenant: TenantId,
  number: number,
  { text, ...more }: Partial<EventDraft> & { text?: string },
): EventDraft {
  const payload = Buffer.from(JSON.stringify({ text: text ?? `event ${number}` }));
  return {
    id: null,
    tenant,
    mode: 'live',
    type: 'order.paid',
    payload,
    orderingKey: null,
    occurredAt: null,
    traceparent: null,
    metadata: {},
    onlyEndpoint: null,
    isNumbered: false,
    ...more,
  };
}

/** What is to be sent, and when. */
export async function readAgenda({ store }: World): Promise<readonly Due[]> {
  return (await store.deliveries.agenda(null, 10)).due;
}

export const live = (tenant: TenantId): Scope => ({ tenant, mode: 'live' });
export const inMode = (tenant: TenantId, mode: Mode | null): Scope => ({ tenant, mode });
export const firstPage = { limit: 50, cursor: null };

let attempts = 0;

/** What came of a claim. By default it is delivered; a refusal or silence is tried again in a minute. */
export function result(
  claim: Claim,
  outcome: Outcome = 'accepted',
  now = start,
  more: Partial<Pick<AttemptResult, 'disabling' | 'sent' | 'content'>> & {
    settlement?: Partial<Settlement>;
    attempt?: Partial<Attempt>;
  } = {},
): MadeResult {
  const isAccepted = outcome === 'accepted';
  return {
    claim,
    attempt: { ...makeAttempt(claim, outcome, now), ...more.attempt },
    settlement: {
      outcome,
      state: isAccepted ? 'delivered' : 'pending',
      dueAt: isAccepted ? now : now + 60_000,
      step: isAccepted ? claim.step : claim.step + 1,
      isGone: false,
      ...more.settlement,
    },
    disabling: more.disabling ?? { kind: 'never' },
    sent: more.sent ?? 'published',
    content: more.content ?? null,
  };
}

/** A claim that is not to be sent. */
export function canceled(claim: Claim, now = start): AttemptResult {
  return {
    claim,
    attempt: null,
    settlement: settleCanceled(claim, 'transform_null', now),
    disabling: { kind: 'never' },
    sent: claim.sent,
    content: null,
  };
}

function makeAttempt(claim: Claim, outcome: Outcome, now: number): Attempt {
  const status = { accepted: 200, refused: 500, unreachable: null }[outcome];
  return exampleAttempt({
    id: `att_${String(++attempts).padStart(26, '0')}`,
    delivery: claim.id,
    number: claim.attempts + 1,
    trigger: claim.trigger,
    startedAt: now - 20,
    durationMs: 20,
    url: 'https://receiver.example/',
    outcome,
    status,
    responseHeaders: status === null ? {} : { server: 'receiver' },
    responseBody: Buffer.from(status === null ? '' : 'thank you'),
    error: status === null ? { code: 'timeout', message: 'nothing within 20 s' } : null,
  });
}

export const exhausted = { settlement: { state: 'exhausted' as const } };

/** The state of a delivery as its owner sees it. */
export async function loadOne(store: Store, id: EndpointId): Promise<LoadedEndpoint | undefined> {
  return (await store.endpoints.load([id])).get(id);
}

export async function stateOf(world: World, tenant: TenantId, id: DeliveryId): Promise<string> {
  const detail = await world.store.deliveries.get(inMode(tenant, null), id);
  return detail?.delivery.state ?? 'missing';
}

/** The one element; a story that expects one fails when there are others. */
export function only<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined || items.length !== 1) throw new Error(`one was expected, not ${items.length}`);
  return item;
}
