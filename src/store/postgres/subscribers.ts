// The endpoints of a tenant and mode as publishing needs them, kept in memory between publishes. Another
// process may change them at any moment: each publish reads the tenant's revision, which tells.
import type { EventDraft } from '#core/event.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { indexSubscribers, type Subscriber, type Subscribers, subscribersKey } from '../decide.ts';
import type { Context } from './context.ts';
import { type Queries, sql } from './database.ts';

/** The endpoints that the drafts can reach, under `subscribersKey`; nothing for a tenant that is not there. */
export async function readSubscribers(
  context: Context,
  queries: Queries,
  drafts: readonly EventDraft[],
): Promise<ReadonlyMap<string, Subscribers>> {
  const tenants = [...new Set(drafts.map((draft) => draft.tenant))];
  const rows = await queries.all<{ id: TenantId; revision: number }>(selectRevisions, [tenants]);
  const revisions = new Map(rows.map((row) => [row.id, row.revision]));
  const found = new Map<string, Subscribers>();
  for (const { tenant, mode } of drafts) {
    const key = subscribersKey(tenant, mode);
    const revision = revisions.get(tenant);
    if (revision === undefined || found.has(key)) continue;
    found.set(key, await recall(context, queries, tenant, mode, revision));
  }
  return found;
}

async function recall(
  context: Context,
  queries: Queries,
  tenant: TenantId,
  mode: Mode,
  revision: number,
): Promise<Subscribers> {
  const cache = context.subscribers;
  const key = subscribersKey(tenant, mode);
  const kept = cache.get(key);
  if (kept?.revision === revision) return kept;
  // Read after the revision: what is newer than it is only read once more.
  const rows = await queries.all<SubscriberRow>(selectSubscribers, [tenant, mode]);
  const fresh = indexSubscribers(revision, rows.map(readSubscriber));
  cache.set(key, fresh);
  return fresh;
}

type SubscriberRow = Omit<Subscriber, 'eventTypes'> & { readonly event_types: readonly string[] };

function readSubscriber({ id, enabled, event_types: eventTypes, revision }: SubscriberRow): Subscriber {
  return { id, enabled, eventTypes, revision };
}

const selectRevisions = sql`
  select id, revision from tenants where id = any($1) and removed_at is null`;

const selectSubscribers = sql`
  select id, enabled, event_types, revision from endpoints
  where tenant = $1 and mode = $2 and removed_at is null order by id`;
