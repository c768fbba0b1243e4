// Finding what a day of the archive has: events by the day of their numbers, and ended deliveries by their tenant.
import { clockSkewMs, dayMs } from '#core/archive.ts';
import { firstIdAt } from '#lib/ids.ts';
import type { Finders } from '../records/engine.ts';
import { get, type Work } from '../records/work.ts';
import { sql } from '../sql.ts';
import { numbersPerDay } from '../event-numbers.ts';
import { dayAt, firstNumber } from './partitions.ts';

/** Late ends are in the default partition, which is small. */
export function* oldestDay(): Work<number | null> {
  const event = yield* get<{ seq: number }>(sql`select seq from events order by seq limit 1`);
  const late = yield* get<{ at: number | null }>(sql`select min(ended_at) as at from deliveries_ended_rest`);
  const days = event === undefined ? [] : [Math.floor(event.seq / numbersPerDay)];
  const lateAt = late?.at ?? null;
  if (lateAt !== null) days.push(dayAt(lateAt));
  return days.length === 0 ? null : Math.min(...days) * dayMs;
}

// oxlint-disable-next-line require-yield -- the other store reads rows for this
export function* eventBoundary(until: number): Work<number> {
  return firstNumber(dayAt(until));
}

/** Earlier days are gone, but for what was kept of them: their partitions have little or nothing. */
export const ended: Finders['ended'] = (tenant, mode, { after, until, limit }) => [
  sql`
    select d.id, d.endpoint, d.state, d.ended_at, d.note, v.id as event, v.type as event_type, v.ordering_key
    from (
      select * from deliveries_ended
      where tenant = ${tenant} and mode = ${mode} and id > ${after}
        and id < ${firstIdAt('dlv', until + clockSkewMs)}
      order by id limit ${limit}
    ) d join events v on v.seq = d.event_seq`,
];
