// Retention row by row: deletes what has ended, oldest first, with its attempts and with its event when nothing else
// needs that. What is still owed is never touched.
import { clockSkewMs } from '#core/archive.ts';
import { firstIdAt } from '#lib/ids.ts';
import { type Sql, sql } from '../sql.ts';
import type { Queries } from './database.ts';
import { dayMs, firstDeliveryId, firstNumber, listDays } from './partitions.ts';
import { unnest } from './unnest.ts';

/** An expired day that is not dropped, a day that expires now, or all that is in the default partitions. */
type Range = { readonly day: number } | 'default';

/** So many deliveries of a day are deleted as they expire; with more, the day is dropped once all of it has expired. */
const smallMax = 10_000;

/** What ended before a time, but for what is of events from this number on. */
export interface ExpiredRows {
  readonly before: number;
  readonly eventsUntil: number;
}

export async function deleteRows(tx: Queries, expired: ExpiredRows, rowsMax: number): Promise<number> {
  let touched = 0;
  for (const range of await listRanges(tx, expired)) {
    if (touched < rowsMax) touched += await deleteEnded(tx, range, expired, rowsMax - touched);
    if (touched < rowsMax) touched += await deleteEventsAlone(tx, range, expired, rowsMax - touched);
  }
  return touched;
}

/**
 * An archive frees whole days: just after that, many deliveries of a day may still be needed, and a day later few. It is
 * dropped then, rather than deleted by rows.
 */
async function listRanges(tx: Queries, { before, eventsUntil }: ExpiredRows): Promise<Range[]> {
  const isArchived = eventsUntil < Number.MAX_SAFE_INTEGER;
  const ranges: Range[] = ['default'];
  for (const day of await listDays(tx)) {
    if (day * dayMs >= before) break;
    const isExpired = (day + (isArchived ? 2 : 1)) * dayMs <= before;
    if (isExpired || (await isSmall(tx, day))) ranges.push({ day });
  }
  return ranges;
}

async function isSmall(tx: Queries, day: number): Promise<boolean> {
  const row = await tx.get<{ count: number }>(sql`
    select count(*) as count from (
      select 1 from deliveries_ended where ${isOfDay(day)} limit ${smallMax + 1}
    ) as counted`);
  return (row?.count ?? 0) <= smallMax;
}

function isOfDay(day: number): Sql {
  return sql`id >= ${firstDeliveryId(day)} and id < ${firstDeliveryId(day + 1)}`;
}

interface EndedRow {
  readonly id: string;
  readonly tenant: string;
  readonly mode: string;
  readonly event_seq: number;
  readonly attempts: number;
}

/** The oldest of what has ended, with its attempts, and its events when these were their last deliveries. */
async function deleteEnded(
  tx: Queries,
  range: Range,
  expired: ExpiredRows,
  rowsMax: number,
): Promise<number> {
  const ended = await takeEnded(tx, range, expired, rowsMax);
  if (ended.length === 0) return 0;
  const attempts = await tx.run(sql`
    delete from attempts a using unnest(${ended.map(({ id }) => id)}::text[]) as given(delivery)
    where a.delivery = given.delivery`);
  const keys = ended.map(({ tenant, mode, id }) => [tenant, mode, id]);
  const deliveries = await tx.run(sql`
    delete from deliveries_ended d using ${unnest('given', { tenant: 'text', mode: 'text', id: 'text' }, keys)}
    where d.tenant = given.tenant and d.mode = given.mode and d.id = given.id`);
  // Of the rows it deletes, the events are counted and their ids are not: as in the other store.
  const seqs = [...new Set(ended.map((row) => row.event_seq))];
  // A backfill locks an event before it creates a delivery of it: the next statement sees what it has committed.
  await tx.run(sql`select seq from events where seq = any(${seqs}::bigint[]) order by seq for update`);
  const events = await tx.run(sql`
    with gone as (
      delete from events v using unnest(${seqs}::bigint[]) as given(seq)
      where v.seq = given.seq
        and not exists (
          select 1 from deliveries_waiting w
          where w.tenant = v.tenant and w.mode = v.mode and w.id between v.first_delivery and v.last_delivery
            and w.event_seq = v.seq
        ) and not exists (
          select 1 from deliveries_ended d
          where d.tenant = v.tenant and d.mode = v.mode and d.id between v.first_delivery and v.last_delivery
            and d.event_seq = v.seq
        )
      returning v.id, v.tenant, v.mode
    )
    ${deleteIds}`);
  return attempts + deliveries + events;
}

/** As many as weigh `rowsMax` together. One is deleted even if it alone weighs too much. */
async function takeEnded(
  tx: Queries,
  range: Range,
  { before, eventsUntil }: ExpiredRows,
  rowsMax: number,
): Promise<EndedRow[]> {
  const isExpired = sql`ended_at < ${before} and event_seq < ${eventsUntil}`;
  const from =
    range === 'default'
      ? sql`deliveries_ended_rest where ${isExpired} and id < ${firstIdAt('dlv', before + clockSkewMs)}`
      : sql`deliveries_ended where ${isExpired} and ${isOfDay(range.day)}`;
  const rows = await tx.all<EndedRow>(sql`
    select id, tenant, mode, event_seq, attempts from ${from} order by id limit ${Math.max(1, rowsMax)}`);
  const taken: EndedRow[] = [];
  let weight = 0;
  for (const row of rows) {
    // The delivery, its attempts, and perhaps its event.
    weight += 2 + row.attempts;
    if (weight > rowsMax && taken.length > 0) break;
    taken.push(row);
  }
  return taken;
}

/** Events without deliveries. */
function deleteEventsAlone(
  tx: Queries,
  range: Range,
  { before, eventsUntil }: ExpiredRows,
  rowsMax: number,
): Promise<number> {
  const isExpired = sql`deliveries = 0 and created_at < ${before} and seq < ${eventsUntil}`;
  const from =
    range === 'default'
      ? sql`events_rest where ${isExpired}`
      : sql`
        events where ${isExpired} and seq >= ${firstNumber(range.day)} and seq < ${firstNumber(range.day + 1)}`;
  return tx.run(sql`
    with gone as (
      delete from events where seq in (select seq from ${from} limit ${rowsMax}) and deliveries = 0 returning id, tenant, mode
    )
    ${deleteIds}`);
}

const deleteIds = sql`
  delete from event_ids i using gone where i.id = gone.id and i.tenant = gone.tenant and i.mode = gone.mode`;
