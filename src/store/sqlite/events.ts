// Finding events. Lists read what the deferred index has by that index, and the newest few as they stand.
import type { Finders } from '../records/engine.ts';
import { eventColumns, eventHeadColumns } from '../records/event-rows.ts';
import { all, type Work } from '../records/work.ts';
import { sql } from '../sql.ts';
import type { IndexedRows } from './memory.ts';
import { anyOf } from './text.ts';

const selectEvents = sql`select ${eventColumns('v')} from events v`;

/** Events by their numbers. */
export const eventsBySeq: Finders['eventsBySeq'] = (seqs, columns = eventColumns('v')) =>
  sql`select ${columns} from events v where seq in (select value from json_each(${seqs}))`;

export const eventById: Finders['eventById'] = (tenant, mode, id) =>
  sql`${selectEvents} where tenant = ${tenant} and mode = ${mode} and id = ${id}`;

export function eventsFrom(indexed: IndexedRows): Finders['eventsFrom'] {
  return (tenant, mode, from, limit, columns) => [
    sql`
      select ${columns} from events v
      where seq > ${indexed.events} and seq >= ${from} and tenant = ${tenant} and mode = ${mode}
      order by seq limit ${limit}`,
    sql`
      select ${columns} from events v where seq in (
        select seq from events_by_tenant
        where tenant = ${tenant} and mode = ${mode} and seq >= ${from} order by seq limit ${limit}
      )`,
  ];
}

export function newestEvents(indexed: IndexedRows): Finders['events'] {
  return (tenant, mode, before, limit, columns = eventHeadColumns('v')) => [
    sql`
      select ${columns} from events v
      where seq > ${indexed.events} and seq < ${before} and tenant = ${tenant} and mode = ${mode}
      order by seq desc limit ${limit}`,
    sql`
      select ${columns} from events v where seq in (
        select seq from events_by_tenant
        where tenant = ${tenant} and mode = ${mode} and seq < ${before} order by seq desc limit ${limit}
      ) order by seq desc`,
  ];
}

export function oldestEvents(indexed: IndexedRows): Finders['oldestEvents'] {
  return ({ tenant, tenants, mode }, { after, before, limit }) => {
    const inRange = sql`v.seq > ${after} and v.seq < ${before}`;
    if (tenant === null) {
      const ofMode = mode === null ? sql`` : sql`and v.mode = ${mode}`;
      const among = tenants === undefined ? sql`` : sql`and v.tenant ${anyOf(tenants)}`;
      return [sql`${selectEvents} where ${inRange} ${ofMode} ${among} order by v.seq limit ${limit}`];
    }
    return [
      sql`
        ${selectEvents} where v.seq in (
          select seq from events_by_tenant
          where tenant = ${tenant} and mode = ${mode} and seq > ${after} and seq < ${before} order by seq limit ${limit}
        ) order by v.seq`,
      sql`
        ${selectEvents}
        where v.seq > ${indexed.events} and ${inRange} and v.tenant = ${tenant} and v.mode = ${mode}
        order by v.seq limit ${limit}`,
    ];
  };
}

/** One process writes, and numbers are given in the order of its commits: all that is visible is whole. */
export function* feedBound(): Work<number> {
  const [row] = yield* all<{ seq: number | null }>(sql`select max(seq) as seq from events`);
  return (row?.seq ?? 0) + 1;
}
