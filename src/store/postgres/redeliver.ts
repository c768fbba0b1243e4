// A person's orders: deliveries become due again, whatever became of them. An order does not break the order
// per key: behind something waiting under its key, a delivery joins the end of the queue.
import { type Delivery, type DeliveryId, parkedUntil, singleStep } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { Fault } from '#core/fault.ts';
import type { Scope } from '#core/tenant.ts';
import type { Context } from './context.ts';
import { columnParameters, type ColumnType, toColumns } from './columns.ts';
import { type Queries, sql } from './database.ts';
import { type DeliveryRow, getDeliveryRow, readDelivery } from './delivery-rows.ts';
import { lockQueues, type Queue, readQueues } from './ordering.ts';

/** One more attempt now; a delivery that has ended gets this attempt only, one that waits keeps its schedule. */
export async function redeliver(
  context: Context,
  scope: Scope,
  id: DeliveryId,
  now: number,
): Promise<Delivery | null> {
  const ordered = await context.db.transaction(async (tx) => {
    const row = await getDeliveryRow(tx, scope, id);
    if (row === null) return null;
    if (row.endpoint_removed_at !== null) {
      throw new Fault('endpoint_not_found', 'The endpoint of this delivery has been removed.');
    }
    const woken = await orderAgain(tx, [row], singleStep, now);
    return { woken, row: await getDeliveryRow(tx, scope, id) };
  });
  if (ordered === null) return null;
  context.tell.woken(ordered.woken);
  return ordered.row === null ? null : readDelivery(ordered.row);
}

/**
 * Orders these deliveries; what has ended goes back to waiting at this `step`. What is being sent right now is
 * left as it is. Answers the endpoints that have something due.
 */
export async function orderAgain(
  tx: Queries,
  rows: readonly DeliveryRow[],
  step: number,
  now: number,
): Promise<EndpointId[]> {
  await lockQueues(tx, listQueues(rows));
  const waiting = rows.filter((row) => !row.is_ended);
  const ended = rows.filter((row) => row.is_ended);
  const woken = waiting.length === 0 ? [] : await hurry(tx, waiting, now);
  const reopened = ended.length === 0 ? [] : await reopen(tx, ended, step, now);
  return [...new Set([...woken, ...reopened])];
}

async function hurry(tx: Queries, rows: readonly DeliveryRow[], now: number): Promise<EndpointId[]> {
  const values = [...keysOf(rows), now, parkedUntil];
  return (await tx.all<{ endpoint: EndpointId }>(updateOrdered, values)).map((row) => row.endpoint);
}

/** Whoever deletes the ended row reopens the delivery: two orders at once make it wait once. */
async function reopen(
  tx: Queries,
  rows: readonly DeliveryRow[],
  step: number,
  now: number,
): Promise<EndpointId[]> {
  const deleted = await tx.all<{ id: DeliveryId; state: string }>(deleteEnded, keysOf(rows));
  const before = new Map(deleted.map((row) => [row.id, row.state]));
  const own = rows.filter((row) => before.has(row.id));
  if (own.length === 0) return [];
  const queues = await readQueues(tx, listQueues(own));
  const woken: EndpointId[] = [];
  const reopened = own.map((row) => {
    const isParked = queues.join(row.endpoint, row.ordering_key);
    if (!isParked) woken.push(row.endpoint);
    // prettier-ignore
    return [
      row.id, row.tenant, row.mode, row.endpoint, row.event_seq, row.ordering_key, row.attempts,
      isParked ? parkedUntil : now, before.get(row.id) === 'delivered',
    ];
  });
  await tx.run(insertReopened, [...toColumns(reopened, reopenedTypes), step, now]);
  return woken;
}

function keysOf(rows: readonly DeliveryRow[]): string[][] {
  return [rows.map(({ tenant }) => tenant), rows.map(({ mode }) => mode), rows.map(({ id }) => id)];
}

function listQueues(rows: readonly DeliveryRow[]): Queue[] {
  return rows.flatMap((row) =>
    row.ordering_key === null ? [] : [[row.endpoint, row.ordering_key] as const],
  );
}

const asked = sql`unnest($1::text[], $2::text[], $3::text[]) as asked(tenant, mode, id)`;

/** A parked one stays behind the one before it; a claim that still runs (its `due_at` is to come) is let be. */
const updateOrdered = sql`
  with held as (
    select w.seq from ${asked}
    join deliveries_waiting w on w.tenant = asked.tenant and w.mode = asked.mode and w.id = asked.id
    where w.claimed_by is null or w.due_at <= $4
    order by w.seq for update of w
  )
  update deliveries_waiting w set is_ordered = true, due_at = case w.due_at when $5 then w.due_at else $4 end
  from held where w.seq = held.seq returning w.endpoint`;

const deleteEnded = sql`
  delete from deliveries_ended d using ${asked}
  where d.tenant = asked.tenant and d.mode = asked.mode and d.id = asked.id
  returning d.id, d.state`;

// prettier-ignore
const reopenedTypes: readonly ColumnType[] = [
  'text', 'text', 'text', 'text', 'bigint', 'text', 'int', 'bigint', 'boolean',
];

const insertReopened = sql`
  insert into deliveries_waiting (
    id, tenant, mode, endpoint, event_seq, ordering_key, attempts, due_at, was_delivered,
    step, first_due_at, lease, claimed_by, is_ordered
  )
  select g.id, g.tenant, g.mode, g.endpoint, g.event_seq, g.ordering_key, g.attempts, g.due_at, g.was_delivered,
    $10, $11, 0, null, true
  from unnest(${columnParameters(reopenedTypes)}) with ordinality
    as g(id, tenant, mode, endpoint, event_seq, ordering_key, attempts, due_at, was_delivered, place)
  order by g.place`;
