// Ordering: of the waiting deliveries of one endpoint under one ordering key, the first (by `seq`) may be sent and the
// others are parked. A transaction that adds to such a queue or ends its first holds the queue's lock until it commits:
// so no row is parked behind one that is just ending, and no two are first.
import { parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { type Queue, type QueueRow, type Queues, trackQueues } from '../queues.ts';
import { all, type Work } from '../records/work.ts';
import { type Sql, sql } from '../sql.ts';
import { lockClass } from './context.ts';
import { unnest } from './unnest.ts';

/** Queues share this many locks: what one transaction can hold fits into the server's lock table. */
const locksMax = 512;

/** Locks these queues until the transaction ends, in one order for all transactions, which avoids deadlocks. */
export function* lockQueues(queues: readonly Queue[]): Work<void> {
  if (queues.length === 0) return;
  const locks = [...new Set(queues.map(lockOf))].toSorted((a, b) => a - b);
  // `unnest` gives them in the order of the array.
  yield* all(sql`
    select pg_advisory_xact_lock(${lockClass.queue}::int, lock) from unnest(${locks}::int[]) as lock`);
}

/** Reads which of these queues have something waiting. Their locks must be held. */
export function* readQueues(queues: readonly Queue[]): Work<Queues> {
  if (queues.length === 0) return trackQueues([]);
  const busy = yield* all<QueueRow>(sql`
    select asked.endpoint, asked.key from ${unnestQueues(queues)}
    where exists (
      select 1 from deliveries_waiting w where w.endpoint = asked.endpoint and w.ordering_key = asked.key
    )`);
  return trackQueues(busy);
}

/** Makes the first of each queue due. Returns the endpoints of those that were parked. */
export function* promote(queues: readonly Queue[], now: number): Work<EndpointId[]> {
  if (queues.length === 0) return [];
  const promoted = yield* all<{ endpoint: EndpointId }>(sql`
    update deliveries_waiting w set due_at = ${now}
    from (
      select (
        select d.seq from deliveries_waiting d
        where d.endpoint = asked.endpoint and d.ordering_key = asked.key order by d.seq limit 1
      ) as seq from ${unnestQueues(queues)}
    ) as first
    where w.seq = first.seq and w.due_at = ${parkedUntil}
    returning w.endpoint`);
  return promoted.map((row) => row.endpoint);
}

function unnestQueues(queues: readonly Queue[]): Sql {
  return unnest('asked', { endpoint: 'text', key: 'text' }, queues);
}

/** FNV-1a over the UTF-16 units: every process must compute the same lock. */
function lockOf([endpoint, key]: Queue): number {
  let hash = 0x811c9dc5;
  for (const text of [endpoint, ' ', key]) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash % locksMax;
}
