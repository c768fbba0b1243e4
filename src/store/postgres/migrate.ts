import type { Migration } from '../migrations.ts';
import { sql } from '../sql.ts';
import { lockClass } from './context.ts';
import { Database, explain, type Transaction } from './database.ts';
import { inspect } from './inspect.ts';

/** Migrates a database to this program's version. Returns the names of the migrations that ran. */
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

/** Many processes may start at once: the first to take the lock runs the migrations, the others find them done. */
export async function runMigrations(db: Database): Promise<string[]> {
  return db.longTransaction(async (tx) => {
    await tx.all(sql`select pg_advisory_xact_lock(${lockClass.migration}::int, 0)`);
    const { missing } = await inspect(tx, db.name);
    await tx.run(sql`
      create table if not exists migrations (
        number integer primary key,
        name text not null,
        applied_at timestamptz not null default now()
      )`);
    for (const migration of missing) await apply(tx, migration);
    return missing.map((migration) => migration.name);
  });
}

async function apply(tx: Transaction, { number, name, text }: Migration): Promise<void> {
  await tx.script(text);
  await tx.run(sql`insert into migrations (number, name) values (${number}, ${name})`);
}
