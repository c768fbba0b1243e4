// What can be said of a database without changing it, also while servers use it.
import type { DatabaseCheck } from '../sqlite/check.ts';
import { Database, explain } from './database.ts';
import { inspect } from './inspect.ts';

export async function checkPostgres(url: string): Promise<readonly DatabaseCheck[]> {
  const db = new Database({ url, poolMax: 1 });
  try {
    const { version, reached, missing } = await inspect(db, db.name);
    const known = missing.at(-1)?.number;
    const schema =
      known === undefined
        ? `schema ${reached} is up to date`
        : `schema ${reached}; the next start brings it to ${known}`;
    return [
      { check: 'database server', ok: true, detail: `${db.name} answers; Postgres ${version}` },
      { check: 'database schema', ok: true, detail: schema },
    ];
  } catch (error) {
    const known = explain(error, db.name);
    const detail = known instanceof Error ? known.message : String(known);
    return [{ check: 'database', ok: false, detail }];
  } finally {
    await db.close();
  }
}
