// What stands against working with a database, found out without changing it: a start, the readiness of a
// running server and the doctor look alike and say the same.
import { listMigrations, type Migration } from '../migrations.ts';
import { foreign, hasCode, readOnly, rightless } from './advice.ts';
import { type Queries, sql, StoreError } from './database.ts';

export interface Inspection {
  /** Of the server: `18.4`. */
  readonly version: string;
  /** The number of the last migration that the database has seen; 0 for none. */
  readonly reached: number;
  /** Migrations that are to be run, in order. */
  readonly missing: readonly Migration[];
}

const folder = new URL('./migrations/', import.meta.url);

/** Postgres 15: the oldest that is supported. */
const versionMin = 150_000;

/** Throws `StoreError` when the database can't be worked with; `name` is how that names it. */
export async function inspect(queries: Queries, name: string): Promise<Inspection> {
  // Asked first and alone: who knows what else an old server understands.
  const server = await queries.get<{ version: number; text: string }>(selectVersion);
  if (server !== undefined && server.version < versionMin) {
    throw new StoreError(`${name}: the server is Postgres ${server.text}; Carillon needs 15 or later.`);
  }
  const state = await queries.get<State>(selectState);
  if (state?.is_read_only === true) throw new StoreError(`${name}: ${readOnly}`);
  if (state?.may_create === false) throw new StoreError(`${name}: ${rightless}`);
  const reached = state?.has_migrations === true ? await readReached(queries, name) : 0;
  const missing = listMigrations(folder).filter((migration) => migration.number > reached);
  if (reached === 0 && (await queries.all(selectTables, [missing.flatMap(listTables)])).length > 0) {
    throw new StoreError(`${name}: ${foreign}`);
  }
  return { version: server?.text ?? '', reached, missing };
}

interface State {
  readonly is_read_only: boolean;
  readonly may_create: boolean;
  readonly has_migrations: boolean;
}

/** Other programs keep their migrations in a table of that name, too: ours is known by what stands in it. */
async function readReached(queries: Queries, name: string): Promise<number> {
  const ours = new Map(listMigrations(folder).map((migration) => [migration.number, migration.name]));
  const known = Math.max(...ours.keys());
  const rows = await queries
    .all<{ number: number; name: string }>(selectMigrations)
    .catch((error: unknown) => {
      throw hasCode(error, '42703') ? new StoreError(`${name}: ${foreign}`, error) : error;
    });
  if (rows.some((row) => row.number <= known && ours.get(row.number) !== row.name)) {
    throw new StoreError(`${name}: ${foreign}`);
  }
  const reached = rows.at(-1)?.number ?? 0;
  if (reached <= known) return reached;
  throw new StoreError(
    `${name}: the database is at version ${reached} and this Carillon knows versions up to ${known}; ` +
      'use a newer Carillon.',
  );
}

/** The tables that a migration makes. */
function listTables({ text }: Migration): string[] {
  return [...text.matchAll(/^create table (\w+)/gm)].map(([, table = '']) => table);
}

const selectVersion = sql`
  select current_setting('server_version_num')::int as version, current_setting('server_version') as text`;

const selectState = sql`
  select current_setting('transaction_read_only')::boolean as is_read_only,
    coalesce(has_schema_privilege(current_schema(), 'create'), false) as may_create,
    to_regclass('migrations') is not null as has_migrations`;

const selectMigrations = sql`select number, name from migrations order by number`;

const selectTables = sql`
  select 1 from pg_class where relnamespace = current_schema()::regnamespace and relname = any($1)`;
