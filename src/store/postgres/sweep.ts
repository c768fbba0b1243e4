// Retention, one bounded step at a time. One process sweeps at a time.
import type { Context } from './context.ts';
import { type Queries, sql } from './database.ts';
import { recover } from './recover.ts';
import { dropSlice } from './sweep-slices.ts';
import { makeSlices, tryUpkeep } from './slices.ts';
import { forgetRows } from './sweep-rows.ts';

/** One bounded step in one transaction. Answers how many rows it touched. */
export async function sweep(context: Context, before: number, now: number, rowsMax: number): Promise<number> {
  const { db } = context;
  await recover(db, now);
  await makeSlices(db, now);
  const dropped = await dropSlice(context, before, now, rowsMax);
  if (dropped > 0) return dropped;
  return db.transaction(async (tx) => {
    if (!(await tryUpkeep(tx))) return 0;
    let touched = 0;
    for (const part of parts) {
      if (touched < rowsMax) touched += await part(tx, before, rowsMax - touched);
    }
    return touched;
  });
}

type Part = (tx: Queries, before: number, rowsMax: number) => Promise<number>;

/** Ends what waits for removed endpoints, as canceled at the time of the removal: as the view has said. */
const cancelOrphans: Part = (tx, _before, rowsMax) => tx.run(moveOrphans, [rowsMax]);

const forgetStats: Part = (tx, before, rowsMax) => tx.run(deleteStats, [before, rowsMax]);

const forgetReplays: Part = (tx, before, rowsMax) => tx.run(deleteReplays, [before, rowsMax]);

const forgetTombstones: Part = async (tx, before, rowsMax) => {
  const endpoints = await tx.run(deleteEndpoints, [before, rowsMax]);
  return endpoints + (await tx.run(deleteTenants, [before, Math.max(0, rowsMax - endpoints)]));
};

// prettier-ignore
const parts: readonly Part[] = [
  cancelOrphans, forgetRows, forgetStats, forgetReplays, forgetTombstones,
];

// An index begins with what is asked for here. Asked for the first in its order, the planner takes it also when it
// believes that any row would do, and walks no table where there is none.

const moveOrphans = sql`
  with orphans as (
    select w.seq, e.removed_at
    from (select id, removed_at from endpoints where removed_at is not null) as e
    cross join lateral (
      select d.seq from deliveries_waiting d where d.endpoint = e.id
      order by d.due_at limit $1 for update skip locked
    ) as w
    limit $1
  ), gone as (
    delete from deliveries_waiting w using orphans o
    where w.seq = o.seq and w.seq = any(array(select seq from orphans))
    returning w.id, w.tenant, w.mode, w.endpoint, w.event_seq, w.attempts, o.removed_at
  )
  insert into deliveries_ended (id, tenant, mode, endpoint, event_seq, state, attempts, ended_at)
  select id, tenant, mode, endpoint, event_seq, 'canceled', attempts, removed_at from gone`;

const deleteStats = sql`
  delete from stats where (tenant, endpoint, minute) in (
    select tenant, endpoint, minute from stats where minute < $1 order by minute limit $2
  )`;

/** Orders by people: there are few. */
const deleteReplays = sql`
  delete from replays where id in (
    select id from replays where created_at < $1 and state <> 'running' limit $2
  )`;

/** Nothing refers to them any more: neither a delivery nor, by it, an attempt. */
const deleteEndpoints = sql`
  delete from endpoints where id in (
    select e.id from endpoints e
    where e.removed_at < $1
      and (select min(w.due_at) from deliveries_waiting w where w.endpoint = e.id) is null
      and (select min(d.id) from deliveries_ended d where d.endpoint = e.id) is null
    limit $2
  )`;

const deleteTenants = sql`
  delete from tenants where seq in (
    select t.seq from tenants t
    where t.removed_at < $1
      and not exists (select 1 from endpoints e where e.tenant = t.id)
      and (select min(v.mode) from events v where v.tenant = t.id) is null
      and not exists (select 1 from replays r where r.tenant = t.id)
    limit $2
  )`;
