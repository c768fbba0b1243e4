// The one place that knows which stores there are: opens, migrates and checks the database of a DATABASE_URL.
import type { IdSource } from '#lib/ids.ts';
import type { ReadStore, Store } from './store.ts';
import type { DatabaseCheck } from './migrations.ts';
import { backupSqlite, restoreSqlite } from './sqlite/backup.ts';
import { checkSqlite, readMetadata } from './sqlite/check.ts';
import { requirePartitions } from './partitioned/slot-map.ts';
import { migrateSqlite, openSqliteReads, openSqliteStore } from './sqlite/index.ts';

export { backupSqlite, readMetadata, restoreSqlite };
export type { DatabaseCheck } from './migrations.ts';
export { StoreError } from './sql.ts';

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
  const open = (url: string): Promise<Store> => openPostgresStore({ url, poolMax, ...made });
  if (partitions.length === 0) return requireWhole(await open(place.url));
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
