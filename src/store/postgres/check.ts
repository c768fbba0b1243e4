// Checks of a database that change nothing, also while servers use it.
import { type DatabaseCheck, describeSchema } from '../migrations.ts';
import { useDatabase } from './database.ts';
import { sql } from '../sql.ts';
import { inspect } from './inspect.ts';

export async function checkPostgres(url: string): Promise<readonly DatabaseCheck[]> {
  try {
    return await useDatabase(url, async (db) => {
      const { version, reached, missing } = await inspect(db, db.name);
      const primary = db.name.startsWith(`${db.primaryName}/`) ? '' : `; the primary is ${db.primaryName}`;
      return [
        { check: 'database server', ok: true, detail: `${db.name} answers; Postgres ${version}${primary}` },
        describeSchema(reached, missing),
      ];
    });
  } catch (error) {
    return [{ check: 'database', ok: false, detail: error instanceof Error ? error.message : String(error) }];
  }
}

/** A fact about the database (`MetadataStore`); null when there is none. Throws `StoreError`. */
export function readMetadata(url: string, name: string): Promise<string | null> {
  return useDatabase(url, async (db) => {
    const { reached } = await inspect(db, db.name);
    if (reached === 0) return null;
    const row = await db.get<{ value: string }>(sql`select value from metadata where name = ${name}`);
    return row?.value ?? null;
  });
}
