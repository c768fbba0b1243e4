// Events in the database that they move to: each gets the next number of its day there, and a table has its old and its new one.
import type { TenantId } from '#core/tenant.ts';
import { numbersPerDay } from '../event-numbers.ts';
import type { Queries } from '../postgres/database.ts';
import { unnest } from '../postgres/unnest.ts';
import { type Sql, sql, word } from '../sql.ts';
import { type Columns, insertRows, rowOf, type TextRow } from './rows.ts';

export interface EventRow extends TextRow {
  readonly seq: number;
  readonly id: string;
}

export interface Owner {
  readonly tenant: TenantId;
  readonly mode: string;
}

interface Range {
  readonly after: number;
  readonly before: number;
}

/** One statement looks at so many events, however few of them are new. */
const eventsScanned = 5_000;

/** The next events in a range of numbers that have no new number yet; `next` is where to go on, null at the end. */
export async function findNewEvents(
  source: Queries,
  target: Queries,
  { tenant, mode }: Owner,
  { after, before }: Range,
  limit: number,
): Promise<{ readonly seqs: readonly number[]; readonly next: number | null }> {
  const found = await source.all<{ seq: number }>(sql`
    select seq from events
    where tenant = ${tenant} and mode = ${mode} and seq > ${after} and seq < ${before}
    order by seq limit ${eventsScanned}`);
  const all = found.map(({ seq }) => seq);
  const fresh = await target.all<{ seq: number }>(sql`
    select g.seq from unnest(${all}::bigint[]) with ordinality as g(seq, place)
    where not exists (select 1 from moved_events m where m.was = g.seq) order by g.place limit ${limit}`);
  const seqs = fresh.map(({ seq }) => seq);
  const end = all.length < eventsScanned ? null : (all.at(-1) ?? null);
  return { seqs, next: seqs.length < limit ? end : (seqs.at(-1) ?? null) };
}

export function readEventRows(source: Queries, seqs: readonly number[]): Promise<EventRow[]> {
  return source.all<EventRow>(sql`
    select ${rowOf('events')}, seq, id from events where seq = any(${seqs}::bigint[]) order by seq`);
}

/** Those whose ids are still known: retention forgets the ids of a day first. */
export async function readKnown(
  source: Queries,
  { tenant, mode }: Owner,
  rows: readonly EventRow[],
): Promise<readonly EventRow[]> {
  const found = await source.all<{ seq: number }>(sql`
    select seq from event_ids
    where id = any(${rows.map(({ id }) => id)}) and tenant = ${tenant} and mode = ${mode}`);
  const seqs = new Set(found.map(({ seq }) => seq));
  return rows.filter(({ seq }) => seqs.has(seq));
}

/** `known` are those of the rows whose ids are known. */
export async function writeEvents(
  tx: Queries,
  columns: Columns,
  { tenant, mode }: Owner,
  rows: readonly EventRow[],
  known: readonly EventRow[],
): Promise<void> {
  await numberEvents(tx, rows);
  const changed = { seq: sql`m.seq` };
  await insertRows(tx, columns, { table: 'events', rows, changed, joined: numbered('seq') });
  // An id that was used again after its retention is that of the later event.
  await tx.run(sql`
    insert into event_ids (id, tenant, mode, seq)
    select g.id, ${tenant}, ${mode}, m.seq
    from unnest(${known.map(({ id }) => id)}::text[], ${known.map(({ seq }) => seq)}::bigint[]) as g(id, was)
    join moved_events m on m.was = g.was
    on conflict (id, tenant, mode) do update set seq = excluded.seq`);
}

/** What joins a row of `r` with the new number of its event. */
export function numbered(column: string): Sql {
  return sql`join moved_events m on m.was = r.${word(column)}`;
}

/** In the order of the old ones. The lock is that of whoever publishes: see `feedBound`. */
async function numberEvents(tx: Queries, rows: readonly EventRow[]): Promise<void> {
  const seqs = rows.map(({ seq }) => seq);
  await tx.run(sql`
    with bound as materialized (
      select pg_advisory_xact_lock_shared(${dayOf(sql`${Math.min(...seqs)}::bigint`)} + last_value)::text as lock
      from event_numbers
    )
    insert into moved_events (was, seq)
    select g.was, ${dayOf(sql`g.was`)} + nextval('event_numbers')
    from bound cross join unnest(${seqs}::bigint[]) with ordinality as g(was, place)
    where bound.lock is not null and not exists (select 1 from moved_events m where m.was = g.was)
    order by g.place`);
}

/** Where the numbers of the day of this one begin. */
function dayOf(number: Sql): Sql {
  return sql`(${number} - ${number} % ${numbersPerDay}::bigint)`;
}

interface OwedRow {
  readonly seq: number;
  readonly deliveries: number;
  readonly first_delivery: string | null;
  readonly last_delivery: string | null;
}

/** A backfill may have added deliveries to events that are copied. */
export async function syncEvents(tx: Queries, source: Queries, seqs: readonly number[]): Promise<void> {
  const rows = await source.all<OwedRow>(sql`
    select seq, deliveries, first_delivery, last_delivery from events where seq = any(${seqs}::bigint[])`);
  const values = rows.map((row) => [row.seq, row.deliveries, row.first_delivery, row.last_delivery]);
  const columns = { seq: 'bigint', deliveries: 'int', first: 'text', last: 'text' } as const;
  await tx.run(sql`
    update events v set deliveries = g.deliveries, first_delivery = g.first, last_delivery = g.last
    from ${unnest('g', columns, values)} join moved_events m on m.was = g.seq
    where v.seq = m.seq and v.deliveries <> g.deliveries
      and v.seq = any(array(select n.seq from moved_events n where n.was = any(${seqs}::bigint[])))`);
}

/** Retention of the target may have deleted events before what is owed of them has come there. */
export async function copyMissingEvents(
  tx: Queries,
  source: Queries,
  columns: Columns,
  owner: Owner,
  seqs: readonly number[],
): Promise<void> {
  const missing = await tx.all<{ was: number }>(sql`
    select m.was from moved_events m left join events v on v.seq = m.seq
    where m.was = any(${seqs}::bigint[]) and v.seq is null`);
  if (missing.length === 0) return;
  const rows = await readEventRows(
    source,
    missing.map(({ was }) => was),
  );
  await writeEvents(tx, columns, owner, rows, await readKnown(source, owner, rows));
}
