// Reads what is stored about the drafts of a batch, for the decision in store/decide.ts.
import type { EventDraft, Publication } from '#core/event.ts';
import { decideAll, type Decided, indexKnown, type Known, wellFormed } from '../decide.ts';
import { eventColumns, type EventRow } from '../records/event-rows.ts';
import { readSubscribers } from '../records/subscribers.ts';
import { sql } from '../sql.ts';
import type { Context } from './memory.ts';
import { anyOf, text } from './text.ts';

/** Decides which publications are accepted, and makes their events. */
export function decideWithin(
  context: Context,
  publications: readonly Publication[],
  now: number,
  deliveriesMax: number,
): Decided {
  const drafts = publications.flat();
  const { db, ids, memory } = context;
  const subscribers = db.perform(readSubscribers(memory.subscribers, anyOf, drafts));
  const knowledge = { subscribers, known: readKnown(context, drafts) };
  return decideAll(publications, knowledge, { ids, now, nextSeq: () => ++memory.last.events }, deliveriesMax);
}

function readKnown(context: Context, drafts: readonly EventDraft[]): ReadonlyMap<string, Known> {
  const asked = drafts.flatMap((draft) => {
    return draft.id === null ? [] : [[draft.tenant, draft.mode, wellFormed(draft.id)]];
  });
  if (asked.length === 0) return new Map();
  const rows = context.db.all<EventRow>(sql`
    select ${eventColumns('e')}
    from json_each(${asked}) as asked cross join events e
      on e.id = asked.value ->> 2 and e.tenant = asked.value ->> 0 and e.mode = asked.value ->> 1`);
  return indexKnown(rows, text);
}
