// What a SQLite file knows of the drafts of a batch, for the decision in store/decide.ts.
import type { Event, EventDraft } from '#core/event.ts';
import type { Publication } from '#store/store.ts';
import { decideAll, eventKey, type Known, wellFormed } from '../decide.ts';
import { sql } from './database.ts';
import type { Context } from './memory.ts';
import { readSubscribers } from './subscribers.ts';

/** Decides what is accepted, and makes its events. */
export function decideWithin(
  context: Context,
  publications: readonly Publication[],
  now: number,
): ReturnType<typeof decideAll> {
  const drafts = publications.flat();
  const knowledge = { subscribers: readSubscribers(context, drafts), known: readKnown(context, drafts) };
  return decideAll(publications, knowledge, (draft) => makeEvent(context, draft, now));
}

function makeEvent(context: Context, draft: EventDraft, now: number): Event {
  return {
    seq: ++context.memory.last.events,
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

function readKnown(context: Context, drafts: readonly EventDraft[]): Map<string, Known> {
  const asked = drafts.flatMap((draft) => {
    return draft.id === null ? [] : [[draft.tenant, draft.mode, wellFormed(draft.id)]];
  });
  const known = new Map<string, Known>();
  if (asked.length === 0) return known;
  for (const row of context.db.all<KnownRow>(selectKnown, JSON.stringify(asked))) {
    const { id, type, mode, deliveries, created_at: createdAt, fingerprint } = row;
    const published = { id, type, mode, deliveries, createdAt, isReplayed: true };
    const key = eventKey(row.tenant, mode, id);
    if (key !== null) known.set(key, { fingerprint, row: published });
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
  from json_each(?) as asked cross join events e
    on e.id = asked.value ->> 2 and e.tenant = asked.value ->> 0 and e.mode = asked.value ->> 1`;
