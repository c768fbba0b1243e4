// Reads what is stored about the drafts of a batch, for the decision in store/decide.ts.
import type { EventDraft, Publication } from '#core/event.ts';
import { decideAll, type Decided, indexKnown, type Known } from '../decide.ts';
import { eventColumns, type EventRow } from '../records/event-rows.ts';
import { readSubscribers } from '../records/subscribers.ts';
import { sql } from '../sql.ts';
import type { Context } from './context.ts';
import { perform, type Queries } from './database.ts';
import { anyOf, text, toStored } from './text.ts';
import { unnest } from './unnest.ts';

/** Decides which publications are accepted, and makes their events; the database numbers them. */
export async function decideWithin(
  context: Context,
  queries: Queries,
  publications: readonly Publication[],
  now: number,
  deliveriesMax: number,
): Promise<Decided> {
  const drafts = publications.flat();
  const subscribers = await perform(queries, readSubscribers(context.subscribers, anyOf, drafts));
  const known = await readKnown(queries, drafts);
  return decideAll(
    publications,
    { subscribers, known },
    { ids: context.ids, now, nextSeq: () => 0 },
    deliveriesMax,
  );
}

async function readKnown(
  queries: Queries,
  drafts: readonly EventDraft[],
): Promise<ReadonlyMap<string, Known>> {
  const keys = drafts.flatMap(({ id, tenant, mode }) => (id === null ? [] : [[toStored(id), tenant, mode]]));
  if (keys.length === 0) return new Map();
  const rows = await queries.all<EventRow>(sql`
    select ${eventColumns('e')}
    from ${unnest('asked', { id: 'text', tenant: 'text', mode: 'text' }, keys)}
    join event_ids i on i.id = asked.id and i.tenant = asked.tenant and i.mode = asked.mode
    join events e on e.seq = i.seq`);
  return indexKnown(rows, text);
}
