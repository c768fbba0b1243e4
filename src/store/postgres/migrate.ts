import { sql } from '../sql.ts';
import { lockClass } from './context.ts';
import { type Database, type Transaction, useDatabase } from './database.ts';
import { inspect } from './inspect.ts';

/** Migrates a database to this program's version. Returns the names of the migrations that ran. */
export function migratePostgres(url: string): Promise<readonly string[]> {
  return useDatabase(url, runMigrations);
}

/**
 * Many processes may start at once: the first to take the lock runs a migration, the others find it done. Each migration
 * is a transaction of its own, so that it locks few tables while older processes work.
 */
export async function runMigrations(db: Database): Promise<string[]> {
  const applied: string[] = [];
  for (;;) {
    const name = await db.longTransaction((tx) => applyNext(tx, db.name));
    if (name === null) return applied;
    applied.push(name);
  }
}

async function applyNext(tx: Transaction, database: string): Promise<string | null> {
  await tx.all(sql`select pg_advisory_xact_lock(${lockClass.migration}::int, 0)`);
  const [next] = (await inspect(tx, database)).missing;
  if (next === undefined) return null;
  await tx.run(sql`
    create table if not exists migrations (
      number integer primary key,
      name text not null,
      applied_at timestamptz not null default now()
    )`);
  await tx.script(next.text);
  await tx.run(sql`insert into migrations (number, name) values (${next.number}, ${next.name})`);
  return next.name;
}
