// The one statement that writes a batch of events: their ids, the events, and their deliveries.
import { hash } from 'node:crypto';
import type { DeliveryId } from '#core/delivery.ts';
import type { Event } from '#core/event.ts';
import type { IdRange } from '#lib/ids.ts';
import type { Planned } from '../decide.ts';
import { writeMetadata } from '../records/event-rows.ts';
import { sql, type Value } from '../sql.ts';
import type { Queries } from './database.ts';
import { selectClosed } from './closed-slots.ts';
import { numberBase } from './partitions.ts';
import { toStored } from './text.ts';
import { unnest } from './unnest.ts';

/** The row of an event whose deliveries have the ids of this range, in the order of `eventColumns`. */
export function eventRow({ event, targets, filtered }: Planned, ids: IdRange | null, now: number): Value[] {
  const { id, tenant, mode, type, orderingKey, occurredAt, traceparent, payload, metadata, number } = event;
  const first = ids?.first ?? null;
  // prettier-ignore
  return [
    numberBase(now, first), toStored(id), tenant, mode, type, fingerprint(event),
    orderingKey === null ? null : toStored(orderingKey), occurredAt,
    traceparent, targets.length, first, ids?.last ?? null, payload, writeMetadata(metadata), number,
    filtered || null,
  ];
}

/**
 * SHA-256 of mode, type and payload, in hex. This version compares the payloads of events with the same id; the first ones, which
 * may run beside it while processes are upgraded one by one, compare this.
 */
function fingerprint({ type, mode, payload }: Event): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${mode}\n${type}\n`), payload]), 'hex');
}

/** The numbers that a fresh claim got when it was written. */
export interface Numbers {
  readonly seq: number;
  readonly eventSeq: number;
}

interface Rows {
  /** Each in the order of `eventColumns`. */
  readonly events: readonly (readonly Value[])[];
  /** Each in the order of `waitingColumns`. */
  readonly waiting: readonly (readonly Value[])[];
  /** The places of test events, from 1. */
  readonly tests: readonly number[];
  /** Nothing is written when one of these slots is closed; null where none can be. */
  readonly slots: readonly number[] | null;
}

/** Some of the slots of a batch are closed in this database, and nothing of it was written. */
export class BatchClosed extends Error {
  readonly slots: ReadonlySet<number>;

  constructor(slots: readonly number[]) {
    super(`slots that are closed: ${slots.join(', ')}`);
    this.slots = new Set(slots);
  }
}

/**
 * Writes the rows. Returns the numbers of what is claimed. Ids are inserted in order: two batches with the same ids wait
 * for each other in one direction only. Numbers are given in the order of the batch, under the locks of its queues. A
 * fresh claim has lease 1. The lock tells readers of the feed how low the numbers can be: see `feedBound`. Throws `BatchClosed`.
 */
export async function insertPublished(
  queries: Queries,
  { events, waiting, tests, slots }: Rows,
  now: number,
  process: number,
): Promise<Map<DeliveryId, Numbers>> {
  const written = await queries.write<ClaimedRow>(sql`
    with ${slots === null ? sql`` : sql`closed as materialized (${selectClosed(slots)}), `}bound as materialized (
      select pg_advisory_xact_lock_shared(${lowestBase(events)}::bigint + last_value)::text as lock from event_numbers
      ${slots === null ? sql`` : sql`where not exists (select 1 from closed)`}
    ), given as materialized (
      select g.base + nextval('event_numbers') as seq, g.*
      from bound cross join ${unnest('g', eventColumns, events)} where bound.lock is not null
    ), ids as (
      insert into event_ids (id, tenant, mode, seq)
      select id, tenant, mode, seq from given order by id collate "C", tenant, mode
    ), written as (
      insert into events (
        seq, id, tenant, mode, type, fingerprint, ordering_key, occurred_at, created_at,
        traceparent, deliveries, first_delivery, last_delivery, payload, metadata, number, filtered
      )
      select seq, id, tenant, mode, type, fingerprint, ordering_key, occurred_at, ${now}::bigint,
        traceparent, deliveries, first_delivery, last_delivery, payload, metadata, number, filtered
      from given
    ), owed as (
      insert into deliveries_waiting (
        id, tenant, mode, endpoint, event_seq, ordering_key, attempts, step, first_due_at,
        due_at, lease, claimed_by, is_ordered, was_delivered, is_test
      )
      select o.id, v.tenant, v.mode, o.endpoint, v.seq, v.ordering_key, 0, 0, ${now}::bigint,
        o.due_at, case when o.is_claimed then 1 else 0 end, case when o.is_claimed then ${process}::int end,
        false, false, o.event = any(${tests}::bigint[])
      from ${unnest('o', waitingColumns, waiting)}
      join given v on v.place = o.event
      order by o.place
      returning id, seq, event_seq, claimed_by
    )
    select id, seq, event_seq from owed where claimed_by is not null
    ${slots === null ? sql`` : sql`union all select null, slot, null from closed`}`);
  const closed = written.filter(({ id }) => id === null).map(({ seq }) => seq);
  if (closed.length > 0) throw new BatchClosed(closed);
  return new Map(
    written.flatMap((row) => (row.id === null ? [] : [[row.id, { seq: row.seq, eventSeq: row.event_seq }]])),
  );
}

/** Where the numbers of the earliest day begin. */
function lowestBase(events: Rows['events']): number {
  return Math.min(...events.map(([base]) => Number(base)));
}

/** A claim, or without an id a closed slot as `seq`. */
interface ClaimedRow {
  readonly id: DeliveryId | null;
  readonly seq: number;
  readonly event_seq: number;
}

const eventColumns = {
  base: 'bigint',
  id: 'text',
  tenant: 'text',
  mode: 'text',
  type: 'text',
  fingerprint: 'text',
  ordering_key: 'text',
  occurred_at: 'bigint',
  traceparent: 'text',
  deliveries: 'int',
  first_delivery: 'text',
  last_delivery: 'text',
  payload: 'bytea',
  metadata: 'text',
  number: 'bigint',
  filtered: 'int',
} as const;

/** `event` is the place of the event in its table, from 1. */
const waitingColumns = {
  id: 'text',
  event: 'bigint',
  endpoint: 'text',
  due_at: 'bigint',
  is_claimed: 'boolean',
} as const;
