// Claiming what is due, releasing claims unsent, and finding the endpoints that have something due.
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { Fault } from '#core/fault.ts';
import { type ClaimedRow, type DueRow, makeClaims, readDue } from '../claims.ts';
import type { Finders } from '../records/engine.ts';
import { type EventRow, readEvent } from '../records/event-rows.ts';
import { type Sql, sql } from '../sql.ts';
import type { Due, Wanted } from '../store.ts';
import { selectWaiting } from '../waiting-endpoints.ts';
import { isOpenEndpoint } from './closed-slots.ts';
import type { Context } from './context.ts';
import type { Queries } from './database.ts';
import { eventsBySeq } from './events.ts';
import { text } from './text.ts';

/**
 * Takes up to `count` due deliveries of each endpoint by one statement, and then reads their events. Fault `unavailable`
 * while the others may take this process for dead.
 */
export async function claim(
  { db, process, isPresent, isPartition }: Context,
  wanted: readonly Wanted[],
  now: number,
  leaseMs: number,
): Promise<Claim[]> {
  // An endpoint that is listed twice is served once.
  const asked = new Map(wanted.map(({ endpoint, count }) => [endpoint, count]));
  if (asked.size === 0) return [];
  if (!isPresent()) {
    throw new Fault(
      'unavailable',
      'the connection that shows that this process lives is lost; it is made again',
    );
  }
  return claimFor(db, { holder: process, isPartition }, asked, now, leaseMs);
}

/** Instead of a process: a client that pulls. Its leases outlive every process. */
const clientHolder = 0;

/** The same of one endpoint for a client. */
export function pull(
  { db, isPartition }: Context,
  endpoint: EndpointId,
  count: number,
  now: number,
  leaseMs: number,
): Promise<Claim[]> {
  return claimFor(db, { holder: clientHolder, isPartition }, new Map([[endpoint, count]]), now, leaseMs);
}

interface Claiming {
  readonly holder: number;
  readonly isPartition: boolean;
}

async function claimFor(
  db: Queries,
  by: Claiming,
  asked: ReadonlyMap<EndpointId, number>,
  now: number,
  leaseMs: number,
): Promise<Claim[]> {
  const rows = await db.write<PlacedRow>(updateClaimed(asked, now, now + leaseMs, by));
  if (rows.length === 0) return [];
  rows.sort((a, b) => a.place - b.place || a.was_due_at - b.was_due_at || a.seq - b.seq);
  const seqs = [...new Set(rows.map((row) => row.event_seq))];
  const found = await db.all<EventRow>(eventsBySeq(seqs));
  const events = new Map(found.map((row) => [row.seq, readEvent(row, text)]));
  return makeClaims(rows, events, now + leaseMs);
}

/**
 * Releases claims unsent. Raising the lease makes the old fencing number stale. Rows are locked in the order of their
 * numbers here and in record-rows.ts, which avoids deadlocks.
 */
export async function release({ db, notify }: Context, claims: readonly Claim[], now: number): Promise<void> {
  if (claims.length === 0) return;
  const [seqs, leases] = [claims.map(({ seq }) => seq), claims.map(({ lease }) => lease)];
  await db.run(sql`
    with held as (
      select w.seq from unnest(${seqs}::bigint[], ${leases}::bigint[]) as given(seq, lease)
      join deliveries_waiting w on w.seq = given.seq and w.lease = given.lease
      order by w.seq for update of w
    )
    update deliveries_waiting w set due_at = ${now}, lease = w.lease + 1, claimed_by = null
    from held where w.seq = held.seq`);
  notify.due([...new Set(claims.map(({ endpoint }) => endpoint))]);
}

/** Releases what dead processes had claimed. Scans the whole table: only when there are some. */
export async function releaseAll(tx: Queries, processes: readonly number[], now: number): Promise<void> {
  await tx.run(sql`
    update deliveries_waiting set due_at = ${now}, lease = lease + 1, claimed_by = null
    where claimed_by = any(${processes})`);
}

export const selectWaitingEndpoints: Finders['waitingEndpoints'] = (after, limit) =>
  selectWaiting(nextDue, after, limit);

/** The earliest `dueAt` of each of these endpoints that has any. */
export async function readNextDue(db: Queries, endpoints: readonly EndpointId[]): Promise<Due[]> {
  if (endpoints.length === 0) return [];
  const rows = await db.all<DueRow>(sql`
    select e.id as endpoint, due.due_at from endpoints e cross join lateral (select ${nextDue} as due_at) as due
    where e.id = any(${[...new Set(endpoints)]}) and e.removed_at is null and due.due_at is not null
    order by e.id`);
  return rows.map(readDue);
}

/** What waits, counted up to a bound and estimated beyond it. */
export async function countWaiting(db: Queries): Promise<number> {
  const counted = await db.get<{ count: number }>(sql`
    select count(*) as count from (select 1 from deliveries_waiting limit ${countedMax}) as counted`);
  const waiting = counted?.count ?? 0;
  return waiting < countedMax ? waiting : Math.max(waiting, await estimateWaiting(db));
}

/** So many rows are counted in some 10 ms. */
const countedMax = 100_000;

async function estimateWaiting(db: Queries): Promise<number> {
  const row = await db.get<{ count: number }>(sql`
    select reltuples::bigint as count from pg_class where oid = 'deliveries_waiting'::regclass`);
  return row?.count ?? 0;
}

/** `place` is that of the endpoint in what was asked for. */
interface PlacedRow extends ClaimedRow {
  readonly place: number;
  readonly was_due_at: number;
}

/**
 * Each endpoint is one search in an index that begins with the endpoint and continues with the time, and then only rows
 * that are taken, however much waits for others. A row that another process is claiming is locked by it and skipped, so
 * that no process waits and nothing is claimed twice; `due_at` is also the end of a claim, so what a lost claim held is
 * found here. A disabled endpoint has an index of what is redelivered. The planner can't estimate how many rows come
 * together, and would scan the table for a tenth of it: the array makes it look up each.
 */
function updateClaimed(
  asked: ReadonlyMap<EndpointId, number>,
  now: number,
  leaseUntil: number,
  { holder, isPartition }: Claiming,
): Sql {
  return sql`
    with due as (
      select found.seq, found.due_at, e.revision, asked.place
      from unnest(${[...asked.keys()]}::text[], ${[...asked.values()]}::int[])
        with ordinality as asked(endpoint, count, place)
      join endpoints e on e.id = asked.endpoint and e.removed_at is null ${isPartition ? sql`and ${isOpenEndpoint}` : sql``}
      cross join lateral (
        select * from (
          select w.seq, w.due_at from deliveries_waiting w
          where e.enabled and w.endpoint = e.id and w.due_at <= ${now}
          order by w.due_at, w.seq limit greatest(asked.count, 0) for update skip locked
        ) as free
        union all
        select * from (
          select w.seq, w.due_at from deliveries_waiting w
          where not e.enabled and w.is_ordered and w.endpoint = e.id and w.due_at <= ${now}
          order by w.due_at, w.seq limit greatest(asked.count, 0) for update skip locked
        ) as ordered
      ) as found
    )
    update deliveries_waiting w set due_at = ${leaseUntil}, lease = w.lease + 1, claimed_by = ${holder}
    from due where w.seq = due.seq and w.seq = any(array(select seq from due))
    returning w.seq, w.id, w.endpoint, w.event_seq, w.attempts, w.step, w.first_due_at, w.lease, w.is_ordered,
      w.is_test, w.scheduled_at, w.replay, w.sent, w.was_delivered, due.due_at as was_due_at, due.revision, due.place`;
}

/** The earliest time at which something of `e` may be sent: all that waits, or only what is redelivered. */
const nextDue = sql`
  case when e.enabled
    then (select min(w.due_at) from deliveries_waiting w where w.endpoint = e.id)
    else (select min(w.due_at) from deliveries_waiting w where w.endpoint = e.id and w.is_ordered)
  end`;
