// Finds out whether a database can be used, without changing it: the same for a start, the readiness of a running server
// and `carillon doctor`.
import { listMigrations, type Migration, missingMigrations } from '../migrations.ts';
import { sql, StoreError } from '../sql.ts';
import { foreign, hasCode, ReadOnly, rightless } from './advice.ts';
import type { Queries } from './database.ts';

export interface Inspection {
  /** Of the server: `18.4`. */
  readonly version: string;
  /** The number of the last migration of the database; 0 for none. */
  readonly reached: number;
  /** The migrations that it lacks, in order. */
  readonly missing: readonly Migration[];
}

export const migrationsFolder = new URL('./migrations/', import.meta.url);

/** Postgres 15: the oldest that is supported. */
const versionMin = 150_000;

/** Throws `StoreError` or `ReadOnly` when the database can't be used; `name` is how the message names it. */
export async function inspect(queries: Queries, name: string): Promise<Inspection> {
  // First and by itself: an old server may not know what the other statements use.
  const server = await queries.get<{ version: number; text: string }>(sql`
    select current_setting('server_version_num')::int as version, current_setting('server_version') as text`);
  if (server !== undefined && server.version < versionMin) {
    throw new StoreError(`${name}: the server is Postgres ${server.text}; Carillon needs 15 or later.`);
  }
  const state = await queries.get<State>(sql`
    select current_setting('transaction_read_only')::boolean as is_read_only,
      coalesce(has_schema_privilege(current_schema(), 'create'), false) as may_create,
      to_regclass('migrations') is not null as has_migrations`);
  if (state?.is_read_only === true) throw new ReadOnly();
  if (state?.may_create === false) throw new StoreError(`${name}: ${rightless}`);
  const reached = state?.has_migrations === true ? await readReached(queries, name) : 0;
  const missing = missingMigrations(migrationsFolder, reached, name);
  if (reached === 0) {
    const tables = await queries.all(sql`
      select 1 from pg_class
      where relnamespace = current_schema()::regnamespace and relname = any(${missing.flatMap(listTables)})`);
    if (tables.length > 0) throw new StoreError(`${name}: ${foreign}`);
  }
  return { version: server?.text ?? '', reached, missing };
}

interface State {
  readonly is_read_only: boolean;
  readonly may_create: boolean;
  readonly has_migrations: boolean;
}

/** Other programs, too, have a table of migrations by that name: this program's is recognized by its rows. */
async function readReached(queries: Queries, name: string): Promise<number> {
  const ours = new Map(
    listMigrations(migrationsFolder).map((migration) => [migration.number, migration.name]),
  );
  const rows = await queries
    .all<{ number: number; name: string }>(sql`select number, name from migrations order by number`)
    .catch((error: unknown) => {
      throw hasCode(error, '42703') ? new StoreError(`${name}: ${foreign}`, error) : error;
    });
  if (rows.some((row) => (ours.get(row.number) ?? row.name) !== row.name)) {
    throw new StoreError(`${name}: ${foreign}`);
  }
  return rows.at(-1)?.number ?? 0;
}

/** The tables that a migration creates. */
function listTables({ text }: Migration): string[] {
  return [...text.matchAll(/^create table (\w+)/gm)].map(([, table = '']) => table);
}
