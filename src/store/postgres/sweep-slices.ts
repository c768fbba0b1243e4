// Retention by whole days: a slice that has passed is dropped, whatever its size, in some milliseconds. The few
// of its rows that are still needed move to `…_rest` before: events that are owed, and what ended late.
import { hasCode } from './advice.ts';
import { type Database, type Queries, sql } from './database.ts';
import {
  dayMs,
  firstDeliveryId,
  firstNumber,
  limitWaiting,
  listSlices,
  sliced,
  sliceName,
  tryUpkeep,
} from './slices.ts';

/** So many rows are moved at most: a slice of which more is needed is swept row by row. */
export const keptMax = 5_000;

/** One bounded step towards dropping the oldest slice that has passed. Answers how many rows it touched. */
export async function dropSlice(db: Database, before: number, rowsMax: number): Promise<number> {
  for (const slice of await listSlices(db)) {
    if ((slice + 1) * dayMs > before) return 0;
    const kept = await readKept(db, slice, before);
    if (kept === null) continue;
    const ids = await forgetIds(db, slice, kept.events, rowsMax);
    return ids > 0 ? ids : drop(db, slice, before);
  }
  return 0;
}

/** What of a slice is still needed. */
interface Kept {
  readonly events: readonly number[];
  readonly deliveries: readonly string[];
}

/** Null when it is too much to be moved. Walks what waits: once for each day that is dropped. */
async function readKept(queries: Queries, slice: number, before: number): Promise<Kept | null> {
  // prettier-ignore
  const values = [
    firstNumber(slice), firstNumber(slice + 1), firstDeliveryId(slice), firstDeliveryId(slice + 1),
    before, keptMax + 1,
  ];
  const rows = await queries.all<{ id: string; event_seq: number }>(selectKept, values);
  if (rows.length > keptMax) return null;
  return { events: [...new Set(rows.map((row) => row.event_seq))], deliveries: rows.map((row) => row.id) };
}

/** The ids of its events go first, in steps: they lie in a table that is not sliced. */
async function forgetIds(
  db: Database,
  slice: number,
  kept: readonly number[],
  rowsMax: number,
): Promise<number> {
  return db.transaction(async (tx) => {
    if (!(await tryUpkeep(tx))) return 0;
    return tx.run(deleteIds, [firstNumber(slice), firstNumber(slice + 1), kept, rowsMax]);
  });
}

/** Looks again under the lock what is needed: what was ordered again meanwhile is not lost. */
async function drop(db: Database, slice: number, before: number): Promise<number> {
  const name = sliceName(slice);
  try {
    return await db.transaction(async (tx) => {
      if (!(await tryUpkeep(tx)) || !(await listSlices(tx)).includes(slice)) return 0;
      await tx.run(limitWaiting);
      await tx.run(sql`lock table ${sliced.join(', ')} in access exclusive mode`);
      const kept = await readKept(tx, slice, before);
      if (kept === null) return 0;
      for (const table of sliced) await tx.run(sql`alter table ${table} detach partition ${table}_${name}`);
      await move(tx, name, kept);
      for (const table of sliced) await tx.run(sql`drop table ${table}_${name}`);
      return sliced.length + kept.deliveries.length;
    });
  } catch (error) {
    // Somebody reads it for long: at another time.
    if (hasCode(error, '55P03')) return 0;
    throw error;
  }
}

async function move(tx: Queries, name: string, kept: Kept): Promise<void> {
  if (kept.deliveries.length === 0) return;
  await tx.run(sql`insert into events select * from events_${name} where seq = any($1)`, [kept.events]);
  await tx.run(insertIds, [kept.events]);
  const ofDeliveries = (table: string, column: string) =>
    sql`insert into ${table} select * from ${table}_${name} where ${column} = any($1)`;
  await tx.run(ofDeliveries('deliveries_ended', 'id'), [kept.deliveries]);
  await tx.run(ofDeliveries('attempts', 'delivery'), [kept.deliveries]);
}

/** What waits for its attempts, and what ended inside the time that is kept. */
const selectKept = sql`
  (select w.id, w.event_seq from deliveries_waiting w where w.event_seq >= $1 and w.event_seq < $2 limit $6)
  union all
  (select d.id, d.event_seq from deliveries_ended d where d.id >= $3 and d.id < $4 and d.ended_at >= $5 limit $6)`;

const deleteIds = sql`
  delete from event_ids where ctid = any(array(
    select ctid from event_ids where seq >= $1 and seq < $2 and seq <> all($3::bigint[]) limit $4
  ))`;

/** An id that has just been forgotten, of an event that was ordered again meanwhile. */
const insertIds = sql`
  insert into event_ids (id, tenant, mode, seq)
  select id, tenant, mode, seq from events where seq = any($1) on conflict do nothing`;
