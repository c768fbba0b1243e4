// The one place that knows which stores there are: opens, migrates and checks the database of a DATABASE_URL.
import type { IdSource } from '#lib/ids.ts';
import { StoreError } from './sql.ts';
import type { ReadStore, SlotMap, Store } from './store.ts';
import type { DatabaseCheck } from './migrations.ts';
import { backupSqlite, restoreSqlite } from './sqlite/backup.ts';
import { checkSqlite, readMetadata } from './sqlite/check.ts';
import type { MoveDone, MoveOptions } from './moves/mover.ts';
import type { NamedPlace, Overview } from './moves/overview.ts';
import type { Choice, Plan } from './moves/plan.ts';
import { requirePartitions } from './partitioned/slot-map.ts';
import { migrateSqlite, openSqliteReads, openSqliteStore } from './sqlite/index.ts';

export { backupSqlite, readMetadata, restoreSqlite };
export type { DatabaseCheck } from './migrations.ts';
export type { MoveDone } from './moves/mover.ts';
export type { NamedPlace, Overview } from './moves/overview.ts';
export type { Choice, Plan } from './moves/plan.ts';
export { StoreError };

/** Which database. */
export type Place =
  | { readonly kind: 'sqlite'; readonly path: string }
  | {
      readonly kind: 'postgres';
      readonly url: string;
      readonly poolMax: number;
      /** The databases besides this one, which is the directory then. */
      readonly partitions?: readonly { readonly name: string; readonly url: string }[];
    };

/** Loaded on demand: its client takes megabytes of each thread. */
const loadPostgres = () => import('./postgres/index.ts');
const loadPartitioned = () => import('./partitioned/index.ts');

/** Opens the store, creating or migrating it as needed. Throws `StoreError` with one line for people. */
export async function openStore(
  place: Place,
  made: { ids: IdSource; now: number; processName?: string },
): Promise<Store> {
  if (place.kind === 'sqlite') return openSqliteStore({ path: place.path, ids: made.ids, now: made.now });
  const { openPostgresStore } = await loadPostgres();
  const { poolMax, partitions = [] } = place;
  const isPartition = partitions.length > 0;
  const open = (url: string): Promise<Store> => openPostgresStore({ url, poolMax, isPartition, ...made });
  if (!isPartition) return requireWhole(await open(place.url));
  const { openPartitionedStore } = await loadPartitioned();
  return openPartitionedStore(
    () => open(place.url),
    partitions.map(({ name, url }) => ({ name, open: () => open(url) })),
    () => made.ids.next('dir', made.now),
  );
}

/** A database whose tenants are spread over others is not opened alone. */
async function requireWhole(store: Store): Promise<Store> {
  const map = await store.slots?.read();
  if (map === undefined || map === null) return store;
  try {
    requirePartitions(map, []);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/**
 * Opens the store for reading, beside one that `openStore` has opened in this process. `slots`: how many reads it carries
 * out at once.
 */
export async function openReads(place: Place): Promise<{ store: ReadStore; slots: number }> {
  if (place.kind === 'sqlite') return { store: openSqliteReads(place.path), slots: 1 };
  const { openPostgresReads, readConnections } = await loadPostgres();
  const { poolMax, partitions = [] } = place;
  const slots = readConnections(poolMax);
  const directory = openPostgresReads(place);
  if (partitions.length === 0) return { store: directory, slots };
  const { openPartitionedReads } = await loadPartitioned();
  const others = partitions.map(({ name, url }) => ({ name, store: openPostgresReads({ url, poolMax }) }));
  return { store: await openPartitionedReads(directory, others), slots };
}

/** Migrates the databases to this program's version. Returns the names of the migrations that ran. */
export async function migrateDatabase(place: Place): Promise<readonly string[]> {
  if (place.kind === 'sqlite') return migrateSqlite(place.path);
  const { migratePostgres } = await loadPostgres();
  const applied = [...(await migratePostgres(place.url))];
  for (const { name, url } of place.partitions ?? []) {
    applied.push(...(await migratePostgres(url)).map((migration) => `${migration} (${name})`));
  }
  return applied;
}

/** Checks the databases without changing them. */
export async function checkDatabase(place: Place): Promise<readonly DatabaseCheck[]> {
  if (place.kind === 'sqlite') return checkSqlite(place.path);
  const { checkPostgres } = await loadPostgres();
  const others = (place.partitions ?? []).map(async ({ name, url }) =>
    (await checkPostgres(url)).map((one) => ({ ...one, check: `${one.check} of the partition ${name}` })),
  );
  return [await checkPostgres(place.url), ...(await Promise.all(others))].flat();
}

/** The same as `readMetadata`, of a database of any kind. */
export async function readMetadataOf(place: Place, name: string): Promise<string | null> {
  return place.kind === 'sqlite'
    ? readMetadata(place.path, name)
    : (await loadPostgres()).readMetadata(place.url, name);
}

/** The databases over which tenants are spread, with what is in each. Throws `StoreError`. */
export async function listPartitions(place: Place): Promise<Overview> {
  const { url, partitions = [] } = requirePostgres(place);
  return (await import('./moves/overview.ts')).listPartitions(url, partitions);
}

/** Checks, migrates and enters one more database. Returns the next map. Throws `StoreError`. */
export async function addPartition(
  place: Place,
  added: NamedPlace,
  made: { ids: IdSource; now: number },
): Promise<SlotMap> {
  const { url } = requirePostgres(place);
  const { openPostgresStore, readMetadata: readFact } = await loadPostgres();
  const { enterPartition, membershipName } = await loadPartitioned();
  const isMember = (await readFact(added.url, membershipName)) !== null;
  const open = (one: string): Promise<Store> => openPostgresStore({ url: one, poolMax: 2, ...made });
  const directory = await open(url);
  const opened: Store[] = [directory];
  try {
    const store = await open(added.url);
    opened.push(store);
    const { items } = await store.tenants.list({ cursor: null, limit: 1 });
    if (items.length > 0 && !isMember) {
      throw new StoreError(
        `the database of ${added.name} has tenants of its own; give an empty one (createdb).`,
      );
    }
    return await enterPartition(directory, store, added.name, () => made.ids.next('dir', made.now));
  } finally {
    await Promise.all(opened.map((one) => one.close()));
  }
}

/** What a move of these slots would take along. Throws `StoreError`. */
export async function planMove(place: Place, choice: Choice): Promise<Plan> {
  const { url } = requirePostgres(place);
  return (await import('./moves/plan.ts')).planMove(url, choice);
}

/** Moves slots with their tenants to the partition `to`, goes on with the move that is noted, or gives it up. Throws `StoreError`. */
export async function moveSlots(
  place: Place,
  asked: { readonly slots: readonly number[]; readonly to: string } | 'resume' | 'abort',
  terms: Pick<MoveOptions, 'clock' | 'version' | 'onStep' | 'drainMs'>,
): Promise<MoveDone> {
  const { url, partitions = [] } = requirePostgres(place);
  const moves = await import('./moves/move.ts');
  const options = { directory: url, others: partitions, ...terms };
  if (asked === 'resume') return moves.resumeMove(options);
  return asked === 'abort' ? moves.abortMove(options) : moves.moveSlots(options, asked);
}

function requirePostgres(place: Place): Extract<Place, { kind: 'postgres' }> {
  if (place.kind === 'postgres') return place;
  throw new StoreError('partitions are Postgres databases, and DATABASE_URL names a SQLite file.');
}
