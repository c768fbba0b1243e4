// The one statement that writes a batch of events: their ids, themselves, and what is owed of them.
import type { DeliveryId } from '#core/delivery.ts';
import { columnParameters, type ColumnType, toColumns } from './columns.ts';
import { type Queries, sql, type Value } from './database.ts';

/** The numbers that a fresh claim got when it was written. */
export interface Numbers {
  readonly seq: number;
  readonly eventSeq: number;
}

/** Writes the rows, each a list of values in the order of the statement; answers the numbers of what is claimed. */
export async function insertPublished(
  queries: Queries,
  rows: { readonly events: readonly Value[][]; readonly waiting: readonly Value[][] },
  now: number,
  process: number,
): Promise<Map<DeliveryId, Numbers>> {
  const values = [
    ...toColumns(rows.events, eventTypes),
    ...toColumns(rows.waiting, waitingTypes),
    now,
    process,
  ];
  const written = await queries.write<ClaimedRow>(insertAll, values);
  return new Map(written.map((row) => [row.id, { seq: row.seq, eventSeq: row.event_seq }]));
}

interface ClaimedRow {
  readonly id: DeliveryId;
  readonly seq: number;
  readonly event_seq: number;
}

// prettier-ignore
const eventTypes: readonly ColumnType[] = [
  'bigint', 'text', 'text', 'text', 'text', 'text', 'text', 'bigint', 'text', 'int', 'text', 'text',
  'bytea',
];
const waitingTypes: readonly ColumnType[] = ['text', 'bigint', 'text', 'bigint', 'boolean'];

/**
 * Ids are inserted in their order: two batches with the same ids wait for each other in one direction only.
 * Numbers are given in the order of the batch, under the locks of its queues. A fresh claim has lease 1.
 */
const insertAll = sql`
  with given as materialized (
    select g.base + nextval('event_numbers') as seq, g.*
    from unnest(${columnParameters(eventTypes)}) with ordinality as g(
      base, id, tenant, mode, type, fingerprint, ordering_key, occurred_at,
      traceparent, deliveries, first_delivery, last_delivery, payload, place
    )
  ), ids as (
    insert into event_ids (id, tenant, mode, seq)
    select id, tenant, mode, seq from given order by id collate "C", tenant, mode
  ), written as (
    insert into events (
      seq, id, tenant, mode, type, fingerprint, ordering_key, occurred_at, created_at,
      traceparent, deliveries, first_delivery, last_delivery, payload
    )
    select seq, id, tenant, mode, type, fingerprint, ordering_key, occurred_at, $19,
      traceparent, deliveries, first_delivery, last_delivery, payload
    from given
  ), owed as (
    insert into deliveries_waiting (
      id, tenant, mode, endpoint, event_seq, ordering_key, attempts, step, first_due_at,
      due_at, lease, claimed_by, is_ordered, was_delivered
    )
    select o.id, v.tenant, v.mode, o.endpoint, v.seq, v.ordering_key, 0, 0, $19,
      o.due_at, case when o.is_claimed then 1 else 0 end, case when o.is_claimed then $20::int end, false, false
    from unnest(${columnParameters(waitingTypes, eventTypes.length + 1)}) with ordinality
      as o(id, event, endpoint, due_at, is_claimed, place)
    join given v on v.place = o.event
    order by o.place
    returning id, seq, event_seq, claimed_by
  )
  select id, seq, event_seq from owed where claimed_by is not null`;
