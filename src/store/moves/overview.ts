// What `carillon partitions list` shows: each database with its share of the tenants, and whether it can be used.
import { operatorTenant, type TenantId } from '#core/tenant.ts';
import { slotCount, slotOf } from '#core/slot.ts';
import { countSlots, directoryName } from '../partitioned/slot-map.ts';
import { countWaiting } from '../postgres/claim.ts';
import { Database, explain } from '../postgres/database.ts';
import { createSlotStore } from '../postgres/slots.ts';
import { sql } from '../sql.ts';
import type { SlotMap } from '../store.ts';

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
}

/** Throws `StoreError` when the directory cannot be used. */
export async function listPartitions(directory: string, others: readonly NamedPlace[]): Promise<Overview> {
  const { map, tenants } = await readDirectory(directory);
  const known = map ?? { version: 0, names: [directoryName], slots: new Uint8Array(slotCount) };
  const slots = countSlots(known);
  const counts = countTenants(known, tenants);
  const describe = async (name: string): Promise<PartitionOverview> => {
    const url = name === directoryName ? directory : others.find((one) => one.name === name)?.url;
    const number = known.names.indexOf(name);
    const share = { name, slots: slots[number] ?? 0, tenants: counts[number] ?? 0 };
    return { ...share, ...(url === undefined ? unnamed : await measure(url)) };
  };
  const names = new Set([...known.names, ...others.map(({ name }) => name)]);
  return { version: known.version, partitions: await Promise.all([...names].map(describe)) };
}

async function readDirectory(url: string): Promise<{ map: SlotMap | null; tenants: readonly TenantId[] }> {
  const db = new Database({ url, poolMax: 1 });
  try {
    const map = await createSlotStore(db).read();
    const rows = await db.all<{ id: TenantId }>(sql`
      select id from tenants where removed_at is null and id <> ${operatorTenant}`);
    return { map, tenants: rows.map(({ id }) => id) };
  } catch (error) {
    throw explain(error, db.name);
  } finally {
    await db.close();
  }
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
  const db = new Database({ url, poolMax: 1 });
  try {
    const size = await db.get<{ bytes: number }>(sql`select pg_database_size(current_database()) as bytes`);
    // As the last analysis of each day's partition has counted.
    const events = await db.get<{ count: number }>(sql`
      select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint as count
      from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'events'::regclass`);
    const waiting = await countWaiting(db);
    return { usable: true, problem: null, events: events?.count ?? 0, waiting, sizeBytes: size?.bytes ?? 0 };
  } catch (error) {
    const known = explain(error, db.name);
    return { ...unknown, problem: known instanceof Error ? known.message : String(known) };
  } finally {
    await db.close();
  }
}
