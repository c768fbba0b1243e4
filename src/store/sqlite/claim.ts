// Claiming what is due, releasing claims unsent, and finding the endpoints that have something due.
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import { type ClaimedRow, type DueRow, makeClaims, readDue } from '../claims.ts';
import type { Finders } from '../records/engine.ts';
import { type EventRow, readEvent } from '../records/event-rows.ts';
import { type Sql, sql } from '../sql.ts';
import type { Due, Wanted } from '../store.ts';
import { selectWaiting } from '../waiting-endpoints.ts';
import type { Database } from './database.ts';
import { eventsBySeq } from './events.ts';
import { text } from './text.ts';

/** Takes up to `count` due deliveries of each endpoint: one search by index each, then one write for all. */
export function claim(db: Database, wanted: readonly Wanted[], now: number, leaseMs: number): Claim[] {
  if (wanted.length === 0) return [];
  return db.transaction(() => {
    const endpoints = readClaimable(db, wanted);
    const due = wanted.flatMap(({ endpoint, count }) => {
      const claimable = endpoints.get(endpoint);
      if (claimable === undefined || count <= 0) return [];
      // An endpoint that is listed twice is served once: nothing may be in two claims.
      endpoints.delete(endpoint);
      const rows = db.all<Omit<ClaimedRow, 'endpoint' | 'revision'>>(selectDue(claimable, now, count));
      return rows.map((row) => Object.assign(row, { endpoint, revision: claimable.revision }));
    });
    if (due.length === 0) return [];
    const seqs = due.map((row) => row.seq);
    db.run(sql`
      update deliveries_waiting set due_at = ${now + leaseMs}, lease = lease + 1, is_claimed = 1
      where seq in (select value from json_each(${seqs}))`);
    return makeClaims(due, readClaimedEvents(db, due), now + leaseMs);
  });
}

/** Releases claims unsent. Raising the lease makes the old fencing number stale. */
export function release(db: Database, claims: readonly Claim[], now: number): void {
  if (claims.length === 0) return;
  const held = claims.map(({ seq, lease }) => [seq, lease]);
  db.run(sql`
    update deliveries_waiting set due_at = ${now}, lease = deliveries_waiting.lease + 1, is_claimed = 0
    from json_each(${held}) as held
    where deliveries_waiting.seq = held.value ->> 0 and deliveries_waiting.lease = held.value ->> 1`);
}

/** Releases what a dead process had claimed, not what clients have pulled. Scans the whole table: only at the start. */
export function releaseAll(db: Database, now: number): void {
  db.run(sql`
    update deliveries_waiting set due_at = ${now}, lease = lease + 1, is_claimed = 0
    where is_claimed = 1 and endpoint not in (select id from endpoints where kind = 'pull')`);
}

export const selectWaitingEndpoints: Finders['waitingEndpoints'] = (after, limit) =>
  selectWaiting(nextDue, after, limit);

/** The earliest `dueAt` of each of these endpoints that has any. */
export function readNextDue(db: Database, endpoints: readonly EndpointId[]): Due[] {
  if (endpoints.length === 0) return [];
  const rows = db.all<DueRow>(sql`
    select e.id as endpoint, ${nextDue} as due_at
    from json_each(${[...new Set(endpoints)]}) as asked cross join endpoints e on e.id = asked.value
    where e.removed_at is null and due_at is not null`);
  return rows.map(readDue);
}

interface Claimable {
  readonly id: EndpointId;
  readonly enabled: number;
  readonly revision: number;
}

function readClaimable(db: Database, wanted: readonly Wanted[]): Map<EndpointId, Claimable> {
  const ids = wanted.map(({ endpoint }) => endpoint);
  const rows = db.all<Claimable>(sql`
    select id, enabled, revision from endpoints
    where id in (select value from json_each(${ids})) and removed_at is null`);
  return new Map(rows.map((row) => [row.id, row]));
}

function readClaimedEvents(db: Database, due: readonly ClaimedRow[]): Map<number, Event> {
  const seqs = [...new Set(due.map((row) => row.event_seq))];
  return new Map(db.all<EventRow>(eventsBySeq(seqs)).map((row) => [row.seq, readEvent(row, text)]));
}

const dueColumns = sql`
  seq, id, event_seq, attempts, step, first_due_at, lease + 1 as lease, is_ordered, is_test, scheduled_at,
  replay, sent, was_delivered`;

// The index begins with the endpoint and continues with the time: a search and then only rows that are taken, however
// much waits for others. `due_at` is also the end of a claim, so what a lost claim held is found here. No row is locked:
// there is no other process, and in this one a transaction is never open across a turn of the event loop. Of a disabled
// endpoint only what is redelivered is due.
function selectDue({ id, enabled }: Claimable, now: number, count: number): Sql {
  return enabled === 1
    ? sql`
      select ${dueColumns} from deliveries_waiting indexed by deliveries_waiting_due
      where endpoint = ${id} and due_at <= ${now} order by due_at, seq limit ${count}`
    : sql`
      select ${dueColumns} from deliveries_waiting indexed by deliveries_waiting_ordered
      where endpoint = ${id} and due_at <= ${now} and is_ordered = 1 order by due_at, seq limit ${count}`;
}

/** The earliest time at which something of `e` may be sent: all that waits, or only what is redelivered. */
const nextDue = sql`
  case when e.enabled = 1
    then (select min(due_at) from deliveries_waiting indexed by deliveries_waiting_due where endpoint = e.id)
    else (select min(due_at) from deliveries_waiting indexed by deliveries_waiting_ordered
          where endpoint = e.id and is_ordered = 1)
  end`;
