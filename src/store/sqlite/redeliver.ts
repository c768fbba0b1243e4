// Redelivery: deliveries in any state become due again. It respects ordering: behind something that waits under
// its key, a delivery joins the end of the queue.
import { type DeliveryId, parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { DeliveryRow } from '../records/delivery-rows.ts';
import { type Order, stepOf } from '../claims.ts';
import { queuesOf } from '../queues.ts';
import type { Ordered } from '../records/engine.ts';
import { all, type Work } from '../records/work.ts';
import { sql } from '../sql.ts';
import type { Context } from './memory.ts';
import { readQueues } from './ordering.ts';
import { insertWaiting } from './publish-rows.ts';

/** See `Engine.redeliver`. */
export function* redeliver(context: Context, rows: readonly DeliveryRow[], order: Order): Work<Ordered> {
  const waiting = rows.filter((row) => row.is_ended === 0);
  const ended = rows.filter((row) => row.is_ended === 1);
  const updated = waiting.length === 0 ? [] : yield* makeDue(waiting, order);
  const due = ended.length === 0 ? [] : yield* reopen(context, ended, order);
  return { count: updated.length + ended.length, due: [...new Set([...updated, ...due])] };
}

/** A parked delivery stays parked; one with a valid claim (its `due_at` is in the future) is left alone. */
function* makeDue(rows: readonly DeliveryRow[], { replay, now }: Order): Work<EndpointId[]> {
  const asked = rows.map(({ tenant, mode, id }) => [tenant, mode, id]);
  const updated = yield* all<{ endpoint: EndpointId }>(sql`
    update deliveries_waiting
    set is_ordered = 1, replay = ${replay},
      scheduled_at = case due_at when ${parkedUntil} then ${now} else due_at end,
      due_at = case due_at when ${parkedUntil} then due_at else ${now} end
    where seq in (
      select w.seq from json_each(${asked}) as asked cross join deliveries_waiting w
        on w.tenant = asked.value ->> 0 and w.mode = asked.value ->> 1 and w.id = asked.value ->> 2
      where w.is_ordered = 0 and (w.is_claimed = 0 or w.due_at <= ${now})
    ) returning endpoint`);
  return updated.map((row) => row.endpoint);
}

function* reopen({ db, memory }: Context, rows: readonly DeliveryRow[], order: Order): Work<EndpointId[]> {
  const { replay, now } = order;
  const ids = rows.map((row) => row.id);
  const deleted = yield* all<{ id: DeliveryId; state: string }>(sql`
    delete from deliveries_ended
    where seq in (
      select d.seq from json_each(${ids}) as asked cross join deliveries_ended d on d.id = asked.value
    ) returning id, state`);
  const before = new Map(deleted.map((row) => [row.id, row.state]));
  const queues = readQueues(db, queuesOf(rows));
  const due: EndpointId[] = [];
  const reopened = rows.map((row) => {
    const isParked = queues.join(row.endpoint, row.ordering_key);
    if (!isParked) due.push(row.endpoint);
    // prettier-ignore
    return [
      ++memory.last.waiting, row.id, row.tenant, row.mode, row.endpoint, row.event_seq, row.ordering_key,
      row.attempts, stepOf(order), now, isParked ? parkedUntil : now, 0, 0, 1, before.get(row.id) === 'delivered' ? 1 : 0,
      0, replay,
    ];
  });
  db.insert(insertWaiting, reopened);
  db.afterCommit(() => (memory.waiting += reopened.length));
  return due;
}
