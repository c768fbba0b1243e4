// A person's orders: deliveries become due again, whatever became of them. An order does not break the order
// per key: behind something waiting under its key, a delivery joins the end of the queue.
import { type Delivery, type DeliveryId, parkedUntil, singleStep } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { Fault } from '#core/fault.ts';
import type { Scope } from '#core/tenant.ts';
import { sql } from './database.ts';
import { type DeliveryRow, getDeliveryRow, readDelivery } from './delivery-rows.ts';
import type { Context } from './memory.ts';
import { type Queue, readQueues } from './ordering.ts';
import { insertWaiting } from './publish.ts';

/** One more attempt now; a delivery that has ended gets this attempt only, one that waits keeps its schedule. */
export function redeliver(context: Context, scope: Scope, id: DeliveryId, now: number): Delivery | null {
  return context.db.transaction(() => {
    const row = getDeliveryRow(context.db, scope, id);
    if (row === null) return null;
    if (row.endpoint_removed_at !== null) {
      throw new Fault('endpoint_not_found', 'The endpoint of this delivery has been removed.');
    }
    orderAgain(context, [row], singleStep, now);
    const ordered = getDeliveryRow(context.db, scope, id);
    return ordered === null ? null : readDelivery(ordered);
  });
}

/**
 * Orders these deliveries; what has ended goes back to waiting at this `step`. What is being sent right now is
 * left as it is. Answers the endpoints that have something due.
 */
export function orderAgain(
  context: Context,
  rows: readonly DeliveryRow[],
  step: number,
  now: number,
): EndpointId[] {
  const waiting = rows.filter((row) => row.is_ended === 0);
  const ended = rows.filter((row) => row.is_ended === 1);
  const woken = waiting.length === 0 ? [] : hurry(context, waiting, now);
  return [...new Set([...woken, ...(ended.length === 0 ? [] : reopen(context, ended, step, now))])];
}

function hurry(context: Context, rows: readonly DeliveryRow[], now: number): EndpointId[] {
  const asked = JSON.stringify(rows.map(({ tenant, mode, id }) => [tenant, mode, id]));
  return context.db
    .all<{ endpoint: EndpointId }>(updateOrdered, parkedUntil, now, asked)
    .map((row) => row.endpoint);
}

function reopen(context: Context, rows: readonly DeliveryRow[], step: number, now: number): EndpointId[] {
  const { db, memory } = context;
  const asked = JSON.stringify(rows.map((row) => row.id));
  const before = new Map(db.all<EndedRow>(deleteEnded, asked).map((row) => [row.id, row]));
  const queues = readQueues(db, listQueues(rows));
  const woken: EndpointId[] = [];
  const reopened = rows.map((row) => {
    const isParked = queues.join(row.endpoint, row.ordering_key);
    if (!isParked) woken.push(row.endpoint);
    // prettier-ignore
    return [
      ++memory.last.waiting, row.id, row.tenant, row.mode, row.endpoint, row.event_seq, row.ordering_key,
      row.attempts, step, now, isParked ? parkedUntil : now, 0, 0, 1,
      before.get(row.id)?.state === 'delivered' ? 1 : 0,
    ];
  });
  db.insert(insertWaiting, reopened);
  db.afterCommit(() => (memory.waiting += reopened.length));
  return woken;
}

function listQueues(rows: readonly DeliveryRow[]): Queue[] {
  return rows.flatMap((row) =>
    row.ordering_key === null ? [] : [[row.endpoint, row.ordering_key] as const],
  );
}

interface EndedRow {
  readonly id: DeliveryId;
  readonly state: string;
}

/** A parked one stays behind the one before it; a claim that still runs (its `due_at` is to come) is let be. */
const updateOrdered = sql`
  update deliveries_waiting set is_ordered = 1, due_at = case due_at when ?1 then due_at else ?2 end
  where seq in (
    select w.seq from json_each(?3) as asked cross join deliveries_waiting w
      on w.tenant = asked.value ->> 0 and w.mode = asked.value ->> 1 and w.id = asked.value ->> 2
    where w.is_claimed = 0 or w.due_at <= ?2
  ) returning endpoint`;

const deleteEnded = sql`
  delete from deliveries_ended
  where seq in (
    select d.seq from json_each(?) as asked cross join deliveries_ended d on d.id = asked.value
  ) returning id, state`;
