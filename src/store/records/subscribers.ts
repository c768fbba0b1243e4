// Cache of the endpoints that have an entry among their event types, as publishing needs them. A list is valid for one
// revision of the tenant, which each publish reads: another process may change the endpoints at any time. After a change, the types that
// are published next are read again, each by index.
import type { EndpointId, EndpointKind } from '#core/endpoint.ts';
import { entriesFor } from '#core/event-types.ts';
import type { EventDraft } from '#core/event.ts';
import { compileFilter } from '#core/filter/filter.ts';
import type { EndpointSettings } from '#core/settings.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { otherMode, subscribersKey } from '../decide.ts';
import { parseJson, sql } from '../sql.ts';
import { isReached, type Subscriber, SubscriberList, type Subscribers } from '../targets.ts';
import type { Fragments } from './engine.ts';
import { all, type Work } from './work.ts';

/** Lists of one type, under the key of the tenant and mode, and the type. */
export type SubscriberCache = BoundedMap<string, CachedList>;

interface CachedList {
  readonly revision: number;
  readonly list: SubscriberList;
}

/** Subscribers in all lists, and lists: about 30 MiB. */
const entriesMax = 200_000;

export function createSubscriberCache(): SubscriberCache {
  return new BoundedMap(entriesMax, ({ list }) => list.all.length + 1);
}

type Draft = Pick<EventDraft, 'tenant' | 'mode' | 'type' | 'onlyEndpoint' | 'noticeOf'>;

/**
 * The endpoints that the drafts can reach, under `subscribersKey`; no entry for an unknown tenant. Of a draft that reaches
 * none also those of the other mode, which may explain it.
 */
export function* readSubscribers(
  cache: SubscriberCache,
  anyOf: Fragments['anyOf'],
  drafts: readonly Draft[],
): Work<ReadonlyMap<string, Subscribers>> {
  const tenants = [...new Set(drafts.map((draft) => draft.tenant))];
  const rows = yield* all<{ id: TenantId; revision: number }>(sql`
    select id, revision from tenants where id ${anyOf(tenants)} and removed_at is null`);
  const revisions = new Map(rows.map((row) => [row.id, row.revision]));
  const found = new Map<string, Subscribers>();
  const read = function* (group: readonly Draft[]): Work<void> {
    const [first] = group;
    const revision = first === undefined ? undefined : revisions.get(first.tenant);
    if (first === undefined || revision === undefined) return;
    const key = subscribersKey(first.tenant, first.mode);
    const owner = { tenant: first.tenant, mode: first.mode, key, revision };
    const types = group.filter((draft) => draft.onlyEndpoint === null).map((draft) => draft.type);
    const byEntry = yield* readLists(cache, anyOf, owner, new Set(types.flatMap(entriesFor)));
    const ids = group.flatMap(({ onlyEndpoint }) => (onlyEndpoint === null ? [] : [onlyEndpoint]));
    const byId = yield* readNamed(anyOf, owner, ids);
    const subscribers = { byEntry, byId, hasAny: true };
    const isAll = group.every((draft) => isReached(subscribers, draft));
    found.set(key, isAll ? subscribers : { ...subscribers, hasAny: yield* readHasAny(cache, owner) });
  };
  const groups = Map.groupBy(drafts, ({ tenant, mode }) => subscribersKey(tenant, mode));
  for (const group of groups.values()) yield* read(group);
  const reachNone = drafts.filter((draft) => {
    const own = found.get(subscribersKey(draft.tenant, draft.mode));
    return own !== undefined && !isReached(own, draft);
  });
  const others = reachNone.map((draft) => ({ ...draft, mode: otherMode(draft.mode) }));
  for (const [key, group] of Map.groupBy(others, ({ tenant, mode }) => subscribersKey(tenant, mode))) {
    yield* read([...group, ...(groups.get(key) ?? [])]);
  }
  return found;
}

/** No event type is empty. */
const anyType = '';

function* readHasAny(cache: SubscriberCache, { tenant, mode, key, revision }: Owner): Work<boolean> {
  const cached = cache.get(`${key} ${anyType}`);
  if (cached?.revision === revision) return cached.list.all.length > 0;
  const rows = yield* all<SubscriberRow>(sql`
    select id, enabled, kind, revision, settings from endpoints
    where tenant = ${tenant} and mode = ${mode} and removed_at is null limit 1`);
  cache.set(`${key} ${anyType}`, { revision, list: new SubscriberList(rows.map(toSubscriber)) });
  return rows.length > 0;
}

interface Owner {
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly key: string;
  readonly revision: number;
}

interface SubscriberRow {
  readonly id: EndpointId;
  readonly enabled: boolean | number;
  readonly kind: EndpointKind;
  readonly revision: number;
  /** JSON. */
  readonly settings: string;
}

function* readLists(
  cache: SubscriberCache,
  anyOf: Fragments['anyOf'],
  { tenant, mode, key, revision }: Owner,
  types: ReadonlySet<string>,
): Work<ReadonlyMap<string, SubscriberList>> {
  const lists = new Map<string, SubscriberList>();
  const missing: string[] = [];
  for (const type of types) {
    const cached = cache.get(`${key} ${type}`);
    if (cached?.revision === revision) lists.set(type, cached.list);
    else missing.push(type);
  }
  if (missing.length === 0) return lists;
  // Read after the revision: endpoints that are newer than it are only read once more.
  const rows = yield* all<SubscriberRow & { type: string }>(sql`
    select t.type, e.id, e.enabled, e.kind, e.revision, e.settings from endpoint_types t join endpoints e on e.id = t.endpoint
    where t.tenant = ${tenant} and t.mode = ${mode} and t.type ${anyOf(missing)} order by e.id`);
  const byType = Map.groupBy(rows, (row) => row.type);
  for (const type of missing) {
    const list = new SubscriberList((byType.get(type) ?? []).map(toSubscriber));
    lists.set(type, list);
    cache.set(`${key} ${type}`, { revision, list });
  }
  return lists;
}

function* readNamed(
  anyOf: Fragments['anyOf'],
  { tenant, mode }: Owner,
  ids: readonly EndpointId[],
): Work<ReadonlyMap<EndpointId, Subscriber>> {
  if (ids.length === 0) return new Map();
  const rows = yield* all<SubscriberRow>(sql`
    select id, enabled, kind, revision, settings from endpoints
    where id ${anyOf(ids)} and tenant = ${tenant} and mode = ${mode} and removed_at is null`);
  return new Map(rows.map((row) => [row.id, toSubscriber(row)]));
}

function toSubscriber({ id, enabled, kind, revision, settings }: SubscriberRow): Subscriber {
  const { filter } = parseJson<EndpointSettings>(settings);
  return {
    id,
    enabled: Boolean(enabled),
    kind,
    revision,
    filter: filter === undefined ? null : compileFilter(filter),
  };
}

/** Which of these endpoints are enabled now, in their order. */
export function* readEnabled(
  anyOf: Fragments['anyOf'],
  endpoints: readonly EndpointId[],
): Work<EndpointId[]> {
  const asked = [...new Set(endpoints)];
  if (asked.length === 0) return [];
  const rows = yield* all<{ id: EndpointId }>(sql`
    select id from endpoints where id ${anyOf(asked)} and enabled and removed_at is null`);
  const enabled = new Set(rows.map(({ id }) => id));
  return asked.filter((id) => enabled.has(id));
}
