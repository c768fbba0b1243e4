// Sessions of the console: in the store, so that every process knows them, and knows that one has been ended.
import type { ConsoleSession } from '#core/access.ts';
import type { Change } from '#core/audit.ts';
import type { JsonObject } from '#lib/json.ts';
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
    start: (session, now) => engine.transaction(() => start(engine, session, now)),
    end: (lookup) => engine.transaction(() => end(engine, lookup)),
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
function* start(engine: Engine, session: ConsoleSession, now: number): Work<void> {
  yield* run(sql`delete from console_sessions where expires_at <= ${now}`);
  yield* run(insertInto('console_sessions', format.write(session)));
  yield* engine.audit({ ...ofSession(session), before: null, after: show(session) });
}

function* end(engine: Engine, lookup: string): Work<void> {
  const found = yield* find(lookup);
  if (found === null) return;
  yield* run(sql`delete from console_sessions where lookup = ${lookup}`);
  yield* engine.audit({ ...ofSession(found.session), before: show(found.session), after: null });
}

/** Told apart by a part of the hash, which opens nothing. */
function ofSession({ lookup }: ConsoleSession): Omit<Change, 'before' | 'after'> {
  return { tenant: null, mode: null, noun: 'console-session', target: lookup.slice(0, 16) };
}

function show({ key, expiresAt }: ConsoleSession): JsonObject {
  return { key, expiresAt };
}
