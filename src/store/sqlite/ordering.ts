// Ordering: of the waiting deliveries of one endpoint under one ordering key, the first (by `seq`) may be sent and the
// others are parked. The transaction that ends the first promotes the next.
import { parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { type Queue, type QueueRow, type Queues, trackQueues } from '../queues.ts';
import { sql } from '../sql.ts';
import type { Database } from './database.ts';

/** Reads which of these queues have something waiting. */
export function readQueues(db: Database, asked: readonly Queue[]): Queues {
  if (asked.length === 0) return trackQueues([]);
  const busy = db.all<QueueRow>(sql`
    select asked.value ->> 0 as endpoint, asked.value ->> 1 as key from json_each(${asked}) as asked
    where exists (
      select 1 from deliveries_waiting indexed by deliveries_waiting_by_key
      where endpoint = asked.value ->> 0 and ordering_key = asked.value ->> 1
    )`);
  return trackQueues(busy);
}

/** Makes the first of each queue due. Returns the endpoints of those that were parked. */
export function promote(db: Database, queues: readonly Queue[], now: number): EndpointId[] {
  if (queues.length === 0) return [];
  const promoted = db.all<{ endpoint: EndpointId }>(sql`
    update deliveries_waiting set due_at = ${now}
    where seq in (
      select (
        select min(seq) from deliveries_waiting indexed by deliveries_waiting_by_key
        where endpoint = asked.value ->> 0 and ordering_key = asked.value ->> 1
      ) from json_each(${queues}) as asked
    ) and due_at = ${parkedUntil}
    returning endpoint`);
  return promoted.map((row) => row.endpoint);
}
