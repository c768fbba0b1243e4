// Taking what is due, giving it back unsent, and finding out which endpoints have something due.
import type { Claim, DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import type { Due, Wanted } from '#store/store.ts';
import type { Context } from './context.ts';
import { type Database, type Queries, sql } from './database.ts';
import { readEvents } from './events.ts';

/** Takes up to `count` due deliveries of each endpoint by one statement, and then reads their events. */
export async function claim(
  { db, process }: Context,
  wanted: readonly Wanted[],
  now: number,
  leaseMs: number,
): Promise<Claim[]> {
  // Asked for twice, an endpoint is given once.
  const asked = new Map(wanted.map(({ endpoint, count }) => [endpoint, count]));
  if (asked.size === 0) return [];
  const values = [[...asked.keys()], [...asked.values()], now, now + leaseMs, process];
  const rows = await db.write<ClaimedRow>(updateClaimed, values);
  if (rows.length === 0) return [];
  rows.sort((a, b) => a.place - b.place || a.was_due_at - b.was_due_at || a.seq - b.seq);
  const events = await readEvents(
    db,
    rows.map((row) => row.event_seq),
  );
  return rows.map((row) => makeClaim(row, events, now + leaseMs));
}

/** Gives claims back unsent. Raising the lease shuts out whoever still holds the old number. */
export async function release(db: Database, claims: readonly Claim[], now: number): Promise<void> {
  if (claims.length === 0) return;
  await db.run(updateReleased, [claims.map(({ seq }) => seq), claims.map(({ lease }) => lease), now]);
}

/** Gives back what dead processes had claimed. Walks the whole table: only when there are some. */
export async function releaseAll(tx: Queries, processes: readonly number[], now: number): Promise<number> {
  return tx.run(updateAllReleased, [processes, now]);
}

/** Endpoints with something that may be sent, now or later, in order of id. */
export async function readAgenda(db: Queries, after: EndpointId | null, limit: number): Promise<Due[]> {
  return (await db.all<DueEndpointRow>(selectAgenda, [after ?? '', limit])).map(readDue);
}

/** The earliest `dueAt` of each of these endpoints that has any. */
export async function readNextDue(db: Queries, endpoints: readonly EndpointId[]): Promise<Due[]> {
  if (endpoints.length === 0) return [];
  return (await db.all<DueEndpointRow>(selectNextDue, [[...new Set(endpoints)]])).map(readDue);
}

/** What waits, counted up to a bound and estimated beyond it, and since when the oldest is due. */
export async function readBacklog(
  db: Queries,
  now: number,
): Promise<{ waiting: number; oldestDueAt: number | null }> {
  const waiting = (await db.get<{ count: number }>(countWaiting, [countedMax]))?.count ?? 0;
  const estimate =
    waiting < countedMax ? 0 : ((await db.get<{ count: number }>(estimateWaiting))?.count ?? 0);
  const oldest = (await db.get<{ due_at: number | null }>(selectOldestDue, ['']))?.due_at ?? null;
  return {
    waiting: Math.max(waiting, estimate),
    oldestDueAt: oldest !== null && oldest <= now ? oldest : null,
  };
}

/** So many rows are counted in some 10 ms. */
const countedMax = 100_000;

interface ClaimedRow {
  readonly seq: number;
  readonly id: DeliveryId;
  readonly endpoint: EndpointId;
  readonly revision: number;
  readonly event_seq: number;
  readonly attempts: number;
  readonly step: number;
  readonly first_due_at: number;
  readonly was_due_at: number;
  /** Raised already. */
  readonly lease: number;
  readonly is_ordered: boolean;
  readonly was_delivered: boolean;
  readonly place: number;
}

interface DueEndpointRow {
  readonly endpoint: EndpointId;
  readonly due_at: number;
}

function makeClaim(row: ClaimedRow, events: ReadonlyMap<number, Event>, leaseUntil: number): Claim {
  const event = events.get(row.event_seq);
  if (event === undefined) throw new Error(`the event of delivery ${row.id} is missing`);
  return {
    seq: row.seq,
    id: row.id,
    lease: row.lease,
    leaseUntil,
    endpoint: row.endpoint,
    revision: row.revision,
    event,
    attempts: row.attempts,
    step: row.step,
    firstDueAt: row.first_due_at,
    isOrdered: row.is_ordered,
    wasDelivered: row.was_delivered,
  };
}

function readDue(row: DueEndpointRow): Due {
  return { endpoint: row.endpoint, dueAt: row.due_at };
}

/**
 * Each endpoint is one search in an index that begins with the endpoint and goes on with the time, and then
 * only rows that are taken, however much waits for others. A row that another process is taking at this moment
 * is locked by it and skipped, so that nobody waits and nothing is taken twice; `due_at` is also the end of a
 * claim, so what a lost claim held is found here. A disabled endpoint has an index of what was ordered.
 * How many rows come together is unknown to the planner, who would walk the table for a tenth of it: the array
 * makes it look up each.
 */
const updateClaimed = sql`
  with due as (
    select found.seq, found.due_at, e.revision, asked.place
    from unnest($1::text[], $2::int[]) with ordinality as asked(endpoint, count, place)
    join endpoints e on e.id = asked.endpoint and e.removed_at is null
    cross join lateral (
      select * from (
        select w.seq, w.due_at from deliveries_waiting w
        where e.enabled and w.endpoint = e.id and w.due_at <= $3
        order by w.due_at, w.seq limit greatest(asked.count, 0) for update skip locked
      ) as free
      union all
      select * from (
        select w.seq, w.due_at from deliveries_waiting w
        where not e.enabled and w.is_ordered and w.endpoint = e.id and w.due_at <= $3
        order by w.due_at, w.seq limit greatest(asked.count, 0) for update skip locked
      ) as ordered
    ) as found
  )
  update deliveries_waiting w set due_at = $4, lease = w.lease + 1, claimed_by = $5
  from due where w.seq = due.seq and w.seq = any(array(select seq from due))
  returning w.seq, w.id, w.endpoint, w.event_seq, w.attempts, w.step, w.first_due_at, w.lease, w.is_ordered,
    w.was_delivered, due.due_at as was_due_at, due.revision, due.place`;

/** Rows are locked in the order of their numbers here and in record.ts, so that nobody waits in a ring. */
const updateReleased = sql`
  with held as (
    select w.seq from unnest($1::bigint[], $2::bigint[]) as given(seq, lease)
    join deliveries_waiting w on w.seq = given.seq and w.lease = given.lease
    order by w.seq for update of w
  )
  update deliveries_waiting w set due_at = $3, lease = w.lease + 1, claimed_by = null
  from held where w.seq = held.seq`;

const updateAllReleased = sql`
  update deliveries_waiting set due_at = $2, lease = lease + 1, claimed_by = null where claimed_by = any($1)`;

/** The earliest time at which something of `e` may be sent: all that waits, or only what was ordered. */
const nextDue = sql`
  case when e.enabled
    then (select min(w.due_at) from deliveries_waiting w where w.endpoint = e.id)
    else (select min(w.due_at) from deliveries_waiting w where w.endpoint = e.id and w.is_ordered)
  end`;

/** A loose scan: one search in the index per endpoint, not one step per row. Parked rows are never due. */
const dueEndpoints = sql`
  with recursive waits(endpoint) as (
    select (select min(endpoint) from deliveries_waiting where endpoint > $1)
    union all
    select (select min(d.endpoint) from deliveries_waiting d where d.endpoint > waits.endpoint)
    from waits where waits.endpoint is not null
  ), due(endpoint, due_at) as (
    select e.id, ${nextDue} from waits join endpoints e on e.id = waits.endpoint where e.removed_at is null
  )`;

/** The rows of a recursion come in the order in which it finds them. */
const selectAgenda = sql`
  ${dueEndpoints}
  select endpoint, due_at from due where due_at < ${String(Number.MAX_SAFE_INTEGER)} order by endpoint limit $2`;

const selectOldestDue = sql`${dueEndpoints} select min(due_at) as due_at from due`;

const selectNextDue = sql`
  select e.id as endpoint, due.due_at from endpoints e cross join lateral (select ${nextDue} as due_at) as due
  where e.id = any($1) and e.removed_at is null and due.due_at is not null order by e.id`;

const countWaiting = sql`
  select count(*) as count from (select 1 from deliveries_waiting limit $1) as counted`;

const estimateWaiting = sql`
  select reltuples::bigint as count from pg_class where oid = 'deliveries_waiting'::regclass`;
