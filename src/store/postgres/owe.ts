// New deliveries of events that were published before, for one endpoint. Behind something that waits under its ordering
// key, a delivery joins the end of the queue.
import { parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { IdSource } from '#lib/ids.ts';
import { type Order, stepOf } from '../claims.ts';
import { planOwed } from '../owing.ts';
import { queuesOf } from '../queues.ts';
import type { Ordered, OwedEvent } from '../records/engine.ts';
import { run, type Work } from '../records/work.ts';
import { sql } from '../sql.ts';
import { lockQueues, readQueues } from './ordering.ts';
import { unnest } from './unnest.ts';

/** See `Engine.owe`. The array makes the planner look up each event in its own partition. */
export function* owe(
  ids: IdSource,
  endpoint: EndpointId,
  events: readonly OwedEvent[],
  order: Order,
): Work<Ordered> {
  if (events.length === 0) return { count: 0, due: [] };
  const { replay, now } = order;
  const owed = planOwed(ids, endpoint, events);
  const ranges = owed.map(({ seq, first, last }) => [seq, first, last]);
  yield* run(sql`
    update events v set deliveries = v.deliveries + 1, first_delivery = g.first, last_delivery = g.last
    from ${unnest('g', { seq: 'bigint', first: 'text', last: 'text' }, ranges)}
    where v.seq = g.seq and v.seq = any(${owed.map(({ seq }) => seq)}::bigint[])`);
  const joined = queuesOf(owed);
  yield* lockQueues(joined);
  const queues = yield* readQueues(joined);
  const due: EndpointId[] = [];
  const rows = owed.map(({ id, tenant, mode, seq, ordering_key: key }) => {
    const isParked = queues.join(endpoint, key);
    if (!isParked) due.push(endpoint);
    return [id, tenant, mode, seq, key, isParked ? parkedUntil : now];
  });
  yield* run(sql`
    insert into deliveries_waiting (
      id, tenant, mode, endpoint, event_seq, ordering_key, attempts, step, first_due_at,
      due_at, lease, claimed_by, is_ordered, was_delivered, replay
    )
    select id, tenant, mode, ${endpoint}, event_seq, ordering_key, 0, ${stepOf(order)}::int, ${now}::bigint,
      due_at, 0, null, true, false, ${replay}
    from ${unnest('o', owedColumns, rows)} order by o.place`);
  return { count: rows.length, due: due.slice(0, 1) };
}

const owedColumns = {
  id: 'text',
  tenant: 'text',
  mode: 'text',
  event_seq: 'bigint',
  ordering_key: 'text',
  due_at: 'bigint',
} as const;
