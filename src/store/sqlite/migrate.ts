import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { listMigrations, type Migration } from '../migrations.ts';
import { Database, explain, sql, StoreError } from './database.ts';
import { lockDatabase } from './lock.ts';

export const migrationsFolder = new URL('./migrations/', import.meta.url);

/** A database that is open, locked for this process and of this program's version. */
export interface OpenDatabase {
  readonly db: Database;
  /** Names of the migrations that were run now. */
  readonly applied: readonly string[];
  close(): void;
}

/** Opens the file (made with its folder when it is not there) and runs the migrations it has not seen. */
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

/** Brings a database file up to this program's version. Answers the names of the migrations it has run. */
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

/** Payloads are nobody else's to read. SQLite gives its other files the mode of this one. */
function keepPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch {
    // What is wrong with the file is told when SQLite opens it, in one place for all that can be.
  }
}

function runMigrations(db: Database): string[] {
  db.transaction(() => db.run(createMigrations));
  const migrations = listMigrations(migrationsFolder);
  const known = migrations.at(-1)?.number ?? 0;
  const reached =
    db.get<{ number: number | null }>(sql`select max(number) as number from migrations`)?.number ?? 0;
  if (reached > known) {
    throw new StoreError(
      `${db.path}: the database is at version ${reached} and this Carillon knows versions up to ${known}; ` +
        'use a newer Carillon.',
    );
  }
  const missing = migrations.filter((migration) => migration.number > reached);
  for (const migration of missing) apply(db, migration);
  return missing.map((migration) => migration.name);
}

function apply(db: Database, migration: Migration): void {
  db.transaction(() => {
    db.script(migration.text);
    db.run(insertMigration, migration.number, migration.name);
  });
}

const createMigrations = sql`
  create table if not exists migrations (
    number integer primary key,
    name text not null,
    applied_at integer not null
  ) strict`;

/** The one time that SQLite tells itself: nothing is decided by it. */
const insertMigration = sql`
  insert into migrations (number, name, applied_at) values (?, ?, cast(unixepoch('subsec') * 1000 as integer))`;
