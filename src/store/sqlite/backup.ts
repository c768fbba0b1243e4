// Backup and restore of a SQLite file.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { missingMigrations } from '../migrations.ts';
import { StoreError } from '../sql.ts';
import { readMetadata } from './check.ts';
import { explain } from './database.ts';
import { checkFiles, restoring, sizeOf, suffixes } from './files.ts';
import { lockDatabase } from './lock.ts';
import { migrationsFolder } from './migrate.ts';
import { damaged } from './pages.ts';

export interface CopyOptions {
  readonly from: string;
  readonly to: string;
  readonly onProgress: (done: number, total: number) => void;
}

/** Pages copied between two reports of progress: 8 MiB. */
const pagesPerStep = 2048;

/**
 * Copies a database at one moment, also while a server writes to it, into a new file that only its owner reads. The copy
 * is checked. A compact one has no free pages. Throws `StoreError`; there is no file `to` then.
 */
export async function backupSqlite({
  from,
  to,
  onProgress,
  isCompact = false,
}: CopyOptions & { readonly isCompact?: boolean }): Promise<void> {
  const partial = `${to}.partial`;
  await copyFile({ from, to: partial, onProgress });
  if (isCompact) compact(partial);
  renameSync(partial, to);
  syncFolder(to);
}

/** What a restore found and did. */
export interface Restored {
  /** Where the files are that were there before. */
  readonly aside: readonly string[];
}

/**
 * Puts a copy of a backup in the place of a database that no server has open, and keeps what was there beside it, with
 * `asideSuffix` in its name. `judge` gets what the backup says of `metadataName`, and throws when it must not be restored.
 * Until everything is known to be right, nothing is changed. Throws `StoreError`.
 */
export async function restoreSqlite(
  options: CopyOptions & {
    readonly asideSuffix: string;
    readonly metadataName: string;
    readonly judge: (metadata: string | null) => void;
  },
): Promise<Restored> {
  const { from, to, onProgress, asideSuffix, metadataName, judge } = options;
  mkdirSync(dirname(to), { recursive: true });
  const unlock = lockDatabase(to);
  const copy = restoring(to);
  try {
    await copyFile({ from, to: copy, onProgress });
    requireSchema(copy, from);
    judge(readMetadata(copy, metadataName));
    const there = suffixes.filter((suffix) => existsSync(to + suffix));
    // The copy is there until it has the name of the database: an interruption in between is found at the next start.
    for (const suffix of there) renameSync(to + suffix, to + asideSuffix + suffix);
    renameSync(copy, to);
    syncFolder(to);
    return { aside: there.map((suffix) => to + asideSuffix + suffix) };
  } catch (error) {
    if (existsSync(to)) removeAll(copy);
    throw error;
  } finally {
    unlock();
  }
}

/** A checked copy, as a single file that was closed in order. */
async function copyFile({ from, to, onProgress }: CopyOptions): Promise<void> {
  if ((sizeOf(from) ?? 0) === 0 && (sizeOf(`${from}-wal`) ?? 0) === 0) {
    throw new StoreError(`${from}: there is no database to copy; check the path.`);
  }
  checkFiles(from);
  let source: DatabaseSync | null = null;
  try {
    source = new DatabaseSync(from, { readOnly: true, timeout: 5000 });
    // All steps read the same moment. Without this, a commit of the server would begin the copy anew.
    source.exec('begin; select count(*) from sqlite_schema;');
    removeAll(to);
    closeSync(openSync(to, 'wx', 0o600));
    await backup(source, to, {
      rate: pagesPerStep,
      progress: ({ totalPages, remainingPages }) => onProgress(totalPages - remainingPages, totalPages),
    });
    finish(to, from);
  } catch (error) {
    removeAll(to);
    throw explain(error, from);
  } finally {
    source?.close();
  }
}

/** Rewrites a copy without its free pages, as a file that can shrink. Needs its size once more meanwhile. */
function compact(copy: string): void {
  const database = new DatabaseSync(copy);
  try {
    database.exec('pragma auto_vacuum = incremental; vacuum;');
  } catch (error) {
    removeAll(copy);
    throw explain(error, copy);
  } finally {
    database.close();
  }
}

/** Checks the copy, and makes it a file without a log, so that it can be read from any disk. */
function finish(copy: string, from: string): void {
  const database = new DatabaseSync(copy);
  try {
    const found = String(database.prepare('pragma quick_check(1)').get()?.['quick_check']);
    if (found !== 'ok') throw damaged(from, found);
    // The number of the server that has the original open; see owner.ts.
    database.exec('pragma user_version = 0; pragma journal_mode = delete;');
  } finally {
    database.close();
  }
}

/** Fails for a file that is no database of ours, or one of a newer version. */
function requireSchema(copy: string, from: string): void {
  const database = new DatabaseSync(copy, { readOnly: true });
  try {
    const table = database.prepare("select 1 from sqlite_schema where name = 'migrations'").get();
    if (table === undefined) throw new StoreError(`${from}: this file is not a Carillon database.`);
    const row = database.prepare('select max(number) as number from migrations').get();
    missingMigrations(migrationsFolder, Number(row?.['number'] ?? 0), from);
  } finally {
    database.close();
  }
}

function removeAll(path: string): void {
  for (const suffix of [...suffixes, '-journal']) rmSync(path + suffix, { force: true });
}

/** After this, a power failure does not undo the renaming. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
