// The endpoints of a tenant and mode as publishing needs them, kept in memory between publishes.
import type { EndpointId } from '#core/endpoint.ts';
import type { EventDraft } from '#core/event.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { parseJson, sql } from './database.ts';
import { indexSubscribers, type Subscriber, type Subscribers, subscribersKey } from '../decide.ts';
import type { Context } from './memory.ts';

/** The endpoints that the drafts can reach, under `subscribersKey`; nothing for a tenant that is not there. */
export function readSubscribers(
  context: Context,
  drafts: readonly EventDraft[],
): ReadonlyMap<string, Subscribers> {
  const tenants = JSON.stringify([...new Set(drafts.map((draft) => draft.tenant))]);
  const revisions = new Map<TenantId, number>();
  for (const row of context.db.all<{ id: TenantId; revision: number }>(selectRevisions, tenants)) {
    revisions.set(row.id, row.revision);
  }
  const found = new Map<string, Subscribers>();
  for (const { tenant, mode } of drafts) {
    const key = subscribersKey(tenant, mode);
    const revision = revisions.get(tenant);
    if (revision !== undefined && !found.has(key)) found.set(key, recall(context, tenant, mode, revision));
  }
  return found;
}

function recall(context: Context, tenant: TenantId, mode: Mode, revision: number): Subscribers {
  const cache = context.memory.subscribers;
  const key = subscribersKey(tenant, mode);
  const kept = cache.get(key);
  if (kept?.revision === revision) return kept;
  const rows = context.db.all<SubscriberRow>(selectSubscribers, tenant, mode).map(readSubscriber);
  const fresh = indexSubscribers(revision, rows);
  cache.set(key, fresh);
  return fresh;
}

interface SubscriberRow {
  readonly id: EndpointId;
  readonly enabled: number;
  readonly event_types: string;
  readonly revision: number;
}

function readSubscriber(row: SubscriberRow): Subscriber {
  const { id, enabled, event_types: eventTypes, revision } = row;
  return { id, enabled: enabled === 1, eventTypes: parseJson(eventTypes), revision };
}

const selectRevisions = sql`
  select id, revision from tenants where id in (select value from json_each(?)) and removed_at is null`;

const selectSubscribers = sql`
  select id, enabled, event_types, revision from endpoints
  where tenant = ? and mode = ? and removed_at is null order by id`;
