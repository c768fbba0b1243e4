import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Migration, missingMigrations } from '../migrations.ts';
import { sql, StoreError } from '../sql.ts';
import { Database, explain } from './database.ts';
import { lockDatabase } from './lock.ts';

export const migrationsFolder = new URL('./migrations/', import.meta.url);

/** An open database, locked for this process and at this program's version. */
export interface OpenDatabase {
  readonly db: Database;
  /** Names of the migrations that ran now. */
  readonly applied: readonly string[];
  close(): void;
}

/** Opens the file, creating it with its folder if needed, and runs the migrations that it lacks. */
export function openDatabase(path: string): OpenDatabase {
  const unlock = path === ':memory:' ? () => {} : prepareFile(path);
  let db: Database | null = null;
  try {
    const opened = (db = new Database(path));
    const applied = runMigrations(opened);
    return {
      db: opened,
      applied,
      close() {
        opened.close();
        unlock();
      },
    };
  } catch (error) {
    db?.close();
    unlock();
    throw explain(error, path);
  }
}

/** Migrates a database file to this program's version. Returns the names of the migrations that ran. */
export function migrateSqlite(path: string): readonly string[] {
  const opened = openDatabase(path);
  opened.close();
  return opened.applied;
}

function prepareFile(path: string): () => void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    const advice = 'the folder of the database cannot be made; check the path and who may write there.';
    throw new StoreError(`${path}: ${advice}`, error);
  }
  keepPrivate(path);
  return lockDatabase(path);
}

/** Payloads are readable by the owner of the file only. SQLite gives its other files the mode of this one. */
function keepPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch {
    // SQLite reports what is wrong with the file when it opens it.
  }
}

function runMigrations(db: Database): string[] {
  db.run(createMigrations);
  const row = db.get<{ number: number | null }>(sql`select max(number) as number from migrations`);
  const missing = missingMigrations(migrationsFolder, row?.number ?? 0, db.path);
  for (const migration of missing) apply(db, migration);
  return missing.map((migration) => migration.name);
}

/** The time is SQLite's own: nothing depends on it. */
function apply(db: Database, { number, name, text }: Migration): void {
  db.transaction(() => {
    db.script(text);
    db.run(sql`
      insert into migrations (number, name, applied_at)
      values (${number}, ${name}, cast(unixepoch('subsec') * 1000 as integer))`);
  });
}

const createMigrations = sql`
  create table if not exists migrations (
    number integer primary key,
    name text not null,
    applied_at integer not null
  ) strict`;
