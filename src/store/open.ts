// The one place that knows which stores there are: what a DATABASE_URL names is opened, migrated and checked.
import type { IdSource } from '#lib/ids.ts';
import type { Store } from './store.ts';
import { checkSqlite, type DatabaseCheck } from './sqlite/check.ts';
import { migrateSqlite, openSqliteStore } from './sqlite/index.ts';

export type { DatabaseCheck } from './sqlite/check.ts';
export { StoreError } from './sql.ts';

/** Where everything is kept. */
export type Place =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly poolMax: number };

/** Loaded when it is asked for: its client takes megabytes of each thread. */
const loadPostgres = () => import('./postgres/index.ts');

/** Opens the store, making or migrating it as needed. Throws `StoreError` with one line for people. */
export async function openStore(place: Place, made: { ids: IdSource; now: number }): Promise<Store> {
  if (place.kind === 'sqlite') return openSqliteStore({ path: place.path, ...made });
  const { openPostgresStore } = await loadPostgres();
  return openPostgresStore({ url: place.url, poolMax: place.poolMax, ...made });
}

/** Brings it to this program's version. Answers the names of the migrations that were run. */
export async function migrateDatabase(place: Place): Promise<readonly string[]> {
  return place.kind === 'sqlite'
    ? migrateSqlite(place.path)
    : (await loadPostgres()).migratePostgres(place.url);
}

/** What can be said of it without changing it. */
export async function checkDatabase(place: Place): Promise<readonly DatabaseCheck[]> {
  return place.kind === 'sqlite' ? checkSqlite(place.path) : (await loadPostgres()).checkPostgres(place.url);
}
