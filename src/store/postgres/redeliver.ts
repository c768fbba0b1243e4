// Redelivery: deliveries in any state become due again. It respects ordering: behind something that waits under
// its key, a delivery joins the end of the queue.
import { type DeliveryId, parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { DeliveryRow } from '../records/delivery-rows.ts';
import { type Order, stepOf } from '../claims.ts';
import { queuesOf } from '../queues.ts';
import type { Ordered } from '../records/engine.ts';
import { all, run, type Work } from '../records/work.ts';
import { type Sql, sql } from '../sql.ts';
import { lockQueues, readQueues } from './ordering.ts';
import { unnest } from './unnest.ts';

/** See `Engine.redeliver`. */
export function* redeliver(rows: readonly DeliveryRow[], order: Order): Work<Ordered> {
  yield* lockQueues(queuesOf(rows));
  const waiting = rows.filter((row) => row.is_ended === false);
  const ended = rows.filter((row) => row.is_ended === true);
  const updated = waiting.length === 0 ? [] : yield* makeDue(waiting, order);
  const reopened = ended.length === 0 ? { count: 0, due: [] } : yield* reopen(ended, order);
  return { count: updated.length + reopened.count, due: [...new Set([...updated, ...reopened.due])] };
}

/** A parked delivery stays parked; one with a valid claim (its `due_at` is in the future) is left alone. */
function* makeDue(rows: readonly DeliveryRow[], { replay, now }: Order): Work<EndpointId[]> {
  const updated = yield* all<{ endpoint: EndpointId }>(sql`
    with held as (
      select w.seq from ${unnestKeys(rows)}
      join deliveries_waiting w on w.tenant = asked.tenant and w.mode = asked.mode and w.id = asked.id
      where not w.is_ordered and (w.claimed_by is null or w.due_at <= ${now})
      order by w.seq for update of w
    )
    update deliveries_waiting w
    set is_ordered = true, replay = ${replay},
      scheduled_at = case w.due_at when ${parkedUntil} then ${now} else w.due_at end,
      due_at = case w.due_at when ${parkedUntil} then w.due_at else ${now} end
    from held where w.seq = held.seq returning w.endpoint`);
  return updated.map((row) => row.endpoint);
}

/** The transaction that deletes the ended row reopens the delivery: of two redeliveries at once, one does. */
function* reopen(rows: readonly DeliveryRow[], order: Order): Work<Ordered> {
  const { replay, now } = order;
  const deleted = yield* all<{ id: DeliveryId; state: string }>(sql`
    delete from deliveries_ended d using ${unnestKeys(rows)}
    where d.tenant = asked.tenant and d.mode = asked.mode and d.id = asked.id
    returning d.id, d.state`);
  const before = new Map(deleted.map((row) => [row.id, row.state]));
  const own = rows.filter((row) => before.has(row.id));
  if (own.length === 0) return { count: 0, due: [] };
  const queues = yield* readQueues(queuesOf(own));
  const due: EndpointId[] = [];
  const reopened = own.map((row) => {
    const isParked = queues.join(row.endpoint, row.ordering_key);
    if (!isParked) due.push(row.endpoint);
    // prettier-ignore
    return [
      row.id, row.tenant, row.mode, row.endpoint, row.event_seq, row.ordering_key, row.attempts,
      isParked ? parkedUntil : now, before.get(row.id) === 'delivered',
    ];
  });
  yield* run(sql`
    insert into deliveries_waiting (
      id, tenant, mode, endpoint, event_seq, ordering_key, attempts, due_at, was_delivered,
      step, first_due_at, lease, claimed_by, is_ordered, replay
    )
    select g.id, g.tenant, g.mode, g.endpoint, g.event_seq, g.ordering_key, g.attempts, g.due_at, g.was_delivered,
      ${stepOf(order)}::int, ${now}::bigint, 0, null, true, ${replay}
    from ${unnest('g', reopenedColumns, reopened)}
    order by g.place`);
  return { count: own.length, due };
}

function unnestKeys(rows: readonly DeliveryRow[]): Sql {
  const keys = rows.map(({ tenant, mode, id }) => [tenant, mode, id]);
  return unnest('asked', { tenant: 'text', mode: 'text', id: 'text' }, keys);
}

const reopenedColumns = {
  id: 'text',
  tenant: 'text',
  mode: 'text',
  endpoint: 'text',
  event_seq: 'bigint',
  ordering_key: 'text',
  attempts: 'int',
  due_at: 'bigint',
  was_delivered: 'boolean',
} as const;
