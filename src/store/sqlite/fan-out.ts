import { type DeliveryId, parkedUntil } from '#core/delivery.ts';
import type { Staged } from '../decide.ts';
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
import type { Context } from './memory.ts';
import { readQueues } from './ordering.ts';
import { eventRow, freshRow, insertEvents, insertWaiting } from './publish-rows.ts';
import { anyOf, text } from './text.ts';

/** Writes the events of these publications and what is owed to them, inside an open transaction. */
export function stage(
  { db, ids }: Context,
  staged: readonly Staged[],
  now: number,
): ReadonlyMap<number, FanOut> {
  const fanOuts = new Map<number, FanOut>();
  for (const { index, planned } of staged) {
    const made = planFanOut(planned, ids, now);
    const rows = planned.map((one, nth) => {
      const range = made.events[nth]?.ids;
      return eventRow(one, [one.targets.length, range?.first ?? null, range?.last ?? null]);
    });
    db.insert(insertEvents, rows);
    const { events, endpoints } = fanOutColumns(made);
    const [row] = db.all<{ id: number }>(sql`
      insert into fan_outs (events, endpoints, written) values (${events}, ${endpoints}, 0) returning id`);
    fanOuts.set(index, { id: row?.id ?? 0, ...made });
  }
  return fanOuts;
}

/** See `EventStore.fanOut`. */
export function writePiece(context: Context, fanOut: FanOut, count: number, now: number): Promise<FannedOut> {
  const { db, memory } = context;
  return db.together(() => {
    const piece = nextPiece(fanOut, count);
    const owed = piece.map(({ endpoint, event }) => ({ endpoint, ordering_key: event.orderingKey }));
    const queues = readQueues(db, queuesOf(owed));
    const unparked: PieceRow[] = [];
    const rows = piece.map((row) => {
      const { id, event, endpoint } = row;
      const isParked = queues.join(endpoint, event.orderingKey);
      if (!isParked) unparked.push(row);
      const dueAt = isParked ? parkedUntil : now;
      return freshRow(++memory.last.waiting, id as DeliveryId, endpoint, event, now, dueAt, 0);
    });
    db.insert(insertWaiting, rows);
    const rest = afterPiece(fanOut, piece);
    if (rest === null) db.run(sql`delete from fan_outs where id = ${fanOut.id}`);
    else db.run(sql`update fan_outs set written = ${rest.written} where id = ${fanOut.id}`);
    db.afterCommit(() => (memory.waiting += rows.length));
    const endpoints = unparked.map((row) => row.endpoint);
    return { rest, due: db.perform(readEnabled(anyOf, endpoints)) };
  });
}

/** All that are in the file: at the start they are those of processes that have ended. */
export function readFanOuts({ db }: Context): FanOut[] {
  const rows = db.all<FanOutRow>(sql`select id, events, endpoints, written from fan_outs order by id`);
  return rows.map((row) => {
    const events = db.all<FannedEventRow>(sql`
      select v.seq, v.tenant, v.mode, v.ordering_key, v.first_delivery, v.last_delivery
      from json_each(${eventsOf(row)}) as asked cross join events v on v.seq = asked.value`);
    return readFanOut(row, events, text.fromStored);
  });
}
