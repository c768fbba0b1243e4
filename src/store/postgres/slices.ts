// Slices of time: the partitions of events, ended deliveries and attempts, one of each for each UTC day.
import { firstIdAt, idMs } from '#lib/ids.ts';
import { hasCode } from './advice.ts';
import { lockClass } from './context.ts';
import { type Database, type Queries, sql } from './database.ts';

export const dayMs = 86_400_000;

/** An event's number is the number of its day times this, and what it has come to since: see the migration. */
const numbersPerSlice = 2 ** 38;

/** The number of the slice of a moment. */
export function sliceAt(ms: number): number {
  return Math.floor(ms / dayMs);
}

/** Where the numbers of a slice's events begin. */
export function firstNumber(slice: number): number {
  return slice * numbersPerSlice;
}

/** Where the numbers of an event begin that leads to deliveries with ids from `firstDelivery` on. */
export function numberBase(now: number, firstDelivery: string | null): number {
  return firstNumber(sliceAt(firstDelivery === null ? now : idMs(firstDelivery)));
}

/** The smallest id of a delivery in a slice. */
export function firstDeliveryId(slice: number): string {
  return firstIdAt('dlv', slice * dayMs);
}

/** How many days are made ahead of time, so that a sweep may fail for as long. */
const sliceAhead = 2;
const slicesMax = 100;

/** The tables that are kept in slices. */
export const sliced = ['events', 'deliveries_ended', 'attempts'] as const;

/** `20260131` for the slice of that day: what its partitions are named by. */
export function sliceName(slice: number): string {
  return new Date(slice * dayMs).toISOString().slice(0, 'yyyy-mm-dd'.length).replaceAll('-', '');
}

/** The slice that a name stands for. */
function namedSlice(name: string): number {
  const [year, month, day] = [name.slice(0, 4), name.slice(4, 6), name.slice(6)].map(Number);
  return sliceAt(Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1));
}

/** The slices that there are, oldest first. */
export async function listSlices(queries: Queries): Promise<number[]> {
  const rows = await queries.all<{ name: string }>(selectSlices);
  return rows.map((row) => namedSlice(row.name));
}

/** Makes the slices of today and of the days to come that are not there. */
export function makeSlices(db: Database, now: number): Promise<void> {
  return makeSlicesFrom(db, now, now);
}

/** Makes those of the days since, too; what is older than the last `slicesMax` days lies in `…_rest`. */
export async function makeSlicesFrom(db: Database, since: number, now: number): Promise<void> {
  const today = sliceAt(now);
  const there = new Set(await listSlices(db));
  for (let slice = Math.max(sliceAt(since), today - slicesMax); slice <= today + sliceAhead; slice++) {
    if (!there.has(slice)) await makeSlice(db, slice);
  }
}

/**
 * Made beside the table and then attached, which stops nobody from writing to it meanwhile. Where rows of that
 * day lie in `…_rest` already, or somebody holds the table for long, the day stays without: it is kept there.
 */
async function makeSlice(db: Database, slice: number): Promise<void> {
  const name = sliceName(slice);
  const bounds = {
    events: [String(firstNumber(slice)), String(firstNumber(slice + 1))],
    deliveries_ended: [`'${firstDeliveryId(slice)}'`, `'${firstDeliveryId(slice + 1)}'`],
    attempts: [`'${firstDeliveryId(slice)}'`, `'${firstDeliveryId(slice + 1)}'`],
  };
  try {
    await db.transaction(async (tx) => {
      if (!(await tryUpkeep(tx)) || (await listSlices(tx)).includes(slice)) return;
      await tx.run(limitWaiting);
      for (const table of sliced) {
        const [from, to] = bounds[table];
        await tx.run(sql`create table ${table}_${name} (like ${table} including all)`);
        await tx.run(
          sql`alter table ${table} attach partition ${table}_${name} for values from (${from ?? ''}) to (${to ?? ''})`,
        );
      }
    });
  } catch (error) {
    if (!hasCode(error, '23514', '55P03')) throw error;
  }
}

/** Takes the lock of whoever looks after the tables, until the transaction ends. */
export async function tryUpkeep(tx: Queries): Promise<boolean> {
  return (await tx.get<{ is_mine: boolean }>(tryLock, [lockClass.upkeep]))?.is_mine === true;
}

/** Whoever waits for a table makes all others wait behind it: not for long. It is tried again at the next sweep. */
export const limitWaiting = sql`set local lock_timeout = '200ms'`;

const tryLock = sql`select pg_try_advisory_xact_lock($1::int, 0) as is_mine`;

const selectSlices = sql`
  select right(c.relname, 8) as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'events'::regclass and c.relname ~ '^events_[0-9]{8}$' order by 1`;
