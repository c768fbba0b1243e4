// Retention by whole days: a slice that has passed is dropped, whatever its size, in some milliseconds. The few
// of its rows that are still needed move to `…_rest` before: events that are owed, and what ended late.
import { hasCode } from './advice.ts';
import type { Context, Kept, KeptRow, Passed } from './context.ts';
import { type Database, type Queries, sql } from './database.ts';
import {
  dayMs,
  firstDeliveryId,
  firstNumber,
  limitWaiting,
  listSlices,
  sliced,
  sliceName,
  tryUpkeep,
} from './slices.ts';

/** So many rows are moved at most, while everybody waits: a slice of which more is needed is swept row by row. */
export const keptMax = 5_000;

/** A slice of which too much is needed is looked at again after this time. */
const lookAgainMs = 60_000;

/** One bounded step towards dropping the oldest slice that has passed. Answers how many rows it touched. */
export async function dropSlice(
  context: Context,
  before: number,
  now: number,
  rowsMax: number,
): Promise<number> {
  const slices = await listSlices(context.db);
  for (const slice of context.passed.keys()) if (!slices.includes(slice)) context.passed.delete(slice);
  for (const slice of slices) {
    if ((slice + 1) * dayMs > before) return 0;
    const passed = await look(context, slice, before, now);
    if (passed.kept === null) continue;
    const ids = await forgetIds(context.db, slice, passed, rowsMax);
    if (ids === null) return 0;
    return ids > 0 ? ids : drop(context, slice, before, now);
  }
  return 0;
}

async function look(context: Context, slice: number, before: number, now: number): Promise<Passed> {
  const known = context.passed.get(slice);
  if (known !== undefined && (known.kept !== null || now < known.readAt + lookAgainMs)) return known;
  const kept = await context.db.transaction((tx) => readKept(tx, slice, before));
  const passed = { readAt: now, kept, after: known?.after ?? firstNumber(slice) - 1 };
  context.passed.set(slice, passed);
  return passed;
}

/** Null when it is too much to be moved. Walks what has ended of the day, which has no index by its end. */
async function readKept(tx: Queries, slice: number, before: number): Promise<Kept | null> {
  const ids = [firstDeliveryId(slice), firstDeliveryId(slice + 1)];
  const owed = await tx.all<KeptRow>(selectOwed, [...ids, keptMax + 1]);
  if (owed.length > keptMax) return null;
  await tx.run(sql`set local enable_seqscan = on`);
  const late = await tx.all<KeptRow>(selectLate, [...ids, before, keptMax + 1]);
  await tx.run(sql`set local enable_seqscan = off`);
  const deliveries = [...owed, ...late];
  if (deliveries.length > keptMax) return null;
  return { events: [...new Set(deliveries.map((row) => row.event_seq))], deliveries };
}

/**
 * The ids of its events go first, in steps: they lie in a table that is not sliced. Answers how many events were
 * walked; null when another process sweeps.
 */
async function forgetIds(
  db: Database,
  slice: number,
  passed: Passed,
  rowsMax: number,
): Promise<number | null> {
  const values = [passed.after, firstNumber(slice + 1), rowsMax, passed.kept?.events ?? []];
  const walked = await db.transaction(async (tx) =>
    (await tryUpkeep(tx)) ? tx.get<{ count: number; last: number | null }>(deleteIds, values) : null,
  );
  passed.after = walked?.last ?? passed.after;
  return walked?.count ?? null;
}

/**
 * Looks again what is needed, while nothing of that day can begin or end: what was ordered again meanwhile is
 * not lost. Everybody waits only for what comes after that.
 */
async function drop(context: Context, slice: number, before: number, now: number): Promise<number> {
  const name = sliceName(slice);
  const own = sliced.map((table) => `${table}_${name}`);
  const rest = sliced.map((table) => `${table}_rest`);
  try {
    const kept = await context.db.transaction(async (tx) => {
      if (!(await tryUpkeep(tx)) || !(await listSlices(tx)).includes(slice)) return undefined;
      await tx.run(limitWaiting);
      await tx.run(sql`lock table ${own.join(', ')} in share mode`);
      const needed = await readKept(tx, slice, before);
      if (needed === null) return null;
      // What everybody writes to comes last: whoever holds one of the others is waited for with nobody behind.
      const all = [...own, ...rest, ...sliced].map((table) => `only ${table}`).join(', ');
      await tx.run(sql`lock table ${all} in access exclusive mode`);
      for (const table of sliced) await tx.run(sql`alter table ${table} detach partition ${table}_${name}`);
      await move(tx, name, needed);
      for (const table of own) await tx.run(sql`drop table ${table}`);
      return needed;
    });
    if (kept === undefined) return 0;
    context.passed.delete(slice);
    if (kept !== null) return sliced.length + kept.deliveries.length;
    context.passed.set(slice, { readAt: now, kept, after: firstNumber(slice) - 1 });
    return 0;
  } catch (error) {
    // Somebody reads it for long: at another time.
    if (hasCode(error, '55P03')) return 0;
    throw error;
  }
}

async function move(tx: Queries, name: string, { events, deliveries }: Kept): Promise<void> {
  if (deliveries.length === 0) return;
  const ids = deliveries.map(({ id }) => id);
  const keys = [deliveries.map(({ tenant }) => tenant), deliveries.map(({ mode }) => mode), ids];
  await tx.run(sql`insert into events select * from events_${name} where seq = any($1)`, [events]);
  await tx.run(insertIds, [events]);
  await tx.run(
    sql`
      insert into deliveries_ended
      select d.* from unnest($1::text[], $2::text[], $3::text[]) as kept(tenant, mode, id)
      join deliveries_ended_${name} d on d.tenant = kept.tenant and d.mode = kept.mode and d.id = kept.id`,
    keys,
  );
  await tx.run(sql`insert into attempts select * from attempts_${name} where delivery = any($1)`, [ids]);
}

/**
 * What waits of a day, by a loose scan: one search in the index per tenant and mode that has something waiting,
 * not one step per row.
 */
const selectOwed = sql`
  with recursive owners(tenant, mode) as (
    (select tenant, mode from deliveries_waiting order by tenant, mode limit 1)
    union all
    select next.tenant, next.mode from owners o cross join lateral (
      select w.tenant, w.mode from deliveries_waiting w where (w.tenant, w.mode) > (o.tenant, o.mode)
      order by w.tenant, w.mode limit 1
    ) as next
  )
  select o.tenant, o.mode, owed.id, owed.event_seq from owners o cross join lateral (
    select w.id, w.event_seq from deliveries_waiting w
    where w.tenant = o.tenant and w.mode = o.mode and w.id >= $1 and w.id < $2 order by w.id limit $3
  ) as owed
  limit $3`;

/** What ended inside the time that is kept. */
const selectLate = sql`
  select tenant, mode, id, event_seq from deliveries_ended where id >= $1 and id < $2 and ended_at >= $3 limit $4`;

/** The next events of the day, found by their numbers, and their ids. The array makes the planner look up each. */
const deleteIds = sql`
  with walked as materialized (
    select seq, id, tenant, mode from events where seq > $1 and seq < $2 order by seq limit $3
  ), forgotten as (
    delete from event_ids i using walked v
    where i.id = any(array(select id from walked)) and i.id = v.id and i.tenant = v.tenant and i.mode = v.mode
      and i.seq = v.seq and v.seq <> all($4::bigint[])
  )
  select count(*) as count, max(seq) as last from walked`;

/** An id that has just been forgotten, of an event that was ordered again meanwhile. */
const insertIds = sql`
  insert into event_ids (id, tenant, mode, seq)
  select id, tenant, mode, seq from events where seq = any($1) on conflict do nothing`;
