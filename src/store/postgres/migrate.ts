import { readdirSync, readFileSync } from 'node:fs';
import { lockClass } from './context.ts';
import { Database, type Queries, sql, StoreError } from './database.ts';
import { explain } from './database.ts';

const folder = new URL('./migrations/', import.meta.url);

/** Postgres 15: the oldest that is supported. */
const versionMin = 150_000;

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly text: string;
}

/** Brings a database up to this program's version. Answers the names of the migrations it has run. */
export async function migratePostgres(url: string): Promise<readonly string[]> {
  const db = new Database({ url, poolMax: 1 });
  try {
    return await runMigrations(db);
  } catch (error) {
    throw explain(error, db.name);
  } finally {
    await db.close();
  }
}

/** Many processes may start at once: the first to take the lock runs them, the others find them done. */
export async function runMigrations(db: Database): Promise<string[]> {
  await checkVersion(db);
  return db.transaction(async (tx) => {
    await tx.run(sql`set local statement_timeout = 0`);
    await tx.run(sql`set local lock_timeout = 0`);
    await tx.all(takeLock, [lockClass.migration]);
    await tx.run(createMigrations);
    const reached = (await tx.get<{ number: number | null }>(selectReached))?.number ?? 0;
    const migrations = listMigrations();
    const known = migrations.at(-1)?.number ?? 0;
    if (reached > known) {
      throw new StoreError(
        `${db.name}: the database is at version ${reached} and this Carillon knows versions up to ${known}; ` +
          'use a newer Carillon.',
      );
    }
    const missing = migrations.filter((migration) => migration.number > reached);
    for (const migration of missing) await apply(tx, migration);
    return missing.map((migration) => migration.name);
  });
}

async function checkVersion(db: Database): Promise<void> {
  const row = await db.get<{ version: number; text: string }>(selectVersion);
  if (row === undefined || row.version >= versionMin) return;
  throw new StoreError(`${db.name}: the server is Postgres ${row.text}; Carillon needs 15 or later.`);
}

async function apply(tx: Queries, migration: Migration): Promise<void> {
  await tx.run(migration.text);
  await tx.run(insertMigration, [migration.number, migration.name]);
}

/** Every migration of this program, in order. */
export function listMigrations(): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort()
    .map((file) => ({
      number: Number(file.slice(0, 4)),
      name: file.slice(0, -'.sql'.length),
      text: readFileSync(new URL(file, folder), 'utf8'),
    }));
}

const selectVersion = sql`
  select current_setting('server_version_num')::int as version, current_setting('server_version') as text`;

const takeLock = sql`select pg_advisory_xact_lock($1::int, 0)`;

const createMigrations = sql`
  create table if not exists migrations (
    number integer primary key,
    name text not null,
    applied_at timestamptz not null default now()
  )`;

const selectReached = sql`select max(number) as number from migrations`;

const insertMigration = sql`insert into migrations (number, name) values ($1, $2)`;
