// Sessions of the console: in the store, so that every process knows them, and knows that one has been ended.
import type { ConsoleSession } from '#core/access.ts';
import { columnList, insertInto, sql } from '../sql.ts';
import type { ConsoleSessionStore, ReadStore } from '../store.ts';
import type { Engine, Reader } from './engine.ts';
import { defineFormat, plain, type StoredRow } from './fields.ts';
import { findKey } from './keys.ts';
import { get, run, type Work } from './work.ts';

export function readConsoleSessions(reader: Reader): ReadStore['consoleSessions'] {
  return { find: (lookup) => reader.read(find(lookup)) };
}

export function createConsoleSessionStore(engine: Engine): ConsoleSessionStore {
  return {
    ...readConsoleSessions(engine),
    start: (session, now) => engine.transaction(() => start(session, now)),
    end: (lookup) => engine.read(end(lookup)),
  };
}

const format = defineFormat<ConsoleSession>({ lookup: plain(), key: plain(), expiresAt: plain() });

type Found = Awaited<ReturnType<ConsoleSessionStore['find']>>;

function* find(lookup: string): Work<Found> {
  const row = yield* get<StoredRow>(sql`
    select ${columnList(format.columns)} from console_sessions where lookup = ${lookup}`);
  if (row === undefined) return null;
  const session = format.read(row);
  return { session, key: yield* findKey(session.key) };
}

/** Sessions that have ended are deleted when another one starts. */
function* start(session: ConsoleSession, now: number): Work<void> {
  yield* run(sql`delete from console_sessions where expires_at <= ${now}`);
  yield* run(insertInto('console_sessions', format.write(session)));
}

function* end(lookup: string): Work<void> {
  yield* run(sql`delete from console_sessions where lookup = ${lookup}`);
}
