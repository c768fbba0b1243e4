// Deferred indexing: secondary indexes by owner, built in bulk. A commit appends to its tables only; every few thousand
// rows are added to these indexes at once, sorted, so that a page of an index is written for many rows instead of for
// each. Lists read indexed rows by index and the others as they stand; a trigger removes the entry of a deleted row.
import { type Sql, sql } from '../sql.ts';
import type { Context, Indexed } from './memory.ts';

/** So many rows may be missing in an index: about 3 ms to add, 1 ms to read. */
export const unindexedMaxDefault = 2048;

/**
 * Brings the index that lacks the most rows up to date, inside the open transaction. The others, which fill up at the
 * same time, are left to the next transactions, so that no commit takes as long as all of them.
 */
export function indexRows({ db, memory, unindexedMax }: Context): void {
  const missing = (name: Indexed): number => memory.last[name] - memory.indexed[name];
  const [name] = indexes.toSorted((a, b) => missing(b) - missing(a));
  if (name === undefined || missing(name) < unindexedMax) return;
  const last = memory.last[name];
  const rows = sql`seq > ${memory.indexed[name]} and seq <= ${last}`;
  for (const statement of insertEntries[name](rows)) db.run(statement);
  db.run(sql`update filed set seq = ${last} where name = ${name}`);
  db.afterCommit(() => (memory.indexed[name] = last));
}

const indexes: readonly Indexed[] = ['events', 'deliveries', 'attempts'];

/** In the order of each index, which makes it one walk through its pages. */
const insertEntries: Readonly<Record<Indexed, (rows: Sql) => readonly Sql[]>> = {
  events: (rows) => [
    sql`
      insert into events_by_tenant (tenant, mode, seq)
      select tenant, mode, seq from events where ${rows} order by tenant, mode, seq`,
  ],
  deliveries: (rows) => [
    sql`
      insert into deliveries_by_endpoint (endpoint, id, seq)
      select endpoint, id, seq from deliveries_ended where ${rows} order by endpoint, id`,
    sql`
      insert into deliveries_by_tenant (tenant, mode, id, seq)
      select tenant, mode, id, seq from deliveries_ended where ${rows} order by tenant, mode, id`,
    sql`
      insert into deliveries_by_type (tenant, mode, type, id, seq)
      select d.tenant, d.mode, v.type, d.id, d.seq
      from (select * from deliveries_ended where ${rows}) d cross join events v on v.seq = d.event_seq
      order by d.tenant, d.mode, v.type, d.id`,
  ],
  attempts: (rows) => [
    sql`
      insert into attempts_by_endpoint (endpoint, seq)
      select endpoint, seq from attempts where ${rows} order by endpoint, seq`,
  ],
};
