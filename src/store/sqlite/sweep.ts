// Retention. What has ended goes in the order of ending, by contiguous ranges of the ended table, and takes
// its attempts and its event with it when nothing else needs them. What is still owed is never touched.
import { type Database, sql } from './database.ts';
import { fileRows } from './filing.ts';
import type { Context } from './memory.ts';
import { insertEnded } from './record.ts';

/** One bounded step in one transaction. Answers how many rows it touched. */
export function sweep(context: Context, before: number, now: number, rowsMax: number): number {
  const { db } = context;
  return db.transaction(() => {
    let touched = 0;
    for (const part of parts) {
      if (touched < rowsMax) touched += part(context, before, rowsMax - touched, now);
    }
    fileRows(context);
    return touched;
  });
}

type Part = (context: Context, before: number, rowsMax: number, now: number) => number;

/** Ends what waits for removed endpoints, as canceled at the time of the removal: as the view has said. */
function cancelOrphans({ db, memory }: Context, _before: number, rowsMax: number): number {
  let left = rowsMax;
  for (const { id: endpoint, removed_at: removedAt } of db.all<RemovedRow>(selectRemovedWithWaiting)) {
    if (left <= 0) break;
    const rows = db.all<WaitingRow>(selectWaitingOf, endpoint, left);
    const ended = rows.map(({ id, tenant, mode, event_seq: event, attempts }) => {
      return [++memory.last.deliveries, id, tenant, mode, endpoint, event, 'canceled', attempts, removedAt];
    });
    db.insert(insertEnded, ended);
    left -= db.run(deleteWaiting, JSON.stringify(rows.map((row) => row.seq)));
  }
  const moved = rowsMax - left;
  db.afterCommit(() => (memory.waiting -= moved));
  return moved;
}

interface RemovedRow {
  readonly id: string;
  readonly removed_at: number;
}

interface WaitingRow {
  readonly seq: number;
  readonly id: string;
  readonly tenant: string;
  readonly mode: string;
  readonly event_seq: number;
  readonly attempts: number;
}

/** The oldest of what has ended, with its attempts, and its events when these were their last deliveries. */
function forgetEnded({ db }: Context, before: number, rowsMax: number): number {
  const range = takeRange(db, before, rowsMax);
  const last = range.at(-1);
  if (last === undefined) return 0;
  const attempts = db.run(deleteAttempts, JSON.stringify(range.map((row) => row.id)));
  const ended = db.run(deleteEnded, last.seq);
  const events = db.run(deleteEvents, JSON.stringify([...new Set(range.map((row) => row.event_seq))]));
  return attempts + ended + events;
}

interface EndedRow {
  readonly seq: number;
  readonly id: string;
  readonly event_seq: number;
  readonly attempts: number;
  readonly ended_at: number;
}

/** Rows from the beginning of the table, up to the first that is too young or would be too many. */
function takeRange(db: Database, before: number, rowsMax: number): EndedRow[] {
  const range: EndedRow[] = [];
  let weight = 0;
  for (const row of db.all<EndedRow>(selectOldestEnded, Math.max(1, rowsMax))) {
    // The delivery, its attempts, and perhaps its event. One goes even when it alone weighs too much.
    weight += 2 + row.attempts;
    if (row.ended_at >= before || (weight > rowsMax && range.length > 0)) break;
    range.push(row);
  }
  return range;
}

function forgetEventsAlone({ db }: Context, before: number, rowsMax: number): number {
  return db.run(deleteEventsAlone, before, rowsMax);
}

function forgetStats({ db }: Context, before: number, rowsMax: number): number {
  return db.run(deleteStats, before, rowsMax);
}

function forgetReplays({ db }: Context, before: number, rowsMax: number): number {
  return db.run(deleteReplays, before, rowsMax);
}

function forgetTombstones({ db, memory }: Context, before: number, rowsMax: number): number {
  const { deliveries, events } = memory.filed;
  const endpoints = db.run(deleteEndpoints, before, deliveries, rowsMax);
  return endpoints + db.run(deleteTenants, before, events, Math.max(0, rowsMax - endpoints));
}

// prettier-ignore
const parts: readonly Part[] = [
  cancelOrphans, forgetEnded, forgetEventsAlone, forgetStats, forgetReplays, forgetTombstones,
];

const selectRemovedWithWaiting = sql`
  select id, removed_at from endpoints e indexed by endpoints_removed
  where removed_at is not null and exists (select 1 from deliveries_waiting where endpoint = e.id)
  limit 1000`;

const selectWaitingOf = sql`
  select seq, id, tenant, mode, event_seq, attempts
  from deliveries_waiting indexed by deliveries_waiting_due where endpoint = ? limit ?`;

const deleteWaiting = sql`delete from deliveries_waiting where seq in (select value from json_each(?))`;

const selectOldestEnded = sql`
  select seq, id, event_seq, attempts, ended_at from deliveries_ended order by seq limit ?`;

const deleteAttempts = sql`delete from attempts where delivery in (select value from json_each(?))`;

const deleteEnded = sql`delete from deliveries_ended where seq <= ?`;

const deleteEvents = sql`
  delete from events as v where seq in (select value from json_each(?))
  and not exists (
    select 1 from deliveries_waiting w
    where w.tenant = v.tenant and w.mode = v.mode and w.id between v.first_delivery and v.last_delivery
      and w.event_seq = v.seq
  ) and not exists (
    select 1 from deliveries_ended d
    where d.id between v.first_delivery and v.last_delivery
      and d.event_seq = v.seq
  )`;

const deleteEventsAlone = sql`
  delete from events where seq in (
    select seq from events indexed by events_without_deliveries where deliveries = 0 and created_at < ? limit ?
  )`;

const deleteStats = sql`
  delete from stats where (tenant, endpoint, minute) in (
    select tenant, endpoint, minute from stats indexed by stats_by_minute
    where minute < ? order by minute limit ?
  )`;

/** Orders by people: there are few. */
const deleteReplays = sql`
  delete from replays where id in (
    select id from replays where created_at < ? and state <> 'running' limit ?
  )`;

/** Nothing refers to them any more: neither a delivery nor, by it, an attempt. */
const deleteEndpoints = sql`
  delete from endpoints where id in (
    select id from endpoints e indexed by endpoints_removed
    where removed_at < ?
      and not exists (select 1 from deliveries_waiting where endpoint = e.id)
      and not exists (select 1 from deliveries_by_endpoint where endpoint = e.id)
      and not exists (select 1 from deliveries_ended d where d.seq > ? and d.endpoint = e.id)
    limit ?
  )`;

const deleteTenants = sql`
  delete from tenants where seq in (
    select seq from tenants t
    where removed_at < ?
      and not exists (select 1 from endpoints where tenant = t.id)
      and not exists (select 1 from events_by_tenant where tenant = t.id)
      and not exists (select 1 from events v where v.seq > ? and v.tenant = t.id)
      and not exists (select 1 from replays where tenant = t.id)
    limit ?
  )`;
