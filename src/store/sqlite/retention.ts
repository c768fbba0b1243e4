// Retention: deletes what ended before a time, in the order of ending, by contiguous ranges of the ended table, with its
// attempts and with its event when nothing else needs that. What is still owed is never touched.
import { filedAt } from '#core/archive.ts';
import { sql } from '../sql.ts';
import type { Database } from './database.ts';
import { indexRows } from './deferred-index.ts';
import type { Context } from './memory.ts';
import { insertEnded } from './record.ts';
import { shrink } from './shrink.ts';

/** One bounded step in one transaction. Returns how many rows it touched; when none are left, pages that the file has lost. */
export function deleteExpired(context: Context, expired: Expired, rowsMax: number): number {
  return context.db.transaction(() => {
    let touched = 0;
    for (const part of parts) {
      if (touched < rowsMax) touched += part(context, expired, rowsMax - touched);
    }
    indexRows(context);
    return touched > 0 ? touched : shrink(context.db, context.freePagesKept);
  });
}

/** What ended before a time, but for what is of events from this number on. */
export interface Expired {
  readonly before: number;
  readonly eventsUntil: number;
}

type Part = (context: Context, expired: Expired, rowsMax: number) => number;

/**
 * Ends what waits for removed endpoints, as canceled at the time of the removal, which the view has shown already; not
 * within a day that the archive has sealed.
 */
function cancelOrphans({ db, memory }: Context, _expired: Expired, rowsMax: number): number {
  const sealedUntil =
    db.get<{ sealed_until: number }>(sql`select sealed_until from archive where id = 1`)?.sealed_until ?? 0;
  let left = rowsMax;
  const removed = db.all<RemovedRow>(sql`
    select id, removed_at from endpoints e indexed by endpoints_removed
    where removed_at is not null and exists (select 1 from deliveries_waiting where endpoint = e.id)
    limit 1000`);
  for (const { id: endpoint, removed_at: removedAt } of removed) {
    if (left <= 0) break;
    const rows = db.all<WaitingRow>(sql`
      select seq, id, tenant, mode, event_seq, attempts
      from deliveries_waiting indexed by deliveries_waiting_due where endpoint = ${endpoint} limit ${left}`);
    const ended = rows.map(({ id, tenant, mode, event_seq: event, attempts }) => {
      return [
        ++memory.last.deliveries,
        id,
        tenant,
        mode,
        endpoint,
        event,
        'canceled',
        attempts,
        Math.max(removedAt, sealedUntil),
        null,
      ];
    });
    db.insert(insertEnded, ended);
    const seqs = rows.map((row) => row.seq);
    left -= db.run(sql`delete from deliveries_waiting where seq in (select value from json_each(${seqs}))`);
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
function deleteEnded({ db }: Context, expired: Expired, rowsMax: number): number {
  const range = takeRange(db, expired, rowsMax);
  const last = range.at(-1);
  if (last === undefined) return 0;
  const ids = range.map((row) => row.id);
  const attempts = db.run(sql`delete from attempts where delivery in (select value from json_each(${ids}))`);
  const ended = db.run(sql`delete from deliveries_ended where seq <= ${last.seq}`);
  const seqs = [...new Set(range.map((row) => row.event_seq))];
  const events = db.run(sql`
    delete from events as v where seq in (select value from json_each(${seqs}))
    and not exists (
      select 1 from deliveries_waiting w
      where w.tenant = v.tenant and w.mode = v.mode and w.id between v.first_delivery and v.last_delivery
        and w.event_seq = v.seq
    ) and not exists (
      select 1 from deliveries_ended d
      where d.id between v.first_delivery and v.last_delivery
        and d.event_seq = v.seq
    )`);
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
function takeRange(db: Database, { before, eventsUntil }: Expired, rowsMax: number): EndedRow[] {
  const range: EndedRow[] = [];
  let weight = 0;
  const rows = db.all<EndedRow>(sql`
    select seq, id, event_seq, attempts, ended_at from deliveries_ended order by seq limit ${Math.max(1, rowsMax)}`);
  for (const row of rows) {
    // The delivery, its attempts, and perhaps its event. One is deleted even if it alone weighs too much.
    weight += 2 + row.attempts;
    if (filedAt(row.id, row.ended_at) >= before || row.event_seq >= eventsUntil) break;
    if (weight > rowsMax && range.length > 0) break;
    range.push(row);
  }
  return range;
}

function deleteEventsAlone({ db }: Context, { before, eventsUntil }: Expired, rowsMax: number): number {
  return db.run(sql`
    delete from events where seq in (
      select seq from events indexed by events_without_deliveries
      where deliveries = 0 and created_at < ${before} and seq < ${eventsUntil} limit ${rowsMax}
    )`);
}

function deleteStats({ db }: Context, { before }: Expired, rowsMax: number): number {
  return db.run(sql`
    delete from stats where (tenant, endpoint, minute) in (
      select tenant, endpoint, minute from stats indexed by stats_by_minute
      where minute < ${before} order by minute limit ${rowsMax}
    )`);
}

/** Scans the table: there are few replays. */
function deleteReplays({ db }: Context, { before }: Expired, rowsMax: number): number {
  return db.run(sql`
    delete from replays where id in (
      select id from replays where created_at < ${before} and state <> 'running' limit ${rowsMax}
    )`);
}

/** Removed endpoints and tenants that nothing refers to: neither a delivery nor, by it, an attempt. */
function deleteTombstones({ db, memory }: Context, { before }: Expired, rowsMax: number): number {
  const endpoints = db.run(sql`
    delete from endpoints where id in (
      select id from endpoints e indexed by endpoints_removed
      where removed_at < ${before}
        and not exists (select 1 from deliveries_waiting where endpoint = e.id)
        and not exists (select 1 from deliveries_by_endpoint where endpoint = e.id)
        and not exists (
          select 1 from deliveries_ended d where d.seq > ${memory.indexed.deliveries} and d.endpoint = e.id
        )
      limit ${rowsMax}
    )`);
  const tenants = db.run(sql`
    delete from tenants where seq in (
      select seq from tenants t
      where removed_at < ${before}
        and not exists (select 1 from endpoints where tenant = t.id)
        and not exists (select 1 from events_by_tenant where tenant = t.id)
        and not exists (select 1 from events v where v.seq > ${memory.indexed.events} and v.tenant = t.id)
        and not exists (select 1 from replays where tenant = t.id)
      limit ${Math.max(0, rowsMax - endpoints)}
    )`);
  return endpoints + tenants;
}

// prettier-ignore
const parts: readonly Part[] = [
  cancelOrphans, deleteEnded, deleteEventsAlone, deleteStats, deleteReplays, deleteTombstones,
];
