// Finding events. Lists read what the deferred index has by that index, and the newest few as they stand.
import type { Finders } from '../records/engine.ts';
import { eventColumns, eventHeadColumns } from '../records/event-rows.ts';
import { sql } from '../sql.ts';
import type { IndexedRows } from './memory.ts';

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
