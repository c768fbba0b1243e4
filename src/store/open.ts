// The one place that knows which stores there are: opens, migrates and checks the database of a DATABASE_URL.
import type { IdSource } from '#lib/ids.ts';
import type { ReadStore, Store } from './store.ts';
import type { DatabaseCheck } from './migrations.ts';
import { backupSqlite, restoreSqlite } from './sqlite/backup.ts';
import { checkSqlite, readMetadata } from './sqlite/check.ts';
import { migrateSqlite, openSqliteReads, openSqliteStore } from './sqlite/index.ts';

export { backupSqlite, readMetadata, restoreSqlite };
export type { DatabaseCheck } from './migrations.ts';
export { StoreError } from './sql.ts';

/** Which database. */
export type Place =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly poolMax: number };

/** Loaded on demand: its client takes megabytes of each thread. */
const loadPostgres = () => import('./postgres/index.ts');

/** Opens the store, creating or migrating it as needed. Throws `StoreError` with one line for people. */
export async function openStore(
  place: Place,
  made: { ids: IdSource; now: number; processName?: string },
): Promise<Store> {
  if (place.kind === 'sqlite') return openSqliteStore({ path: place.path, ids: made.ids, now: made.now });
  const { openPostgresStore } = await loadPostgres();
  return openPostgresStore({ url: place.url, poolMax: place.poolMax, ...made });
}

/**
 * Opens the store for reading, beside one that `openStore` has opened in this process. `slots`: how many reads it carries
 * out at once.
 */
export async function openReads(place: Place): Promise<{ store: ReadStore; slots: number }> {
  if (place.kind === 'sqlite') return { store: openSqliteReads(place.path), slots: 1 };
  const { openPostgresReads, readConnections } = await loadPostgres();
  return { store: openPostgresReads(place), slots: readConnections(place.poolMax) };
}

/** Migrates the database to this program's version. Returns the names of the migrations that ran. */
export async function migrateDatabase(place: Place): Promise<readonly string[]> {
  return place.kind === 'sqlite'
    ? migrateSqlite(place.path)
    : (await loadPostgres()).migratePostgres(place.url);
}

/** Checks the database without changing it. */
export async function checkDatabase(place: Place): Promise<readonly DatabaseCheck[]> {
  return place.kind === 'sqlite' ? checkSqlite(place.path) : (await loadPostgres()).checkPostgres(place.url);
}

/** The same as `readMetadata`, of a database of any kind. */
export async function readMetadataOf(place: Place, name: string): Promise<string | null> {
  return place.kind === 'sqlite'
    ? readMetadata(place.path, name)
    : (await loadPostgres()).readMetadata(place.url, name);
}
