import type { Migration } from '../migrations.ts';
import { lockClass } from './context.ts';
import { Database, explain, type Queries, sql } from './database.ts';
import { inspect } from './inspect.ts';

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
  return db.longTransaction(async (tx) => {
    await tx.all(takeLock, [lockClass.migration]);
    const { missing } = await inspect(tx, db.name);
    await tx.run(createMigrations);
    for (const migration of missing) await apply(tx, migration);
    return missing.map((migration) => migration.name);
  });
}

async function apply(tx: Queries, migration: Migration): Promise<void> {
  await tx.run(migration.text);
  await tx.run(insertMigration, [migration.number, migration.name]);
}

const takeLock = sql`select pg_advisory_xact_lock($1::int, 0)`;

const createMigrations = sql`
  create table if not exists migrations (
    number integer primary key,
    name text not null,
    applied_at timestamptz not null default now()
  )`;

const insertMigration = sql`insert into migrations (number, name) values ($1, $2)`;
