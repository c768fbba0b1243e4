// Retention, one bounded step at a time: deletes what ended before a time. One process does it at a time.
import { sql } from '../sql.ts';
import type { Context } from './context.ts';
import type { Queries } from './database.ts';
import { createPartitions, tryUpkeep } from './partitions.ts';
import { recover } from './recover.ts';
import { dropExpiredDay } from './retention-partitions.ts';
import { deleteRows, type ExpiredRows } from './retention-rows.ts';

/** One bounded step in one transaction. Returns how many rows it touched. */
export async function deleteExpired(
  context: Context,
  expired: ExpiredRows,
  now: number,
  rowsMax: number,
): Promise<number> {
  const { db } = context;
  if (context.isSettled()) await recover(db, now);
  await createPartitions(db, now);
  const dropped = await dropExpiredDay(context, expired.before, now, rowsMax);
  if (dropped > 0) return dropped;
  return db.transaction(async (tx) => {
    if (!(await tryUpkeep(tx))) return 0;
    let touched = 0;
    for (const part of parts) {
      if (touched < rowsMax) touched += await part(tx, expired, rowsMax - touched);
    }
    return touched;
  });
}

type Part = (tx: Queries, expired: ExpiredRows, rowsMax: number) => Promise<number>;

// An index begins with what is searched here. With `order by` or `min`, the planner uses it also when it estimates that
// any row matches, and scans no table that has no such row.

/**
 * Ends what waits for removed endpoints, as canceled at the time of the removal, which the view has shown already; not
 * within a day that the archive has sealed, or seals meanwhile.
 */
const cancelOrphans: Part = (tx, _expired, rowsMax) =>
  tx.run(sql`
    with sealed as materialized (
      select sealed_until from archive where id = 1 for share
    ), orphans as (
      select w.seq, e.removed_at
      from (select id, removed_at from endpoints where removed_at is not null) as e
      cross join lateral (
        select d.seq from deliveries_waiting d where d.endpoint = e.id
        order by d.due_at limit ${rowsMax} for update skip locked
      ) as w
      limit ${rowsMax}
    ), gone as (
      delete from deliveries_waiting w using orphans o
      where w.seq = o.seq and w.seq = any(array(select seq from orphans))
      returning w.id, w.tenant, w.mode, w.endpoint, w.event_seq, w.attempts, o.removed_at
    )
    insert into deliveries_ended (id, tenant, mode, endpoint, event_seq, state, attempts, ended_at)
    select id, tenant, mode, endpoint, event_seq, 'canceled', attempts,
      greatest(removed_at, (select sealed_until from sealed)) from gone`);

const deleteStats: Part = (tx, { before }, rowsMax) =>
  tx.run(sql`
    delete from stats where (tenant, endpoint, minute) in (
      select tenant, endpoint, minute from stats where minute < ${before} order by minute limit ${rowsMax}
    )`);

/** Scans the table: there are few replays. */
const deleteReplays: Part = (tx, { before }, rowsMax) =>
  tx.run(sql`
    delete from replays where id in (
      select id from replays where created_at < ${before} and state <> 'running' limit ${rowsMax}
    )`);

/** Removed endpoints and tenants that nothing refers to: neither a delivery nor, by it, an attempt. */
const deleteTombstones: Part = async (tx, { before }, rowsMax) => {
  const endpoints = await tx.run(sql`
    delete from endpoints where id in (
      select e.id from endpoints e
      where e.removed_at < ${before}
        and (select min(w.due_at) from deliveries_waiting w where w.endpoint = e.id) is null
        and (select min(d.id) from deliveries_ended d where d.endpoint = e.id) is null
      limit ${rowsMax}
    )`);
  const tenants = await tx.run(sql`
    delete from tenants where seq in (
      select t.seq from tenants t
      where t.removed_at < ${before}
        and not exists (select 1 from endpoints e where e.tenant = t.id)
        and (select min(v.mode) from events v where v.tenant = t.id) is null
        and not exists (select 1 from replays r where r.tenant = t.id)
      limit ${Math.max(0, rowsMax - endpoints)}
    )`);
  return endpoints + tenants;
};

// prettier-ignore
const parts: readonly Part[] = [
  cancelOrphans, deleteRows, deleteStats, deleteReplays, deleteTombstones,
];
