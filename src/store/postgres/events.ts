// Finding events by index, each search in one partition where that is known.
import type { Finders } from '../records/engine.ts';
import { eventColumns, eventHeadColumns } from '../records/event-rows.ts';
import { sql } from '../sql.ts';
import { all, type Work } from '../records/work.ts';
import { dayAt, firstNumber } from './partitions.ts';
import { anyOf } from './text.ts';

const columns = eventColumns('v');
const heads = eventHeadColumns('v');

/** By their numbers, one by one, so that each is searched in its own partition only. */
export const eventsBySeq: Finders['eventsBySeq'] = (seqs, selected = columns) => sql`
  select ${selected} from unnest(${seqs}::bigint[]) as asked(seq) join events v on v.seq = asked.seq`;

export const eventById: Finders['eventById'] = (tenant, mode, id) => sql`
  select ${columns} from event_ids i join events v on v.seq = i.seq
  where i.id = ${id} and i.tenant = ${tenant} and i.mode = ${mode}`;

/** The partitions follow each other in time: the newest is read first, and mostly alone. */
export const newestEvents: Finders['events'] = (tenant, mode, before, limit, selected = heads) => [
  sql`
    select ${selected} from events v
    where v.tenant = ${tenant} and v.mode = ${mode} and v.seq < ${before} order by v.seq desc limit ${limit}`,
];

export const eventsFrom: Finders['eventsFrom'] = (tenant, mode, from, limit, columns) => [
  sql`
    select ${columns} from events v
    where v.tenant = ${tenant} and v.mode = ${mode} and v.seq >= ${from} order by v.seq limit ${limit}`,
];

/** Those of its day. */
export const eventBounds: Finders['eventBounds'] = (at) => [
  firstNumber(dayAt(at)),
  firstNumber(dayAt(at) + 1),
];

/** The partitions follow each other in time: the oldest of the range is read first, and mostly alone. */
export const oldestEvents: Finders['oldestEvents'] = (
  { tenant, tenants, mode },
  { after, before, limit },
) => {
  const among = tenants === undefined ? sql`true` : sql`v.tenant ${anyOf(tenants)}`;
  const ofTenant = tenant === null ? among : sql`v.tenant = ${tenant}`;
  const ofMode = mode === null ? sql`true` : sql`v.mode = ${mode}`;
  return [
    sql`
      select ${columns} from events v
      where ${ofTenant} and ${ofMode} and v.seq > ${after} and v.seq < ${before} order by v.seq limit ${limit}`,
  ];
};

/**
 * Each transaction that numbers events holds a shared advisory lock meanwhile, whose key is the lowest number that it can give
 * (publish-rows.ts). So no number below the lowest key, or below the next number where nobody holds one, is still to come.
 * The next number is read first: who takes a lock after that gives higher ones. What was numbered and committed before the locks
 * are read is visible to the next statement, because a commit is visible before its locks are released.
 */
export function* feedBound(now: number): Work<number> {
  const [next] = yield* all<{ number: number }>(sql`
    select (case when is_called then last_value + 1 else last_value end)::bigint as number from event_numbers`);
  const held = yield* all<{ key: number }>(sql`
    select ((classid::bigint << 32) | objid::bigint) as key from pg_locks
    where locktype = 'advisory' and objsubid = 1 and granted
      and database = (select oid from pg_database where datname = current_database())`);
  const ownBound = firstNumber(dayAt(now - clockSkewMs)) + (next?.number ?? 1);
  return Math.min(ownBound, ...held.map(({ key }) => key));
}

/** Clocks of processes, and the time from its reading to the lock, are within this: a day's numbers are answered so much late. */
const clockSkewMs = 10_000;
