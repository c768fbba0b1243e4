// Checks of a database that change nothing, also while servers use it.
import { type DatabaseCheck, describeSchema } from '../migrations.ts';
import { Database, explain } from './database.ts';
import { sql } from '../sql.ts';
import { inspect } from './inspect.ts';

export async function checkPostgres(url: string): Promise<readonly DatabaseCheck[]> {
  const db = new Database({ url, poolMax: 1 });
  try {
    const { version, reached, missing } = await inspect(db, db.name);
    const primary = db.name.startsWith(`${db.primaryName}/`) ? '' : `; the primary is ${db.primaryName}`;
    return [
      { check: 'database server', ok: true, detail: `${db.name} answers; Postgres ${version}${primary}` },
      describeSchema(reached, missing),
    ];
  } catch (error) {
    const known = explain(error, db.name);
    const detail = known instanceof Error ? known.message : String(known);
    return [{ check: 'database', ok: false, detail }];
  } finally {
    await db.close();
  }
}

/** A fact about the database (`MetadataStore`); null when there is none. Throws `StoreError`. */
export async function readMetadata(url: string, name: string): Promise<string | null> {
  const db = new Database({ url, poolMax: 1 });
  try {
    const { reached } = await inspect(db, db.name);
    if (reached === 0) return null;
    const row = await db.get<{ value: string }>(sql`select value from metadata where name = ${name}`);
    return row?.value ?? null;
  } catch (error) {
    throw explain(error, db.name);
  } finally {
    await db.close();
  }
}
