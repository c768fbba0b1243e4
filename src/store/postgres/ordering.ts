// Order per key: of the waiting deliveries of one endpoint under one ordering key, the first (by `seq`) may be
// sent and the others are parked. Whoever adds to such a queue or ends its first holds the queue's lock until
// the transaction is written: so a row is never parked behind one that is just ending, and two are never first.
import { parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { lockClass } from './context.ts';
import { type Queries, sql } from './database.ts';

/** One queue: an endpoint and an ordering key of its deliveries, as it is stored. */
export type Queue = readonly [endpoint: EndpointId, orderingKey: string];

/** Knows which queues have something waiting, also while rows are being added. */
export interface Queues {
  /** Adds a row to the queue and says whether it has to be parked behind another. */
  join(endpoint: EndpointId, orderingKey: string | null): boolean;
}

/** Queues share this many locks: what one transaction can hold fits in the server's table of locks. */
const locksMax = 512;

/** Locks these queues until the transaction ends, in one order for everybody, so that nobody waits in a ring. */
export async function lockQueues(tx: Queries, queues: readonly Queue[]): Promise<void> {
  if (queues.length === 0) return;
  const locks = [...new Set(queues.map(lockOf))].toSorted((a, b) => a - b);
  await tx.all(selectLocks, [lockClass.queue, locks]);
}

/** Reads which of these queues have something waiting. Their locks must be held. */
export async function readQueues(tx: Queries, asked: readonly Queue[]): Promise<Queues> {
  const busy = new Set<string>();
  if (asked.length > 0) {
    for (const { endpoint, key } of await tx.all<QueueRow>(selectBusy, split(asked))) {
      busy.add(`${endpoint} ${key}`);
    }
  }
  return {
    join(endpoint, orderingKey) {
      if (orderingKey === null) return false;
      const queue = `${endpoint} ${orderingKey}`;
      if (busy.has(queue)) return true;
      busy.add(queue);
      return false;
    },
  };
}

/** Makes the first of each queue due, and answers the endpoints of those that were parked. */
export async function promote(tx: Queries, queues: readonly Queue[], now: number): Promise<EndpointId[]> {
  if (queues.length === 0) return [];
  const values = [...split(queues), now, parkedUntil];
  return (await tx.all<{ endpoint: EndpointId }>(updateFirst, values)).map((row) => row.endpoint);
}

interface QueueRow {
  readonly endpoint: EndpointId;
  readonly key: string;
}

function split(queues: readonly Queue[]): [EndpointId[], string[]] {
  return [queues.map(([endpoint]) => endpoint), queues.map(([, key]) => key)];
}

/** FNV-1a over the UTF-16 units: every process must name the same lock. */
function lockOf([endpoint, key]: Queue): number {
  let hash = 0x811c9dc5;
  for (const text of [endpoint, ' ', key]) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash % locksMax;
}

/** `unnest` gives them in the order of the array. */
const selectLocks = sql`select pg_advisory_xact_lock($1::int, lock) from unnest($2::int[]) as lock`;

const selectBusy = sql`
  select asked.endpoint, asked.key from unnest($1::text[], $2::text[]) as asked(endpoint, key)
  where exists (
    select 1 from deliveries_waiting w where w.endpoint = asked.endpoint and w.ordering_key = asked.key
  )`;

const updateFirst = sql`
  update deliveries_waiting w set due_at = $3
  from (
    select (
      select d.seq from deliveries_waiting d
      where d.endpoint = asked.endpoint and d.ordering_key = asked.key order by d.seq limit 1
    ) as seq from unnest($1::text[], $2::text[]) as asked(endpoint, key)
  ) as first
  where w.seq = first.seq and w.due_at = $4
  returning w.endpoint`;
