// Checks of a database file that change nothing, also while a server has it open.
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type DatabaseCheck, describeSchema, missingMigrations } from '../migrations.ts';
import { StoreError } from '../sql.ts';
import { explain } from './database.ts';
import { checkFiles, sizeOf } from './files.ts';
import { migrationsFolder } from './migrate.ts';

export function checkSqlite(path: string): readonly DatabaseCheck[] {
  if (!existsSync(path)) {
    return [
      { check: 'database file', ok: true, detail: `${path} is not there yet; the first start makes it` },
    ];
  }
  const access = checkAccess(path);
  if (!access.ok) return [access];
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return [access, checkPages(database), checkMigrations(database, path)];
    } finally {
      database.close();
    }
  } catch (error) {
    const known = explain(error, path);
    const detail = known instanceof Error ? known.message : String(known);
    return [access, { check: 'database', ok: false, detail }];
  }
}

/** A fact about the database of a file (`MetadataStore`); null when there is none. Throws `StoreError`. */
export function readMetadata(path: string, name: string): string | null {
  checkFiles(path);
  if ((sizeOf(path) ?? 0) === 0) return null;
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const hasTable = database.prepare("select 1 from sqlite_schema where name = 'metadata'").get();
    if (hasTable === undefined) return null;
    const row = database.prepare('select value from metadata where name = ?').get(name);
    return row === undefined ? null : String(row['value']);
  } catch (error) {
    throw explain(error, path);
  } finally {
    database?.close();
  }
}

function checkAccess(path: string): DatabaseCheck {
  const check = 'database file';
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
    return { check, ok: true, detail: `${path} can be read and written` };
  } catch {
    const detail = `${path} or its folder cannot be written; give this user the right to write there`;
    return { check, ok: false, detail };
  }
}

function checkPages(database: DatabaseSync): DatabaseCheck {
  const found = String(database.prepare('pragma quick_check(1)').get()?.['quick_check']);
  const ok = found === 'ok';
  const detail = ok ? 'every page is in order' : `damaged (${found}); restore the file from a backup`;
  return { check: 'database pages', ok, detail };
}

function checkMigrations(database: DatabaseSync, path: string): DatabaseCheck {
  const row = database.prepare('select max(number) as number from migrations').get();
  const reached = Number(row?.['number'] ?? 0);
  try {
    return describeSchema(reached, missingMigrations(migrationsFolder, reached, path));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { check: 'database schema', ok: false, detail: error.message };
  }
}
