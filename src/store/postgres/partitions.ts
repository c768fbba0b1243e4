// Partitions by time: events, ended deliveries and attempts have one partition each for every UTC day. A day is named by
// its number since 1970.
import { dayMs } from '#core/archive.ts';
import { firstIdAt, idMs } from '#lib/ids.ts';
import { numbersPerDay } from '../event-numbers.ts';
import { type Sql, sql, word } from '../sql.ts';
import { hasCode } from './advice.ts';
import { lockClass } from './context.ts';
import type { Database, Queries } from './database.ts';

export { dayMs };

export function dayAt(ms: number): number {
  return Math.floor(ms / dayMs);
}

/** Where the numbers of a day's events begin. */
export function firstNumber(day: number): number {
  return day * numbersPerDay;
}

/** Where the numbers begin of an event whose deliveries have ids from `firstDelivery` on. */
export function numberBase(now: number, firstDelivery: string | null): number {
  return firstNumber(dayAt(firstDelivery === null ? now : idMs(firstDelivery)));
}

/** The smallest id of a delivery of a day. */
export function firstDeliveryId(day: number): string {
  return firstIdAt('dlv', day * dayMs);
}

/** How many days are created ahead of time, so that housekeeping may fail for as long. */
const daysAhead = 2;
const daysMax = 100;

export const partitionedTables = ['events', 'deliveries_ended', 'attempts'] as const;

/** A table's partition of a day: `events_20260131`. */
export function partitionOf(table: string, day: number): Sql {
  const date = new Date(day * dayMs).toISOString().slice(0, 'yyyy-mm-dd'.length);
  return word(`${table}_${date.replaceAll('-', '')}`);
}

/** The day of a date like `20260131`. */
function parseDay(date: string): number {
  const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6)].map(Number);
  return dayAt(Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1));
}

/** The days that have partitions, oldest first. */
export async function listDays(queries: Queries): Promise<number[]> {
  const rows = await queries.all<{ date: string }>(sql`
    select right(c.relname, 8) as date from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'events'::regclass and c.relname ~ '^events_[0-9]{8}$' order by 1`);
  return rows.map((row) => parseDay(row.date));
}

/** Creates the missing partitions of today and of the days ahead. */
export function createPartitions(db: Database, now: number): Promise<void> {
  return createPartitionsSince(db, now, now);
}

/** Those of the days since, too; what is older than the last `daysMax` days is in the default partitions. */
export async function createPartitionsSince(db: Database, since: number, now: number): Promise<void> {
  const today = dayAt(now);
  const existing = new Set(await listDays(db));
  for (let day = Math.max(dayAt(since), today - daysMax); day <= today + daysAhead; day++) {
    if (!existing.has(day)) await createDay(db, day);
  }
}

/**
 * Created beside the table and then attached, which blocks no writer meanwhile. If the default partition has rows of that
 * day already, or another transaction holds the table for long, the day has no partition: its rows are in the default.
 */
async function createDay(db: Database, day: number): Promise<void> {
  try {
    await db.transaction(async (tx) => {
      if (!(await tryUpkeep(tx)) || (await listDays(tx)).includes(day)) return;
      await tx.run(limitLockWait);
      for (const table of partitionedTables) {
        const [parent, partition] = [word(table), partitionOf(table, day)];
        const [from, to] = [firstKey(table, day), firstKey(table, day + 1)];
        await tx.run(sql`create table ${partition} (like ${parent} including all)`);
        await tx.run(sql`
          alter table ${parent} attach partition ${partition} for values from (${from}) to (${to})`);
      }
    });
  } catch (error) {
    if (!hasCode(error, '23514', '55P03')) throw error;
  }
}

/** The first key of a day's partition as a literal: DDL takes no parameters. */
function firstKey(table: (typeof partitionedTables)[number], day: number): Sql {
  return table === 'events' ? word(String(firstNumber(day))) : sql`'${word(firstDeliveryId(day))}'`;
}

/** Takes the lock of the process that does the upkeep of tables, until the transaction ends. */
export async function tryUpkeep(tx: Queries): Promise<boolean> {
  const row = await tx.get<{ is_mine: boolean }>(sql`
    select pg_try_advisory_xact_lock(${lockClass.upkeep}::int, 0) as is_mine`);
  return row?.is_mine === true;
}

/** A transaction that waits for a table makes all others wait behind it: briefly only. Retention tries again. */
export const limitLockWait = sql`set local lock_timeout = '200ms'`;
