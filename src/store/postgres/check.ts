// What can be said of a database without changing it, also while servers use it.
import type { DatabaseCheck } from '../sqlite/check.ts';
import { Database, explain, sql } from './database.ts';
import { listMigrations } from './migrate.ts';

export async function checkPostgres(url: string): Promise<readonly DatabaseCheck[]> {
  const db = new Database({ url, poolMax: 1 });
  try {
    const server = await db.get<{ version: string }>(selectServer);
    const detail = `${db.name} answers; Postgres ${server?.version ?? ''}`;
    return [{ check: 'database server', ok: true, detail }, await checkMigrations(db)];
  } catch (error) {
    const known = explain(error, db.name);
    const detail = known instanceof Error ? known.message : String(known);
    return [{ check: 'database server', ok: false, detail }];
  } finally {
    await db.close();
  }
}

async function checkMigrations(db: Database): Promise<DatabaseCheck> {
  const check = 'database schema';
  const known = listMigrations().at(-1)?.number ?? 0;
  const isThere = (await db.get<{ is_there: boolean }>(selectIsThere))?.is_there === true;
  const has = isThere ? ((await db.get<{ number: number | null }>(selectReached))?.number ?? 0) : 0;
  if (has > known) {
    const detail = `schema ${has} is newer than this program's ${known}; use a newer Carillon`;
    return { check, ok: false, detail };
  }
  const detail =
    has === known ? `schema ${has} is up to date` : `schema ${has}; the next start brings it to ${known}`;
  return { check, ok: true, detail };
}

const selectServer = sql`select current_setting('server_version') as version`;

const selectIsThere = sql`select to_regclass('migrations') is not null as is_there`;

const selectReached = sql`select max(number) as number from migrations`;
