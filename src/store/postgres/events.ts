// Finding events by index, each search in one partition where that is known.
import type { Finders } from '../records/engine.ts';
import { eventColumns, eventHeadColumns } from '../records/event-rows.ts';
import { sql } from '../sql.ts';
import { dayAt, firstNumber } from './partitions.ts';

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
