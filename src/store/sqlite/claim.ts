// Taking what is due, giving it back unsent, and finding out which endpoints have something due.
import type { Claim, DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import type { Due, Wanted } from '#store/store.ts';
import { type Database, sql } from './database.ts';
import { readEvents } from './events.ts';

/** Takes up to `count` due deliveries of each endpoint: one search by index each, then one write for all. */
export function claim(db: Database, wanted: readonly Wanted[], now: number, leaseMs: number): Claim[] {
  if (wanted.length === 0) return [];
  return db.transaction(() => {
    const endpoints = readClaimable(db, wanted);
    const due = wanted.flatMap(({ endpoint, count }) => {
      const claimable = endpoints.get(endpoint);
      if (claimable === undefined || count <= 0) return [];
      // Asked for twice, an endpoint is given once: nothing may be in two claims.
      endpoints.delete(endpoint);
      const text = claimable.enabled === 1 ? selectDue : selectOrdered;
      return db.all<DueRow>(text, endpoint, now, count).map((row) => ({ row, claimable }));
    });
    if (due.length === 0) return [];
    db.run(updateClaimed, now + leaseMs, JSON.stringify(due.map(({ row }) => row.seq)));
    const events = readEvents(
      db,
      due.map(({ row }) => row.event_seq),
    );
    return due.map(({ row, claimable }) => makeClaim(row, claimable, events, now + leaseMs));
  });
}

/** Gives claims back unsent. Raising the lease shuts out whoever still holds the old number. */
export function release(db: Database, claims: readonly Claim[], now: number): void {
  if (claims.length === 0) return;
  const held = JSON.stringify(claims.map(({ seq, lease }) => [seq, lease]));
  db.transaction(() => db.run(updateReleased, now, held));
}

/** Gives back what a process that is dead had claimed. Walks the whole table: only at the start. */
export function releaseAll(db: Database, now: number): number {
  return db.transaction(() => db.run(updateAllReleased, now));
}

/** Endpoints with something that may be sent, now or later, in order of id. */
export function readAgenda(db: Database, after: EndpointId | null, limit: number): Due[] {
  return db.all<DueEndpointRow>(selectAgenda, after ?? '', limit).map(readDue);
}

/** The earliest `dueAt` of each of these endpoints that has any. */
export function readNextDue(db: Database, endpoints: readonly EndpointId[]): Due[] {
  if (endpoints.length === 0) return [];
  return db.all<DueEndpointRow>(selectNextDue, JSON.stringify([...new Set(endpoints)])).map(readDue);
}

/** Since when the oldest of what may be sent is due; null when nothing is due. */
export function readOldestDue(db: Database, now: number): number | null {
  const oldest = db.get<{ due_at: number | null }>(selectOldestDue)?.due_at ?? null;
  return oldest !== null && oldest <= now ? oldest : null;
}

interface Claimable {
  readonly id: EndpointId;
  readonly enabled: number;
  readonly revision: number;
}

interface DueRow {
  readonly seq: number;
  readonly id: DeliveryId;
  readonly event_seq: number;
  readonly attempts: number;
  readonly step: number;
  readonly first_due_at: number;
  readonly lease: number;
  readonly is_ordered: number;
  readonly was_delivered: number;
}

interface DueEndpointRow {
  readonly endpoint: EndpointId;
  readonly due_at: number;
}

function readClaimable(db: Database, wanted: readonly Wanted[]): Map<EndpointId, Claimable> {
  const ids = JSON.stringify(wanted.map(({ endpoint }) => endpoint));
  return new Map(db.all<Claimable>(selectClaimable, ids).map((row) => [row.id, row]));
}

function makeClaim(
  row: DueRow,
  claimable: Claimable,
  events: ReadonlyMap<number, Event>,
  leaseUntil: number,
): Claim {
  const event = events.get(row.event_seq);
  if (event === undefined) throw new Error(`the event of delivery ${row.id} is missing`);
  return {
    seq: row.seq,
    id: row.id,
    lease: row.lease + 1,
    leaseUntil,
    endpoint: claimable.id,
    revision: claimable.revision,
    event,
    attempts: row.attempts,
    step: row.step,
    firstDueAt: row.first_due_at,
    isOrdered: row.is_ordered === 1,
    wasDelivered: row.was_delivered === 1,
  };
}

function readDue(row: DueEndpointRow): Due {
  return { endpoint: row.endpoint, dueAt: row.due_at };
}

const selectClaimable = sql`
  select id, enabled, revision from endpoints
  where id in (select value from json_each(?)) and removed_at is null`;

const dueColumns = 'seq, id, event_seq, attempts, step, first_due_at, lease, is_ordered, was_delivered';

// The index begins with the endpoint and goes on with the time: a search and then only rows that are taken,
// however much waits for others. `due_at` is also the end of a claim, so what a lost claim held is found here.
// No row is locked against another process: there is none, and within this one a transaction is never open
// across a turn of the event loop.
const selectDue = sql`
  select ${dueColumns} from deliveries_waiting indexed by deliveries_waiting_due
  where endpoint = ? and due_at <= ? order by due_at, seq limit ?`;

/** For a disabled endpoint: only what a person has ordered. */
const selectOrdered = sql`
  select ${dueColumns} from deliveries_waiting indexed by deliveries_waiting_ordered
  where endpoint = ? and due_at <= ? and is_ordered = 1 order by due_at, seq limit ?`;

const updateClaimed = sql`
  update deliveries_waiting set due_at = ?, lease = lease + 1, is_claimed = 1
  where seq in (select value from json_each(?))`;

const updateReleased = sql`
  update deliveries_waiting set due_at = ?, lease = deliveries_waiting.lease + 1, is_claimed = 0
  from json_each(?) as held
  where deliveries_waiting.seq = held.value ->> 0 and deliveries_waiting.lease = held.value ->> 1`;

const updateAllReleased = sql`
  update deliveries_waiting set due_at = ?, lease = lease + 1, is_claimed = 0 where is_claimed = 1`;

/** The earliest time at which something of `e` may be sent: all that waits, or only what was ordered. */
const nextDue = sql`
  case when e.enabled = 1
    then (select min(due_at) from deliveries_waiting indexed by deliveries_waiting_due where endpoint = e.id)
    else (select min(due_at) from deliveries_waiting indexed by deliveries_waiting_ordered
          where endpoint = e.id and is_ordered = 1)
  end`;

/** A loose scan: one search in the index per endpoint, not one step per row. Parked rows are never due. */
const dueEndpoints = sql`
  with recursive waits(endpoint) as (
    select (select min(endpoint) from deliveries_waiting where endpoint > ?)
    union all
    select (select min(endpoint) from deliveries_waiting where endpoint > waits.endpoint)
    from waits where waits.endpoint is not null
  ), due(endpoint, due_at) as (
    select e.id, ${nextDue} from waits cross join endpoints e on e.id = waits.endpoint
    where e.removed_at is null
  )`;

const selectAgenda = sql`
  ${dueEndpoints} select endpoint, due_at from due where due_at < ${String(Number.MAX_SAFE_INTEGER)} limit ?`;

const selectOldestDue = sql`
  ${dueEndpoints.replace('?', `''`)} select min(due_at) as due_at from due`;

const selectNextDue = sql`
  select e.id as endpoint, ${nextDue} as due_at from json_each(?) as asked cross join endpoints e on e.id = asked.value
  where e.removed_at is null and due_at is not null`;
