// Finding what a day of the archive has: events between two numbers, and ended deliveries by their tenant.
import { clockSkewMs, dayMs } from '#core/archive.ts';
import { firstIdAt, idMs } from '#lib/ids.ts';
import type { Finders } from '../records/engine.ts';
import { get, type Work } from '../records/work.ts';
import { sql } from '../sql.ts';
import type { IndexedRows } from './memory.ts';

/** Of the first rows of both tables, which are in the order of time. */
export function* oldestDay(): Work<number | null> {
  const row = yield* get<{ at: number | null }>(sql`
    select min(at) as at from (
      select * from (select created_at as at from events order by seq limit 1)
      union all select * from (select ended_at as at from deliveries_ended order by seq limit 1)
    )`);
  const at = row?.at ?? null;
  return at === null ? null : at - (at % dayMs);
}

/** Binary search: numbers rise with time. Wherever a clock that was set back makes it end, each event is of one day. */
export function* eventBoundary(until: number): Work<number> {
  const ends = yield* get<{ first: number | null; last: number | null }>(sql`
    select (select min(seq) from events) as first, (select max(seq) from events) as last`);
  let low = ends?.first ?? 0;
  let high = (ends?.last ?? -1) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = yield* get<EventTime>(sql`
      select seq, created_at, first_delivery from events where seq >= ${middle} order by seq limit 1`);
    if (row === undefined || timeOf(row) >= until) high = middle;
    else low = row.seq + 1;
  }
  return low;
}

interface EventTime {
  readonly seq: number;
  readonly created_at: number;
  readonly first_delivery: string | null;
}

/** The time that the number of an event on Postgres is made of, so that a copy there has the same days. */
function timeOf({ created_at: createdAt, first_delivery: first }: EventTime): number {
  return first === null ? createdAt : idMs(first);
}

/** By the deferred index, and the few rows that it lacks as they stand. */
export function ended(indexed: IndexedRows): Finders['ended'] {
  return (tenant, mode, { after, until, limit }) => {
    const columns = sql`
      d.id, d.endpoint, d.state, d.ended_at, d.note, v.id as event, v.type as event_type, v.ordering_key`;
    const before = firstIdAt('dlv', until + clockSkewMs);
    return [
      sql`
        select ${columns} from deliveries_ended d join events v on v.seq = d.event_seq
        where d.seq > ${indexed.deliveries} and d.tenant = ${tenant} and d.mode = ${mode}
          and d.id > ${after} and d.id < ${before} order by d.id limit ${limit}`,
      sql`
        select ${columns} from (
          select seq from deliveries_by_tenant
          where tenant = ${tenant} and mode = ${mode} and id > ${after} and id < ${before} order by id limit ${limit}
        ) f cross join deliveries_ended d on d.seq = f.seq cross join events v on v.seq = d.event_seq`,
    ];
  };
}
