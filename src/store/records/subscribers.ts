// Cache of the endpoints of a tenant and mode, as publishing needs them. An entry is valid for one revision of the tenant,
// which each publish reads: another process may change the endpoints at any time.
import type { EventDraft } from '#core/event.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import {
  findTargets,
  indexSubscribers,
  otherMode,
  type Subscriber,
  type Subscribers,
  subscribersKey,
} from '../decide.ts';
import { columnList, sql } from '../sql.ts';
import type { Fragments } from './engine.ts';
import { defineFormat, flag, list, plain, type StoredRow } from './fields.ts';
import { all, type Work } from './work.ts';

/** The endpoints of a tenant and mode, under `subscribersKey`. */
export type SubscriberCache = BoundedMap<string, Subscribers>;

const entriesMax = 10_000;

export function createSubscriberCache(): SubscriberCache {
  return new BoundedMap(entriesMax);
}

/**
 * The endpoints that the drafts can reach, under `subscribersKey`; no entry for an unknown tenant. Of a draft that reaches
 * none also those of the other mode, which may explain it.
 */
export function* readSubscribers(
  cache: SubscriberCache,
  anyOf: Fragments['anyOf'],
  drafts: readonly (Pick<EventDraft, 'tenant' | 'mode'> | EventDraft)[],
): Work<ReadonlyMap<string, Subscribers>> {
  const tenants = [...new Set(drafts.map((draft) => draft.tenant))];
  const rows = yield* all<{ id: TenantId; revision: number }>(sql`
    select id, revision from tenants where id ${anyOf(tenants)} and removed_at is null`);
  const revisions = new Map(rows.map((row) => [row.id, row.revision]));
  const found = new Map<string, Subscribers>();
  for (const draft of drafts) {
    const { tenant, mode } = draft;
    const revision = revisions.get(tenant);
    if (revision === undefined) continue;
    const own = yield* readInto(found, cache, tenant, mode, revision);
    if ('type' in draft && findTargets(own, draft).length === 0) {
      yield* readInto(found, cache, tenant, otherMode(mode), revision);
    }
  }
  return found;
}

function* readInto(
  found: Map<string, Subscribers>,
  cache: SubscriberCache,
  tenant: TenantId,
  mode: Mode,
  revision: number,
): Work<Subscribers> {
  const key = subscribersKey(tenant, mode);
  const subscribers = found.get(key) ?? (yield* readCached(cache, tenant, mode, revision));
  found.set(key, subscribers);
  return subscribers;
}

function* readCached(
  cache: SubscriberCache,
  tenant: TenantId,
  mode: Mode,
  revision: number,
): Work<Subscribers> {
  const key = subscribersKey(tenant, mode);
  const cached = cache.get(key);
  if (cached?.revision === revision) return cached;
  // Read after the revision: endpoints that are newer than it are only read once more.
  const rows = yield* all<StoredRow>(sql`
    select ${columnList(format.columns)} from endpoints
    where tenant = ${tenant} and mode = ${mode} and removed_at is null order by id`);
  const fresh = indexSubscribers(revision, rows.map(format.read));
  cache.set(key, fresh);
  return fresh;
}

const format = defineFormat<Subscriber>({
  id: plain(),
  enabled: flag(),
  eventTypes: list(),
  revision: plain(),
});
