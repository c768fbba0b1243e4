import { parkedUntil } from '#core/delivery.ts';
import type { Planned, Staged } from '../decide.ts';
import {
  afterPiece,
  eventsOf,
  fanOutColumns,
  type FannedEventRow,
  type FanOutRow,
  nextPiece,
  type PieceRow,
  planFanOut,
  readFanOut,
} from '../fan-out.ts';
import { queuesOf } from '../queues.ts';
import { readEnabled } from '../records/subscribers.ts';
import { sql } from '../sql.ts';
import type { FannedOut, FanOut } from '../store.ts';
import { slotsToCheck } from './closed-slots.ts';
import type { Context } from './context.ts';
import { perform, type Queries, type Transaction } from './database.ts';
import { lockQueues, readQueues } from './ordering.ts';
import { eventRow, insertPublished } from './publish-rows.ts';
import { anyOf, text, toStored } from './text.ts';
import { unnest } from './unnest.ts';

/** Writes the events of these publications and what is owed to them, inside an open transaction. */
export async function stage(
  context: Context,
  tx: Queries,
  staged: readonly Staged[],
  now: number,
): Promise<ReadonlyMap<number, FanOut>> {
  const { ids, process } = context;
  const fanOuts = new Map<number, FanOut>();
  for (const { index, planned } of staged) {
    const made = planFanOut(planned, ids, now);
    const rows = planned.map((one, nth) => eventRow(one, made.events[nth]?.ids ?? null, now));
    const slots = slotsToCheck(context, planned);
    await insertPublished(tx, { events: rows, waiting: [], tests: [], slots }, now, process);
    const numbers = await readNumbers(tx, planned);
    const numbered = {
      ...made,
      events: made.events.map((event, nth) => ({ ...event, seq: numbers[nth] ?? 0 })),
    };
    const { events, endpoints } = fanOutColumns(numbered);
    const row = await tx.get<{ id: number }>(sql`
      insert into fan_outs (owner, events, endpoints, written)
      values (${process}, ${events}, ${endpoints}, 0) returning id`);
    fanOuts.set(index, { id: row?.id ?? 0, ...numbered });
  }
  return fanOuts;
}

/** The numbers of events that were inserted in this transaction, in their order. */
async function readNumbers(tx: Queries, planned: readonly Planned[]): Promise<number[]> {
  const keys = planned.map(({ event: { id, tenant, mode } }) => [toStored(id), tenant, mode]);
  const rows = await tx.all<{ seq: number }>(sql`
    select i.seq from ${unnest('asked', { id: 'text', tenant: 'text', mode: 'text' }, keys)}
    join event_ids i on i.id = asked.id and i.tenant = asked.tenant and i.mode = asked.mode
    order by asked.place`);
  return rows.map((row) => row.seq);
}

/** See `EventStore.fanOut`. */
export async function writePiece(
  context: Context,
  fanOut: FanOut,
  count: number,
  now: number,
): Promise<FannedOut | null> {
  const written = await context.db.transaction((tx) => writePieceWithin(context, tx, fanOut, { count, now }));
  context.notify.due(written?.due ?? []);
  return written;
}

async function writePieceWithin(
  context: Context,
  tx: Transaction,
  given: FanOut,
  { count, now }: { count: number; now: number },
): Promise<FannedOut | null> {
  // Fencing: another process owns it once it has declared this one dead. The progress is read, because the answer to the
  // commit of a piece may have been lost.
  const row = await tx.get<{ written: number }>(sql`
    select written from fan_outs where id = ${given.id} and owner = ${context.process} for update`);
  if (row === undefined) return null;
  const fanOut = { ...given, written: row.written };
  const piece = nextPiece(fanOut, count);
  const rest = afterPiece(fanOut, piece);
  await tx.run(
    rest === null
      ? sql`delete from fan_outs where id = ${given.id}`
      : sql`update fan_outs set written = ${rest.written} where id = ${given.id}`,
  );
  const keyed = piece.map((row) => {
    const { orderingKey } = row.event;
    return { ...row, ordering_key: orderingKey === null ? null : toStored(orderingKey) };
  });
  const joined = queuesOf(keyed);
  await perform(tx, lockQueues(joined));
  const queues = await perform(tx, readQueues(joined));
  const unparked: PieceRow[] = [];
  const rows = keyed.map((row) => {
    const { id, event, endpoint, ordering_key: key } = row;
    const isParked = queues.join(endpoint, key);
    if (!isParked) unparked.push(row);
    return [id, event.tenant, event.mode, endpoint, event.seq, key, isParked ? parkedUntil : now];
  });
  await tx.run(sql`
    insert into deliveries_waiting (
      id, tenant, mode, endpoint, event_seq, ordering_key, attempts, step, first_due_at,
      due_at, lease, claimed_by, is_ordered, was_delivered
    )
    select id, tenant, mode, endpoint, event_seq, ordering_key, 0, 0, ${now}::bigint, due_at, 0, null, false, false
    from ${unnest('o', pieceColumns, rows)} order by o.place`);
  const endpoints = unparked.map((one) => one.endpoint);
  return { rest, due: await perform(tx, readEnabled(anyOf, endpoints)) };
}

/** Those of processes that have no row any more; see recover.ts. */
export async function takeFanOuts({ db, process }: Context): Promise<FanOut[]> {
  const rows = await db.write<FanOutRow>(sql`
    update fan_outs set owner = ${process} where not exists (select 1 from processes p where p.id = owner)
    returning id, events, endpoints, written`);
  const fanOuts = rows.map(async (row) => {
    const events = await db.all<FannedEventRow>(sql`
      select v.seq, v.tenant, v.mode, v.ordering_key, v.first_delivery, v.last_delivery
      from events v where v.seq = any(${eventsOf(row)}::bigint[])`);
    return readFanOut(row, events, text.fromStored);
  });
  return Promise.all(fanOuts);
}

const pieceColumns = {
  id: 'text',
  tenant: 'text',
  mode: 'text',
  endpoint: 'text',
  event_seq: 'bigint',
  ordering_key: 'text',
  due_at: 'bigint',
} as const;
