// What a SQLite file knows of the drafts of a batch, for the decision in store/decide.ts.
import type { EventDraft } from '#core/event.ts';
import type { Publication } from '#core/event.ts';
import { decideAll, indexKnown, type Known, type KnownRow, wellFormed } from '../decide.ts';
import { sql } from './database.ts';
import type { Context } from './memory.ts';
import { readSubscribers } from './subscribers.ts';
import { fromStored } from './text.ts';

/** Decides what is accepted, and makes its events. */
export function decideWithin(
  context: Context,
  publications: readonly Publication[],
  now: number,
): ReturnType<typeof decideAll> {
  const drafts = publications.flat();
  const knowledge = { subscribers: readSubscribers(context, drafts), known: readKnown(context, drafts) };
  const { ids, memory } = context;
  return decideAll(publications, knowledge, { ids, now, nextSeq: () => ++memory.last.events });
}

function readKnown(context: Context, drafts: readonly EventDraft[]): ReadonlyMap<string, Known> {
  const asked = drafts.flatMap((draft) => {
    return draft.id === null ? [] : [[draft.tenant, draft.mode, wellFormed(draft.id)]];
  });
  if (asked.length === 0) return new Map();
  return indexKnown(context.db.all<KnownRow>(selectKnown, JSON.stringify(asked)), fromStored);
}

const selectKnown = sql`
  select e.id, e.tenant, e.mode, e.type, e.fingerprint, e.deliveries, e.created_at
  from json_each(?) as asked cross join events e
    on e.id = asked.value ->> 2 and e.tenant = asked.value ->> 0 and e.mode = asked.value ->> 1`;
