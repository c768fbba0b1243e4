// What this process caches of the database. Sound because the process lock makes it the only writer.
import type { EndpointId } from '#core/endpoint.ts';
import type { IdSource } from '#lib/ids.ts';
import { createSubscriberCache, type SubscriberCache } from '../records/subscribers.ts';
import { sql, word } from '../sql.ts';
import type { ReadBounds } from '../walk.ts';
import type { Database } from './database.ts';

/** What every function of this room needs. */
export interface Context {
  readonly db: Database;
  readonly ids: IdSource;
  readonly memory: Memory;
  /** How many rows may be missing in a deferred index; see deferred-index.ts. */
  readonly unindexedMax: number;
  /** How many free pages the file keeps; see shrink.ts. */
  readonly freePagesKept: number;
  readonly bounds: ReadBounds;
}

/** The tables with a deferred index. */
export type Indexed = 'events' | 'deliveries' | 'attempts';

/** The last number of each table that is in its deferred index. */
export type IndexedRows = Record<Indexed, number>;

export interface Memory {
  /** The last numbers given out. Rows get theirs here, so that claims are known before they are written. */
  readonly last: Record<Indexed | 'waiting', number>;
  readonly indexed: IndexedRows;
  /** Rows in `deliveries_waiting`. */
  waiting: number;
  /** Endpoints whose failure count is not zero: the health of all others need not be read. */
  readonly failing: Set<EndpointId>;
  readonly subscribers: SubscriberCache;
}

export function readMemory(db: Database): Memory {
  const indexed = readIndexed(db);
  const failing = db.all<{ id: EndpointId }>(
    sql`select id from endpoints indexed by endpoints_failing where failure_count > 0`,
  );
  // The highest number ever given, also to a row that is gone.
  const lastWaiting = db.get<{ seq: number }>(
    sql`select seq from sqlite_sequence where name = 'deliveries_waiting'`,
  );
  return {
    // Not below what is indexed: the numbers of deleted rows are not given again.
    last: {
      events: Math.max(lastSeq(db, 'events'), indexed.events),
      deliveries: Math.max(lastSeq(db, 'deliveries_ended'), indexed.deliveries),
      attempts: Math.max(lastSeq(db, 'attempts'), indexed.attempts),
      waiting: lastWaiting?.seq ?? 0,
    },
    indexed,
    waiting: db.get<{ count: number }>(sql`select count(*) as count from deliveries_waiting`)?.count ?? 0,
    failing: new Set(failing.map((row) => row.id)),
    subscribers: createSubscriberCache(),
  };
}

export function readIndexed(db: Pick<Database, 'all'>): IndexedRows {
  const indexed = { events: 0, deliveries: 0, attempts: 0 };
  for (const { name, seq } of db.all<{ name: Indexed; seq: number }>(sql`select name, seq from filed`)) {
    indexed[name] = seq;
  }
  return indexed;
}

function lastSeq(db: Database, table: string): number {
  return db.get<{ seq: number | null }>(sql`select max(seq) as seq from ${word(table)}`)?.seq ?? 0;
}
