// What this process keeps in memory of the database. Sound because the process lock makes it the only writer.
import type { EndpointId } from '#core/endpoint.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { IdSource } from '#lib/ids.ts';
import { type Subscribers, subscribersMax } from '../decide.ts';
import { type Database, sql } from './database.ts';

/** What every function of this room needs. */
export interface Context {
  readonly db: Database;
  readonly ids: IdSource;
  readonly memory: Memory;
  /** How many rows may wait to be filed; see filing.ts. */
  readonly unfiledMax: number;
}

/** The tables that are filed by owner in bulk. */
export type Filing = 'events' | 'deliveries' | 'attempts';

export interface Memory {
  /** The last numbers given out. Rows get theirs here, so that claims are known before they are written. */
  readonly last: Record<Filing | 'waiting', number>;
  /** Up to which number rows are filed; see filing.ts. */
  readonly filed: Record<Filing, number>;
  /** Rows in `deliveries_waiting`. */
  waiting: number;
  /** Endpoints whose failure count is not zero: the health of all others need not be read. */
  readonly failing: Set<EndpointId>;
  /** The endpoints of a tenant and mode, under their key; see subscribers.ts. */
  readonly subscribers: BoundedMap<string, Subscribers>;
}

export function readMemory(db: Database): Memory {
  const filed = { events: 0, deliveries: 0, attempts: 0 };
  for (const { name, seq } of db.all<{ name: Filing; seq: number }>(sql`select name, seq from filed`)) {
    filed[name] = seq;
  }
  return {
    // Not below what is filed: rows that are gone must not have their numbers used as if they were not.
    last: {
      events: Math.max(lastSeq(db, 'events'), filed.events),
      deliveries: Math.max(lastSeq(db, 'deliveries_ended'), filed.deliveries),
      attempts: Math.max(lastSeq(db, 'attempts'), filed.attempts),
      waiting: db.get<{ seq: number }>(selectLastWaiting)?.seq ?? 0,
    },
    filed,
    waiting: db.get<{ count: number }>(sql`select count(*) as count from deliveries_waiting`)?.count ?? 0,
    failing: new Set(
      db
        .all<{ id: EndpointId }>(
          sql`select id from endpoints indexed by endpoints_failing where failure_count > 0`,
        )
        .map((row) => row.id),
    ),
    subscribers: new BoundedMap(subscribersMax),
  };
}

function lastSeq(db: Database, table: string): number {
  return db.get<{ seq: number | null }>(sql`select max(seq) as seq from ${table}`)?.seq ?? 0;
}

/** The highest number ever given, also to a row that is gone. */
const selectLastWaiting = sql`select seq from sqlite_sequence where name = 'deliveries_waiting'`;
