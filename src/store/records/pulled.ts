// What clients have pulled: their claims, read again when the results arrive, in whatever process.
import { type Claim, parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Lease, Missed } from '#core/pull.ts';
import { type ClaimedRow, makeClaims } from '../claims.ts';
import { sql } from '../sql.ts';
import type { Engine } from './engine.ts';
import { readEvents } from './events.ts';
import { all, get, run, type Work } from './work.ts';

type LeasedRow = ClaimedRow & { readonly lease_until: number; readonly is_in_flight: boolean | number };

/** By the ids of the deliveries, which have an index; the view says what is claimed at all. */
export function* findClaims(
  engine: Engine,
  endpoint: EndpointId,
  leases: readonly Lease[],
): Work<readonly Claim[]> {
  if (leases.length === 0) return [];
  const ids = [...new Set(leases.map(({ delivery }) => delivery))];
  const found = yield* all<LeasedRow>(sql`
    select w.seq, w.id, w.endpoint, e.revision, w.event_seq, w.attempts, w.step, w.first_due_at, w.lease, w.is_ordered,
      w.is_test, w.scheduled_at, w.replay, w.sent, w.was_delivered, w.due_at as lease_until, d.is_in_flight
    from endpoints e
    join deliveries_waiting w on w.tenant = e.tenant and w.mode = e.mode and w.id ${engine.fragments.anyOf(ids)}
    join waiting_deliveries d on d.id = w.id and d.tenant = w.tenant and d.mode = w.mode
    where e.id = ${endpoint} and e.removed_at is null and w.endpoint = e.id`);
  const asked = numbersOf(leases);
  const held = found.filter((row) => Boolean(row.is_in_flight) && asked.get(row.id)?.has(row.lease) === true);
  const events = yield* readEvents(engine, [...new Set(held.map((row) => row.event_seq))]);
  return held.flatMap((row) => makeClaims([row], events, row.lease_until));
}

function numbersOf(leases: readonly Lease[]): ReadonlyMap<string, ReadonlySet<number>> {
  const numbers = new Map<string, Set<number>>();
  for (const { delivery, lease } of leases) {
    numbers.set(delivery, (numbers.get(delivery) ?? new Set()).add(lease));
  }
  return numbers;
}

/** The rows are locked, and their numbers compared once more: a lease may be recorded meanwhile. */
export function* extend(
  engine: Engine,
  endpoint: EndpointId,
  leases: readonly Lease[],
  until: number,
): Work<readonly Lease[]> {
  const claims = yield* findClaims(engine, endpoint, leases);
  const [first] = claims;
  if (first === undefined) return [];
  const { tenant, mode } = first.event;
  const among = (ids: readonly string[]) =>
    sql`tenant = ${tenant} and mode = ${mode} and id ${engine.fragments.anyOf(ids)}`;
  const rows = yield* all<{ id: Lease['delivery']; lease: number }>(sql`
    select id, lease from deliveries_waiting where ${among(claims.map(({ id }) => id))}
    order by seq ${engine.fragments.lockRows}`);
  const numbers = new Map(rows.map(({ id, lease }) => [id, lease]));
  const held = claims.filter(({ id, lease }) => numbers.get(id) === lease);
  if (held.length === 0) return [];
  yield* run(sql`update deliveries_waiting set due_at = ${until} where ${among(held.map(({ id }) => id))}`);
  return held.map(({ id, lease }) => ({ delivery: id, lease }));
}

/** What is due, and what is parked behind it; what is leased or is tried again later is not missed. */
export function* countMissed(endpoint: EndpointId, now: number, max: number): Work<Missed> {
  const row = yield* get<{ count: number; since: number | null }>(sql`
    select count(*) as count, min(first_due_at) as since from (
      select first_due_at from deliveries_waiting w
      where w.endpoint = ${endpoint} and (w.due_at <= ${now} or w.due_at = ${parkedUntil}) limit ${max}
    ) as missed`);
  return { count: row?.count ?? 0, since: row?.since ?? null };
}
