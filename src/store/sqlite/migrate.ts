import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Migration, missingMigrations } from '../migrations.ts';
import { sql, StoreError } from '../sql.ts';
import { Database, explain } from './database.ts';
import { checkFiles, sizeOf } from './files.ts';
import { lockDatabase } from './lock.ts';
import { holdAlone, isOwned } from './owner.ts';
import { checkPages, smallBytes } from './pages.ts';

export const migrationsFolder = new URL('./migrations/', import.meta.url);

/** An open database at this program's version, which no other process serves or reads until it is shared. */
export interface OpenDatabase {
  readonly db: Database;
  /** Names of the migrations that ran now. */
  readonly applied: readonly string[];
  /** How the last process left it. */
  readonly found: Found;
  close(): void;
}

export interface Found {
  /** The last process did not close the file, and the file is too large to check it before it is used. */
  readonly isUnchecked: boolean;
  /** The last process did not close the file, and its log is gone, with the last transactions perhaps. */
  readonly isLogMissing: boolean;
}

/**
 * Opens the file, creating it with its folder if needed, and runs the migrations that it lacks. What a killed process has
 * left is checked before anything is written. Throws `StoreError`.
 */
export function openDatabase(given: string): OpenDatabase {
  // SQLite keeps its other files beside the file that a link leads to.
  const path = existsSync(given) ? realpathSync(given) : given;
  const isFile = path !== ':memory:';
  const unlock = isFile ? prepareFile(path) : () => {};
  let db: Database | null = null;
  try {
    const logBytes = sizeOf(`${path}-wal`) ?? 0;
    const opened = (db = new Database(path));
    const found = isFile ? examine(opened, logBytes) : { isUnchecked: false, isLogMissing: false };
    const applied = runMigrations(opened);
    return {
      db: opened,
      applied,
      found,
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

function examine(db: Database, logBytes: number): Found {
  holdAlone(db);
  const wasOwned = isOwned(db);
  const isSmall = (sizeOf(db.path) ?? 0) + logBytes <= smallBytes;
  const isUnclean = wasOwned || logBytes > 0;
  if (isUnclean && isSmall) checkPages(db);
  return { isUnchecked: isUnclean && !isSmall, isLogMissing: wasOwned && logBytes === 0 };
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
  const unlock = lockDatabase(path);
  try {
    checkFiles(path);
    keepPrivate(path);
    return unlock;
  } catch (error) {
    unlock();
    throw error;
  }
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
