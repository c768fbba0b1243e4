// What `carillon partitions list` shows: each database with its share of the tenants, and whether it can be used.
import type { TenantId } from '#core/tenant.ts';
import { slotOf } from '#core/slot.ts';
import { countSlots, directoryName, mapOfOne } from '../partitioned/slot-map.ts';
import { countWaiting } from '../postgres/claim.ts';
import { type Database, useDatabase } from '../postgres/database.ts';
import { readMap } from '../postgres/slots.ts';
import { sql } from '../sql.ts';
import type { SlotMap } from '../store.ts';
import { type Move, readMove } from './journal.ts';
import { listTenants } from './tenants.ts';

/** A database by the name of its partition. */
export interface NamedPlace {
  readonly name: string;
  readonly url: string;
}

export interface PartitionOverview {
  readonly name: string;
  readonly usable: boolean;
  /** Why it is not usable; null when it is. */
  readonly problem: string | null;
  readonly slots: number;
  /** Tenants whose slots it has. */
  readonly tenants: number;
  /** Null where it is not known, as are the others. An estimate of the server. */
  readonly events: number | null;
  /** Deliveries that wait: counted, or beyond 100,000 an estimate. */
  readonly waiting: number | null;
  readonly sizeBytes: number | null;
}

export interface Overview {
  /** Of the slot map; 0 where there is one database. */
  readonly version: number;
  readonly partitions: readonly PartitionOverview[];
  /** The move that is under way; null when there is none. */
  readonly move: MoveOverview | null;
}

export interface MoveOverview {
  readonly from: string;
  readonly to: string;
  /** Slots that have not moved yet, and those that have. */
  readonly waiting: number;
  readonly moved: number;
  /** Slots whose tenants are refused now. */
  readonly closed: number;
  /** Unix ms. */
  readonly startedAt: number;
}

/** Throws `StoreError` when the directory cannot be used. */
export async function listPartitions(directory: string, others: readonly NamedPlace[]): Promise<Overview> {
  const { map, tenants, move } = await readDirectory(directory);
  const known = map ?? mapOfOne();
  const slots = countSlots(known);
  const counts = countTenants(known, tenants);
  const describe = async (name: string): Promise<PartitionOverview> => {
    const url = name === directoryName ? directory : others.find((one) => one.name === name)?.url;
    const number = known.names.indexOf(name);
    const share = { name, slots: slots[number] ?? 0, tenants: counts[number] ?? 0 };
    return { ...share, ...(url === undefined ? unnamed : await measure(url)) };
  };
  const names = new Set([...known.names, ...others.map(({ name }) => name)]);
  const partitions = await Promise.all([...names].map(describe));
  return { version: known.version, partitions, move: move === null ? null : describeMove(known, move) };
}

function readDirectory(
  url: string,
): Promise<{ map: SlotMap | null; tenants: readonly TenantId[]; move: Move | null }> {
  return useDatabase(url, async (db) => ({
    map: await readMap(db),
    tenants: await listTenants(db),
    move: await readMove(db),
  }));
}

function describeMove({ names }: SlotMap, move: Move): MoveOverview {
  const nameOf = (number: number): string => names[number] ?? String(number);
  return {
    from: nameOf(move.source),
    to: nameOf(move.target),
    waiting: move.slots.length,
    moved: move.moved.length,
    closed: move.frozen.length,
    startedAt: move.started_at,
  };
}

function countTenants({ names, slots }: SlotMap, tenants: readonly TenantId[]): number[] {
  const counts = names.map(() => 0);
  for (const tenant of tenants) {
    const number = slots[slotOf(tenant)] ?? 0;
    counts[number] = (counts[number] ?? 0) + 1;
  }
  return counts;
}

type Measured = Pick<PartitionOverview, 'usable' | 'problem' | 'events' | 'waiting' | 'sizeBytes'>;

const unknown = { usable: false, events: null, waiting: null, sizeBytes: null };
const unnamed: Measured = { ...unknown, problem: 'CARILLON_PARTITIONS does not name it.' };

async function measure(url: string): Promise<Measured> {
  try {
    return await useDatabase(url, readMeasures);
  } catch (error) {
    return { ...unknown, problem: error instanceof Error ? error.message : String(error) };
  }
}

async function readMeasures(db: Database): Promise<Measured> {
  const size = await db.get<{ bytes: number }>(sql`select pg_database_size(current_database()) as bytes`);
  // As the last analysis of each day's partition has counted.
  const events = await db.get<{ count: number }>(sql`
    select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint as count
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'events'::regclass`);
  const waiting = await countWaiting(db);
  return { usable: true, problem: null, events: events?.count ?? 0, waiting, sizeBytes: size?.bytes ?? 0 };
}
