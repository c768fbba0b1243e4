import type { StoredRow } from '../records/fields.ts';
import { statsFormat, sumStats } from '../records/stats.ts';
import { all, type Work } from '../records/work.ts';
import { columnList, sql } from '../sql.ts';
import type { StatsRow } from '../store.ts';
import { type Database, defineInsert } from './database.ts';

/** Reads the stored counts, adds and writes back: this process is the only writer, and a minute has few rows. */
export function* addStats(db: Database, rows: readonly StatsRow[]): Work<void> {
  const added = sumStats(rows);
  const keys = added.map((row) => [row.tenant, row.endpoint, row.minute]);
  const stored = yield* all<StoredRow>(sql`
    select ${columnList(statsFormat.columns, 's')} from json_each(${keys}) as given cross join stats s
      on s.tenant = given.value ->> 0 and s.endpoint = given.value ->> 1 and s.minute = given.value ->> 2`);
  const sums = sumStats([...stored.map(statsFormat.read), ...added]);
  db.insert(
    replaceStats,
    sums.map(({ tenant, endpoint, minute, accepted, refused, unreachable, durations, codes }) => {
      const json = [JSON.stringify(durations), JSON.stringify(codes)];
      return [tenant, endpoint, minute, accepted, refused, unreachable, ...json];
    }),
  );
}

const replaceStats = defineInsert('stats', statsFormat.columns, sql`insert or replace`);
