// What the database knows of the drafts of a batch, for the decision in store/decide.ts.
import type { EventDraft } from '#core/event.ts';
import type { Publication } from '#core/event.ts';
import { decideAll, indexKnown, type Known, type KnownRow } from '../decide.ts';
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
  return decideAll(publications, { subscribers, known }, { ids: context.ids, now, nextSeq: () => 0 });
}

async function readKnown(
  queries: Queries,
  drafts: readonly EventDraft[],
): Promise<ReadonlyMap<string, Known>> {
  const asked = drafts.flatMap(({ id, tenant, mode }) => (id === null ? [] : [{ id, tenant, mode }]));
  if (asked.length === 0) return new Map();
  const rows = await queries.all<KnownRow>(selectKnown, [
    asked.map(({ id }) => toStored(id)),
    asked.map(({ tenant }) => tenant),
    asked.map(({ mode }) => mode),
  ]);
  return indexKnown(rows, fromStored);
}

const selectKnown = sql`
  select e.id, e.tenant, e.mode, e.type, e.fingerprint, e.deliveries, e.created_at
  from unnest($1::text[], $2::text[], $3::text[]) as asked(id, tenant, mode)
  join event_ids i on i.id = asked.id and i.tenant = asked.tenant and i.mode = asked.mode
  join events e on e.seq = i.seq`;
