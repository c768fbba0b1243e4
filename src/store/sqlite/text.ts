// What SQLite's SQL and texts look like, where those of Postgres differ.
import type { Fragments } from '../records/engine.ts';
import type { StoredText } from '../records/event-rows.ts';
import { sql } from '../sql.ts';

/** SQLite stores any text as it is. */
export const text: StoredText = { toStored: (given) => given, fromStored: (stored) => stored };

export const anyOf: Fragments['anyOf'] = (values) => sql`in (select value from json_each(${values}))`;
