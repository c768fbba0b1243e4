// New deliveries of events that were published before, for one endpoint. Behind something that waits under its ordering
// key, a delivery joins the end of the queue.
import { parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { type Order, stepOf } from '../claims.ts';
import { planOwed } from '../owing.ts';
import { queuesOf } from '../queues.ts';
import type { Ordered, OwedEvent } from '../records/engine.ts';
import { run, type Work } from '../records/work.ts';
import { sql } from '../sql.ts';
import type { Context } from './memory.ts';
import { readQueues } from './ordering.ts';
import { insertWaiting } from './publish-rows.ts';

/** See `Engine.owe`. */
export function* owe(
  { db, ids, memory }: Context,
  endpoint: EndpointId,
  events: readonly OwedEvent[],
  order: Order,
): Work<Ordered> {
  const { replay, now } = order;
  const owed = planOwed(ids, endpoint, events);
  const queues = readQueues(db, queuesOf(owed));
  const due: EndpointId[] = [];
  const rows = owed.map(({ id, tenant, mode, seq, ordering_key: key }) => {
    const isParked = queues.join(endpoint, key);
    if (!isParked) due.push(endpoint);
    // prettier-ignore
    return [
      ++memory.last.waiting, id, tenant, mode, endpoint, seq, key, 0, stepOf(order), now,
      isParked ? parkedUntil : now, 0, 0, 1, 0, 0, replay,
    ];
  });
  db.insert(insertWaiting, rows);
  db.afterCommit(() => (memory.waiting += rows.length));
  const ranges = owed.map(({ seq, first, last }) => [seq, first, last]);
  yield* run(sql`
    update events set deliveries = deliveries + 1, first_delivery = given.value ->> 1, last_delivery = given.value ->> 2
    from json_each(${ranges}) as given where events.seq = given.value ->> 0`);
  return { count: rows.length, due: due.slice(0, 1) };
}
