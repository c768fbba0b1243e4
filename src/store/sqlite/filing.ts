// Indexes by owner, kept up in bulk. A commit writes only at the ends of its tables; every few thousand rows
// they are filed under their tenants and endpoints at once, so that a page of these indexes is written for
// many rows instead of for each. Lists read what is filed by index and the rest as it stands; a row that is
// deleted is taken out of the file by a trigger.
import { sql } from './database.ts';
import type { Context, Filing } from './memory.ts';

/** So many rows are left unfiled: about 3 ms to file, 1 ms to read. */
export const unfiledMaxDefault = 2048;

/**
 * Files the table of which most has come together, inside the transaction that is under way. The others, which come
 * together at the same time, are left to the next ones: no commit takes as long as all of them.
 */
export function fileRows({ db, memory, unfiledMax }: Context): void {
  const unfiled = (name: Filing): number => memory.last[name] - memory.filed[name];
  const [name] = filings.toSorted((a, b) => unfiled(b) - unfiled(a));
  if (name === undefined || unfiled(name) < unfiledMax) return;
  const last = memory.last[name];
  db.run(insertFiled[name], memory.filed[name], last);
  db.run(updateFiled, last, name);
  db.afterCommit(() => (memory.filed[name] = last));
}

const filings: readonly Filing[] = ['events', 'deliveries', 'attempts'];

/** In the order of the index, which makes it one walk through its pages. */
const insertFiled: Readonly<Record<Filing, string>> = {
  events: sql`
    insert into events_by_tenant (tenant, mode, seq)
    select tenant, mode, seq from events where seq > ? and seq <= ? order by tenant, mode, seq`,
  deliveries: sql`
    insert into deliveries_by_endpoint (endpoint, id, seq)
    select endpoint, id, seq from deliveries_ended where seq > ? and seq <= ? order by endpoint, id`,
  attempts: sql`
    insert into attempts_by_endpoint (endpoint, seq)
    select endpoint, seq from attempts where seq > ? and seq <= ? order by endpoint, seq`,
};

const updateFiled = sql`update filed set seq = ? where name = ?`;
