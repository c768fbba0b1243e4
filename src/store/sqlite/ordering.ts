// Order per key: of the waiting deliveries of one endpoint under one ordering key, the first (by `seq`) may be
// sent and the others are parked. Whoever ends the first one promotes the next in the same transaction.
import { parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { type Database, sql } from './database.ts';

/** One queue: an endpoint and an ordering key of its deliveries. */
export type Queue = readonly [endpoint: EndpointId, orderingKey: string];

/** Knows which queues have something waiting, also while rows are being added. */
export interface Queues {
  /** Adds a row to the queue and says whether it has to be parked behind another. */
  join(endpoint: EndpointId, orderingKey: string | null): boolean;
}

/** Reads which of these queues have something waiting. */
export function readQueues(db: Database, asked: readonly Queue[]): Queues {
  const busy = new Set<string>();
  if (asked.length > 0) {
    for (const row of db.all<{ queue: string }>(selectBusy, JSON.stringify(asked))) busy.add(row.queue);
  }
  return {
    join(endpoint, orderingKey) {
      if (orderingKey === null) return false;
      const queue = JSON.stringify([endpoint, orderingKey]);
      if (busy.has(queue)) return true;
      busy.add(queue);
      return false;
    },
  };
}

/** Makes the first of each queue due, and answers the endpoints of those that were parked. */
export function promote(db: Database, queues: readonly Queue[], now: number): EndpointId[] {
  if (queues.length === 0) return [];
  return db
    .all<{ endpoint: EndpointId }>(updateFirst, now, JSON.stringify(queues), parkedUntil)
    .map((row) => row.endpoint);
}

/** `queue` is the pair as JSON, as it was given. */
const selectBusy = sql`
  select asked.value as queue from json_each(?) as asked
  where exists (
    select 1 from deliveries_waiting indexed by deliveries_waiting_by_key
    where endpoint = asked.value ->> 0 and ordering_key = asked.value ->> 1
  )`;

const updateFirst = sql`
  update deliveries_waiting set due_at = ?
  where seq in (
    select (
      select min(seq) from deliveries_waiting indexed by deliveries_waiting_by_key
      where endpoint = asked.value ->> 0 and ordering_key = asked.value ->> 1
    ) from json_each(?) as asked
  ) and due_at = ?
  returning endpoint`;
