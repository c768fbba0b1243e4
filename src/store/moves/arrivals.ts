// How far copying has come, noted in the target by the transactions that write there. What has ended is copied in passes while its tenants
// are served, each with what is new since the one before; the last pass, while they are closed, has the rest.
import type { TenantId } from '#core/tenant.ts';
import { type Database, perform, type Queries } from '../postgres/database.ts';
import { feedBound } from '../postgres/events.ts';
import { sealUntil } from '../records/archive.ts';
import { sql, StoreError } from '../sql.ts';

export interface Arrivals {
  readonly position: string;
  /** Numbers in the source. */
  readonly events_from: number;
  readonly events_to: number;
  /** Unix ms. */
  readonly ended_from: number;
  readonly began_at: number;
  /** How numbers change that count up in each database. */
  readonly waiting_shift: number;
  readonly attempts_shift: number;
}

/** Where copying goes on: behind `after` in a step for a tenant. */
export interface Position {
  readonly pass: number;
  readonly tenant: string;
  readonly step: number;
  readonly after: string;
}

/** The pass that is made while nothing is changed. */
export const lastPass = 1_000;

export function readPosition({ position }: Arrivals): Position {
  return JSON.parse(position) as Position;
}

function firstOf(pass: number): string {
  return JSON.stringify({ pass, tenant: '', step: 0, after: '' } satisfies Position);
}

/** Clocks of processes are within this. */
const clockSkewMs = 600_000;

interface Sides {
  readonly source: Database;
  readonly target: Database;
}

interface Copying {
  readonly run: number;
  readonly chunk: string;
  readonly now: number;
}

/** Days that are in the archive, or on their way there, stay as they are in the target, too: one that was added later may not know. */
export async function copySeal(directory: Database, target: Database): Promise<void> {
  const archive = await directory.get<{ sealed_until: number }>(
    sql`select sealed_until from archive where id = 1`,
  );
  if (archive !== undefined && target !== directory) await perform(target, sealUntil(archive.sealed_until));
}

/** Takes over what is noted of this chunk. No other run can write from then on. */
export async function retakeArrivals(target: Database, copying: Copying): Promise<Arrivals> {
  const known = await findArrivals(target, copying);
  if (known !== null) return known;
  throw new StoreError('the target does not know what was copied to it; give back with --abort.');
}

async function findArrivals(target: Database, { run, chunk }: Copying): Promise<Arrivals | null> {
  const [known] = await target.write<Arrivals>(sql`
    update slot_arrivals set run = ${run} where id = 1 and chunk = ${chunk} returning *`);
  return known ?? null;
}

/** The same, or begins. */
export async function takeArrivals({ source, target }: Sides, copying: Copying): Promise<Arrivals> {
  const { run, chunk, now } = copying;
  const known = await findArrivals(target, copying);
  if (known !== null) return known;
  await forgetArrivals(target);
  const [begun] = await target.write<Arrivals>(sql`
    insert into slot_arrivals (
      id, run, chunk, position, events_from, events_to, ended_from, began_at, waiting_shift, attempts_shift
    )
    values (
      1, ${run}, ${chunk}, ${firstOf(0)}, -1, ${await perform(source, feedBound(now))}, 0, ${now}, 0,
      ${Math.min(0, (await lastAttempt(target)) - (await lastAttempt(source)))}
    )
    returning *`);
  if (begun === undefined) throw new Error('nothing was noted');
  return begun;
}

/** The next pass. Only what is new since the present one began. */
export async function nextPass({ source, target }: Sides, run: number, now: number): Promise<Arrivals> {
  const bound = await perform(source, feedBound(now));
  return noteNext(target, run, { bound, now, shift: 0 });
}

/** The last pass. Nothing is changed in the source any more. */
export async function finalPass(
  { source, target }: Sides,
  run: number,
  now: number,
  tenants: readonly TenantId[],
): Promise<Arrivals> {
  const shift = await reserveWaiting(source, target, tenants);
  const arrivals = await noteNext(target, run, { bound: Number.MAX_SAFE_INTEGER, now, shift }, lastPass);
  // Attempts to come follow those that were made where the tenants were.
  const reached = (await lastAttempt(source)) + arrivals.attempts_shift;
  if ((await lastAttempt(target)) < reached)
    await target.all(sql`select setval('attempt_numbers', ${reached}::bigint)`);
  return arrivals;
}

interface Next {
  readonly bound: number;
  readonly now: number;
  readonly shift: number;
}

async function noteNext(
  target: Database,
  run: number,
  { bound, now, shift }: Next,
  pass?: number,
): Promise<Arrivals> {
  const known = await target.get<Arrivals>(sql`select * from slot_arrivals where id = 1 and run = ${run}`);
  if (known === undefined) throw new StoreError('another process goes on with this move.');
  const next = pass ?? readPosition(known).pass + 1;
  const [noted] = await target.write<Arrivals>(sql`
    update slot_arrivals set position = ${firstOf(next)}, events_from = events_to, events_to = ${bound},
      ended_from = began_at - ${clockSkewMs}::bigint, began_at = ${now}, waiting_shift = ${shift}
    where id = 1 and run = ${run} returning *`);
  if (noted === undefined) throw new StoreError('another process goes on with this move.');
  return noted;
}

/** No run writes what belongs to this copying any more. */
export async function closeArrivals(target: Queries): Promise<void> {
  await target.run(sql`update slot_arrivals set run = 0 where id = 1`);
}

export async function forgetArrivals(target: Database): Promise<void> {
  await target.transaction(async (tx) => {
    await tx.run(sql`delete from slot_arrivals`);
    await tx.run(sql`truncate moved_events`);
  });
}

/** Others take numbers between two statements here: never so many. */
const numbersAhead = 1_000_000;

/** Numbers for all that waits, in the order that it has: parked deliveries follow each other by their numbers. */
async function reserveWaiting(
  source: Database,
  target: Database,
  tenants: readonly TenantId[],
): Promise<number> {
  const row = await source.get<{ first: number | null; last: number | null }>(sql`
    select min(seq) as first, max(seq) as last from deliveries_waiting where tenant = any(${tenants})`);
  if (row === undefined || row.first === null || row.last === null) return 0;
  const sequence = sql`pg_get_serial_sequence('deliveries_waiting', 'seq')`;
  const count = row.last - row.first + 1;
  const moved = await target.get<{ last: number }>(sql`
    select setval(${sequence}, nextval(${sequence}) + ${numbersAhead + count}::bigint) as last`);
  return (moved?.last ?? 0) - row.last;
}

/** Attempts get numbers below those to come in the target; those that watch it are shown few of them as new. */
async function lastAttempt(db: Database): Promise<number> {
  const row = await db.get<{ last: number }>(sql`select last_value as last from attempt_numbers`);
  return row?.last ?? 0;
}
