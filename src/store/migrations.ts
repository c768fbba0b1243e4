// Migrations: numbered files of SQL, run once each and in order. A database of a newer program is refused.
import { readdirSync, readFileSync } from 'node:fs';
import { StoreError } from './sql.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly text: string;
}

/** Every migration that this program has in a folder, in order. */
export function listMigrations(folder: URL): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort()
    .map((file) => ({
      number: Number(file.slice(0, 4)),
      name: file.slice(0, -'.sql'.length),
      text: readFileSync(new URL(file, folder), 'utf8'),
    }));
}

/**
 * The migrations that a database lacks, in order; `reached` is the number of its last one, 0 for none. Throws
 * `StoreError` when it is newer than this program; `name` is how the message names the database.
 */
export function missingMigrations(folder: URL, reached: number, name: string): Migration[] {
  const migrations = listMigrations(folder);
  const known = migrations.at(-1)?.number ?? 0;
  if (reached <= known) return migrations.filter((migration) => migration.number > reached);
  throw new StoreError(
    `${name}: the database is at version ${reached} and this Carillon knows versions up to ${known}; ` +
      'use a newer Carillon.',
  );
}

/** The result of one check of a database. `detail` says what to do when it is not ok. */
export interface DatabaseCheck {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** The check of a schema that this program can use, now or after the migrations that it lacks. */
export function describeSchema(reached: number, missing: readonly Migration[]): DatabaseCheck {
  const known = missing.at(-1)?.number;
  const detail =
    known === undefined
      ? `schema ${reached} is up to date`
      : `schema ${reached}; the next start brings it to ${known}`;
  return { check: 'database schema', ok: true, detail };
}
