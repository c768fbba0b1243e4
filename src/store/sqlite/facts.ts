import type { DatabaseFacts } from '#core/server.ts';
import { get, type Work } from '../records/work.ts';
import { sql } from '../sql.ts';

/** The size is that of the file, without its write-ahead log. One process owns it. */
export function* databaseFacts(): Work<DatabaseFacts> {
  const row = yield* get<Omit<DatabaseFacts, 'processes'>>(sql`
    select sqlite_version() as version, (select max(number) from migrations) as "schema",
      page_count * page_size as "sizeBytes"
    from pragma_page_count(), pragma_page_size()`);
  return { version: '', schema: 0, sizeBytes: 0, ...row, processes: [] };
}
