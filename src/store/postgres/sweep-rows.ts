// Retention row by row: what has ended goes, oldest first, and takes its attempts and its event with it when
// nothing else needs them. What is still owed is never touched.
import { type Queries, sql } from './database.ts';
import { dayMs, firstDeliveryId, firstNumber, listSlices } from './slices.ts';

/** A passed slice that is not dropped, today's slice of what is old, or all that lies in no slice. */
type Range = { readonly from: number; readonly to: number } | 'rest';

/** So many deliveries of a day are swept as their time comes; of more, the day is dropped when it has passed. */
const smallMax = 10_000;

export async function forgetRows(tx: Queries, before: number, rowsMax: number): Promise<number> {
  let touched = 0;
  for (const range of await listRanges(tx, before)) {
    if (touched < rowsMax) touched += await forgetEnded(tx, range, before, rowsMax - touched);
    if (touched < rowsMax) touched += await forgetEventsAlone(tx, range, before, rowsMax - touched);
  }
  return touched;
}

async function listRanges(tx: Queries, before: number): Promise<Range[]> {
  const ranges: Range[] = ['rest'];
  for (const slice of await listSlices(tx)) {
    if (slice * dayMs >= before) break;
    const hasPassed = (slice + 1) * dayMs <= before;
    const ids = [firstDeliveryId(slice), firstDeliveryId(slice + 1)];
    const rows = hasPassed
      ? 0
      : ((await tx.get<{ count: number }>(countSlice, [...ids, smallMax + 1]))?.count ?? 0);
    if (rows <= smallMax) ranges.push({ from: slice, to: slice + 1 });
  }
  return ranges;
}

/** The oldest of what has ended, with its attempts, and its events when these were their last deliveries. */
async function forgetEnded(tx: Queries, range: Range, before: number, rowsMax: number): Promise<number> {
  const ended = await takeEnded(tx, range, before, rowsMax);
  if (ended.length === 0) return 0;
  const keys = [ended.map(({ tenant }) => tenant), ended.map(({ mode }) => mode), ended.map(({ id }) => id)];
  const attempts = await tx.run(deleteAttempts, [ended.map(({ id }) => id)]);
  const deliveries = await tx.run(deleteEnded, keys);
  const events = await tx.run(deleteEvents, [[...new Set(ended.map((row) => row.event_seq))]]);
  return attempts + deliveries + events;
}

function forgetEventsAlone(tx: Queries, range: Range, before: number, rowsMax: number): Promise<number> {
  return range === 'rest'
    ? tx.run(deleteRestAlone, [before, rowsMax])
    : tx.run(deleteSliceAlone, [before, rowsMax, firstNumber(range.from), firstNumber(range.to)]);
}

interface EndedRow {
  readonly id: string;
  readonly tenant: string;
  readonly mode: string;
  readonly event_seq: number;
  readonly attempts: number;
}

/** As many as weigh `rowsMax` together. One goes even when it alone weighs too much. */
async function takeEnded(tx: Queries, range: Range, before: number, rowsMax: number): Promise<EndedRow[]> {
  const taken: EndedRow[] = [];
  let weight = 0;
  const values = [before, Math.max(1, rowsMax)];
  const rows =
    range === 'rest'
      ? await tx.all<EndedRow>(selectRestEnded, values)
      : await tx.all<EndedRow>(selectSliceEnded, [
          ...values,
          firstDeliveryId(range.from),
          firstDeliveryId(range.to),
        ]);
  for (const row of rows) {
    // The delivery, its attempts, and perhaps its event.
    weight += 2 + row.attempts;
    if (weight > rowsMax && taken.length > 0) break;
    taken.push(row);
  }
  return taken;
}

const columns = 'id, tenant, mode, event_seq, attempts';

const selectSliceEnded = sql`
  select ${columns} from deliveries_ended
  where ended_at < $1 and id >= $3 and id < $4 order by id limit $2`;

const selectRestEnded = sql`
  select ${columns} from deliveries_ended_rest where ended_at < $1 order by id limit $2`;

const countSlice = sql`
  select count(*) as count from (
    select 1 from deliveries_ended where id >= $1 and id < $2 limit $3
  ) as counted`;

const deleteAttempts = sql`
  delete from attempts a using unnest($1::text[]) as given(delivery) where a.delivery = given.delivery`;

const deleteEnded = sql`
  delete from deliveries_ended d using unnest($1::text[], $2::text[], $3::text[]) as given(tenant, mode, id)
  where d.tenant = given.tenant and d.mode = given.mode and d.id = given.id`;

/** Of the rows it deletes, the events are counted and their ids are not: as in the other store. */
const deleteEvents = sql`
  with forgotten as (
    delete from events v using unnest($1::bigint[]) as given(seq)
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
  delete from event_ids i using forgotten f where i.id = f.id and i.tenant = f.tenant and i.mode = f.mode`;

const deleteAlone = (from: string): string => sql`
  with forgotten as (
    delete from events where seq in (
      select seq from ${from} limit $2
    ) returning id, tenant, mode
  )
  delete from event_ids i using forgotten f where i.id = f.id and i.tenant = f.tenant and i.mode = f.mode`;

const deleteSliceAlone = deleteAlone(
  'events where deliveries = 0 and created_at < $1 and seq >= $3 and seq < $4',
);

const deleteRestAlone = deleteAlone('events_rest where deliveries = 0 and created_at < $1');
