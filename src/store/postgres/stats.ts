import { statsFormat, sumStats } from '../records/stats.ts';
import { run, type Work } from '../records/work.ts';
import { columnList, sql } from '../sql.ts';
import type { StatsRow } from '../store.ts';
import { unnest } from './unnest.ts';

/** All processes add to the same minutes: by one statement, which locks rows in the order of their keys. */
export function* addStats(rows: readonly StatsRow[]): Work<void> {
  const sorted = sumStats(rows).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const values = sorted.map(
    ({ tenant, endpoint, minute, accepted, refused, unreachable, durations, codes }) => {
      const counts = [accepted, refused, unreachable];
      return [tenant, endpoint, minute, ...counts, `{${durations.join(',')}}`, JSON.stringify(codes)];
    },
  );
  yield* run(sql`
    insert into stats as s (${columnList(statsFormat.columns)})
    select tenant, endpoint, minute, accepted, refused, unreachable, durations::bigint[], codes
    from ${unnest('g', columns, values)}
    order by place
    on conflict (tenant, endpoint, minute) do update set
      accepted = s.accepted + excluded.accepted, refused = s.refused + excluded.refused,
      unreachable = s.unreachable + excluded.unreachable,
      durations = coalesce((
        select array_agg(coalesce(a, 0) + coalesce(b, 0) order by place)
        from unnest(s.durations, excluded.durations) with ordinality as pair(a, b, place)
      ), '{}'),
      codes = (
        select coalesce(jsonb_object_agg(key, count), '{}')::text from (
          select key, sum(value::bigint) as count from (
            select * from jsonb_each_text(s.codes::jsonb) union all select * from jsonb_each_text(excluded.codes::jsonb)
          ) as both_counts group by key
        ) as summed
      )`);
}

function keyOf({ tenant, endpoint, minute }: StatsRow): string {
  return `${tenant} ${endpoint} ${minute}`;
}

/** `durations` as the text of an array: an array of arrays can't be unnested into arrays. */
const columns = {
  tenant: 'text',
  endpoint: 'text',
  minute: 'bigint',
  accepted: 'bigint',
  refused: 'bigint',
  unreachable: 'bigint',
  durations: 'text',
  codes: 'text',
} as const;
