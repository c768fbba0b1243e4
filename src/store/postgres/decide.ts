// What the database knows of the drafts of a batch, for the decision in store/decide.ts.
import type { Event, EventDraft } from '#core/event.ts';
import type { Publication } from '#store/store.ts';
import { decideAll, eventKey, type Known, wellFormed } from '../decide.ts';
import type { Context } from './context.ts';
import { type Queries, sql } from './database.ts';
import { readSubscribers } from './subscribers.ts';
import { fromStored, toStored } from './text.ts';

/** Decides what is accepted, and makes its events; they get their numbers when they are written. */
export async function decideWithin(
  context: Context,
  queries: Queries,
  publications: readonly Publication[],
  now: number,
): Promise<ReturnType<typeof decideAll>> {
  const drafts = publications.flat();
  const subscribers = await readSubscribers(context, queries, drafts);
  const known = await readKnown(queries, drafts);
  return decideAll(publications, { subscribers, known }, (draft) => makeEvent(context, draft, now));
}

function makeEvent(context: Context, draft: EventDraft, now: number): Event {
  return {
    seq: 0,
    id: wellFormed(draft.id) ?? context.ids.next('evt', now),
    tenant: draft.tenant,
    mode: draft.mode,
    type: draft.type,
    payload: draft.payload,
    orderingKey: wellFormed(draft.orderingKey),
    occurredAt: draft.occurredAt ?? now,
    createdAt: now,
    traceparent: draft.traceparent,
  };
}

async function readKnown(queries: Queries, drafts: readonly EventDraft[]): Promise<Map<string, Known>> {
  const asked = drafts.flatMap(({ id, tenant, mode }) => (id === null ? [] : [{ id, tenant, mode }]));
  const known = new Map<string, Known>();
  if (asked.length === 0) return known;
  const rows = await queries.all<KnownRow>(selectKnown, [
    asked.map(({ id }) => toStored(id)),
    asked.map(({ tenant }) => tenant),
    asked.map(({ mode }) => mode),
  ]);
  for (const { id: stored, tenant, type, mode, deliveries, created_at: createdAt, fingerprint } of rows) {
    const id = fromStored(stored);
    const key = eventKey(tenant, mode, id);
    if (key === null) continue;
    known.set(key, { fingerprint, row: { id, type, mode, deliveries, createdAt, isReplayed: true } });
  }
  return known;
}

interface KnownRow extends Pick<Event, 'id' | 'tenant' | 'mode' | 'type'> {
  readonly fingerprint: string;
  readonly deliveries: number;
  readonly created_at: number;
}

const selectKnown = sql`
  select e.id, e.tenant, e.mode, e.type, e.fingerprint, e.deliveries, e.created_at
  from unnest($1::text[], $2::text[], $3::text[]) as asked(id, tenant, mode)
  join event_ids i on i.id = asked.id and i.tenant = asked.tenant and i.mode = asked.mode
  join events e on e.seq = i.seq`;
