// Retention by whole days: the partitions of an expired day are dropped in some milliseconds, at any size. The
// few of their rows that are still needed move to the default partitions before: events that are owed, and deliveries that
// ended late.
import { join, type Sql, sql, word } from '../sql.ts';
import { hasCode } from './advice.ts';
import type { Context, Expired, Kept, KeptRow } from './context.ts';
import type { Database, Queries } from './database.ts';
import {
  dayMs,
  firstDeliveryId,
  firstNumber,
  limitLockWait,
  listDays,
  partitionedTables,
  partitionOf,
  tryUpkeep,
} from './partitions.ts';
import { unnest } from './unnest.ts';

/** At most so many rows are moved while others wait: a day of which more is needed is deleted row by row. */
const keptMax = 5_000;

/** A day of which too much is needed is read again after this time. */
const readAgainMs = 60_000;

/** One bounded step towards dropping the oldest expired day. Returns how many rows it touched. */
export async function dropExpiredDay(
  context: Context,
  before: number,
  now: number,
  rowsMax: number,
): Promise<number> {
  const days = await listDays(context.db);
  for (const day of context.expired.keys()) if (!days.includes(day)) context.expired.delete(day);
  for (const day of days) {
    if ((day + 1) * dayMs > before) return 0;
    const expired = await readExpired(context, day, before, now);
    if (expired.kept === null) continue;
    const ids = await deleteIds(context.db, day, expired, rowsMax);
    if (ids === null) return 0;
    return ids > 0 ? ids : dropDay(context, day, before, now);
  }
  return 0;
}

async function readExpired(context: Context, day: number, before: number, now: number): Promise<Expired> {
  const known = context.expired.get(day);
  if (known !== undefined && (known.kept !== null || now < known.readAt + readAgainMs)) return known;
  const kept = await context.db.transaction((tx) => readKept(tx, day, before));
  const expired = { readAt: now, kept, after: known?.after ?? firstNumber(day) - 1 };
  context.expired.set(day, expired);
  return expired;
}

/** Null when it is too much to be moved. Scans the day's ended deliveries, which have no index by their end. */
async function readKept(tx: Queries, day: number, before: number): Promise<Kept | null> {
  const isOfDay = sql`id >= ${firstDeliveryId(day)} and id < ${firstDeliveryId(day + 1)}`;
  const owed = await tx.all<KeptRow>(selectOwed(isOfDay));
  if (owed.length > keptMax) return null;
  await tx.run(sql`set local enable_seqscan = on`);
  // What ended inside the retention time.
  const late = await tx.all<KeptRow>(sql`
    select tenant, mode, id, event_seq from deliveries_ended
    where ${isOfDay} and ended_at >= ${before} limit ${keptMax + 1}`);
  await tx.run(sql`set local enable_seqscan = off`);
  const deliveries = [...owed, ...late];
  if (deliveries.length > keptMax) return null;
  return { events: [...new Set(deliveries.map((row) => row.event_seq))], deliveries };
}

/**
 * Deletes the ids of its events first, in steps: they are in a table that is not partitioned. Returns how many events
 * were read; null when another process does the upkeep. The array makes the planner look up each id.
 */
async function deleteIds(
  db: Database,
  day: number,
  expired: Expired,
  rowsMax: number,
): Promise<number | null> {
  const statement = sql`
    with found as materialized (
      select seq, id, tenant, mode from events
      where seq > ${expired.after} and seq < ${firstNumber(day + 1)} order by seq limit ${rowsMax}
    ), gone as (
      delete from event_ids i using found v
      where i.id = any(array(select id from found)) and i.id = v.id and i.tenant = v.tenant and i.mode = v.mode
        and i.seq = v.seq and v.seq <> all(${expired.kept?.events ?? []}::bigint[])
    )
    select count(*) as count, max(seq) as last from found`;
  const found = await db.transaction(async (tx) =>
    (await tryUpkeep(tx)) ? tx.get<{ count: number; last: number | null }>(statement) : null,
  );
  expired.after = found?.last ?? expired.after;
  return found?.count ?? null;
}

/**
 * Reads again what is needed, while nothing of that day can begin or end: what was redelivered meanwhile is not lost.
 * Others wait only for what comes after that.
 */
async function dropDay(context: Context, day: number, before: number, now: number): Promise<number> {
  const partitions = partitionedTables.map((table) => partitionOf(table, day));
  try {
    const kept = await context.db.transaction(async (tx) => {
      if (!(await tryUpkeep(tx)) || !(await listDays(tx)).includes(day)) return undefined;
      await tx.run(limitLockWait);
      await tx.run(sql`lock table ${join(partitions)} in share mode`);
      const needed = await readKept(tx, day, before);
      if (needed === null) return null;
      await lockAll(tx, partitions);
      for (const table of partitionedTables) {
        await tx.run(sql`alter table ${word(table)} detach partition ${partitionOf(table, day)}`);
      }
      await move(tx, day, needed);
      for (const partition of partitions) await tx.run(sql`drop table ${partition}`);
      return needed;
    });
    if (kept === undefined) return 0;
    context.expired.delete(day);
    if (kept !== null) return partitions.length + kept.deliveries.length;
    context.expired.set(day, { readAt: now, kept, after: firstNumber(day) - 1 });
    return 0;
  } catch (error) {
    // Another transaction reads it for long: tried again later.
    if (hasCode(error, '55P03')) return 0;
    throw error;
  }
}

/** The tables that all processes write to come last: while this waits for the others, no process waits behind it. */
async function lockAll(tx: Queries, partitions: readonly Sql[]): Promise<void> {
  const others = [...partitionedTables.map((table) => `${table}_rest`), ...partitionedTables].map(word);
  const tables = join([...partitions, ...others].map((table) => sql`only ${table}`));
  await tx.run(sql`lock table ${tables} in access exclusive mode`);
}

async function move(tx: Queries, day: number, { events, deliveries }: Kept): Promise<void> {
  if (deliveries.length === 0) return;
  await tx.run(sql`
    insert into events select * from ${partitionOf('events', day)} where seq = any(${events})`);
  // An id may have been deleted just before its event was redelivered.
  await tx.run(sql`
    insert into event_ids (id, tenant, mode, seq)
    select id, tenant, mode, seq from events where seq = any(${events}) on conflict do nothing`);
  const keys = deliveries.map(({ tenant, mode, id }) => [tenant, mode, id]);
  await tx.run(sql`
    insert into deliveries_ended
    select d.* from ${unnest('kept', { tenant: 'text', mode: 'text', id: 'text' }, keys)}
    join ${partitionOf('deliveries_ended', day)} d
      on d.tenant = kept.tenant and d.mode = kept.mode and d.id = kept.id`);
  await tx.run(sql`
    insert into attempts
    select * from ${partitionOf('attempts', day)} where delivery = any(${deliveries.map(({ id }) => id)})`);
}

/**
 * What waits of a day, by a loose index scan: one search per tenant and mode that has something waiting, not one step per
 * row.
 */
function selectOwed(isOfDay: Sql): Sql {
  return sql`
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
      where w.tenant = o.tenant and w.mode = o.mode and ${isOfDay} order by w.id limit ${keptMax + 1}
    ) as owed
    limit ${keptMax + 1}`;
}
