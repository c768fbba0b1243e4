// What can be said of a database file without changing it, also while a server has it open.
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { listMigrations } from '../migrations.ts';
import { explain, sql } from './database.ts';
import { migrationsFolder } from './migrate.ts';

/** One thing that was looked at. `detail` says what to do when it is not well. */
export interface DatabaseCheck {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

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
      return [access, checkPages(database), checkMigrations(database)];
    } finally {
      database.close();
    }
  } catch (error) {
    const known = explain(error, path);
    const detail = known instanceof Error ? known.message : String(known);
    return [access, { check: 'database', ok: false, detail }];
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
  const found = String(database.prepare(sql`pragma quick_check(1)`).get()?.['quick_check']);
  const ok = found === 'ok';
  const detail = ok ? 'every page is in order' : `damaged (${found}); restore the file from a backup`;
  return { check: 'database pages', ok, detail };
}

function checkMigrations(database: DatabaseSync): DatabaseCheck {
  const check = 'database schema';
  const row = database.prepare(sql`select max(number) as number from migrations`).get();
  const has = Number(row?.['number'] ?? 0);
  const known = listMigrations(migrationsFolder).at(-1)?.number ?? 0;
  if (has > known) {
    return {
      check,
      ok: false,
      detail: `schema ${has} is newer than this program's ${known}; use a newer Carillon`,
    };
  }
  const detail =
    has === known ? `schema ${has} is up to date` : `schema ${has}; the next start brings it to ${known}`;
  return { check, ok: true, detail };
}
