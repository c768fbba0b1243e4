// This process among the others on the database: a connection of its own holds the lock that says it is alive,
// and hears what the others tell. What it has to tell itself is collected for a moment, so that a busy process
// tells a few times a second at most. A word that is lost costs time and nothing else: everybody looks at the
// agenda now and then.
import pg from 'pg';
import type { EndpointId } from '#core/endpoint.ts';
import { systemClock } from '#lib/clock.ts';
import type { StoreListener } from '#store/store.ts';
import { lockClass, type Tell } from './context.ts';
import { closeMs, connectionOptions, type Database, sql, within } from './database.ts';

export interface Presence {
  /** The number of this process. */
  readonly id: number;
  readonly tell: Tell;
  listen(listener: StoreListener): void;
  close(): Promise<void>;
}

const channel = 'carillon';
/** A word holds 8000 bytes at most; an id has 29. */
const idsPerWord = 200;
const tellAfterMs = 10;
const reconnectAfterMs = 1000;
const askAfterMs = 15_000;

type Topic = keyof Tell;

export async function openPresence(db: Database, url: string, now: number): Promise<Presence> {
  const listeners: StoreListener[] = [];
  const untold: Record<Topic, Set<EndpointId>> = { woken: new Set(), changed: new Set() };
  const closing = new AbortController();
  let telling: Promise<void> | null = null;

  const hear = (word: string): void => {
    const [sender, topic, ...endpoints] = word.split(' ');
    if (sender === String(id) || (topic !== 'woken' && topic !== 'changed')) return;
    for (const listener of listeners) listener[topic](endpoints as EndpointId[]);
  };

  const sayAll = async (): Promise<void> => {
    await systemClock.sleep(tellAfterMs, closing.signal);
    telling = null;
    if (closing.signal.aborted) return;
    const words = (['changed', 'woken'] as const).flatMap((topic) => {
      const ids = [...untold[topic]];
      untold[topic].clear();
      return chunk(ids).map((part) => [id, topic, ...part].join(' '));
    });
    await db.all(notify, [channel, words]);
  };

  const say = (topic: Topic, endpoints: readonly EndpointId[]): void => {
    if (endpoints.length === 0 || closing.signal.aborted) return;
    for (const endpoint of endpoints) untold[topic].add(endpoint);
    // What can't be told is found by the others on their next look at the agenda.
    telling ??= sayAll().catch(() => {});
  };

  const keepConnected = async (client: pg.Client): Promise<void> => {
    for (let current: pg.Client | null = client; ;) {
      if (current !== null) await ended(current, closing.signal);
      if (closing.signal.aborted) {
        if (current !== null)
          await within(
            closeMs,
            current.end().catch(() => {}),
          );
        return;
      }
      await systemClock.sleep(reconnectAfterMs, closing.signal);
      const again = closing.signal.aborted ? null : await connect(url, id, now, hear).catch(() => null);
      if (again?.isNew === true) for (const listener of listeners) listener.disowned();
      current = again?.client ?? null;
    }
  };

  const id = (await db.get<{ id: number }>(selectNextId))?.id ?? 0;
  const connected = keepConnected((await connect(url, id, now, hear)).client);
  return {
    id,
    tell: { woken: (ids) => say('woken', ids), changed: (ids) => say('changed', ids) },
    listen: (listener) => void listeners.push(listener),
    async close() {
      closing.abort();
      await telling;
      await connected;
    },
  };
}

/**
 * The lock first and the row then: a process that has a row and not its lock is dead. `isNew` when there was no
 * row: after a lost connection, because others have taken this process for dead and its claims with it.
 */
async function connect(
  url: string,
  id: number,
  now: number,
  hear: (word: string) => void,
): Promise<{ client: pg.Client; isNew: boolean }> {
  const client = new pg.Client(connectionOptions(url));
  client.on('error', () => {});
  client.on('notification', ({ payload }) => hear(payload ?? ''));
  try {
    await client.connect();
    await client.query(lock, [lockClass.process, id]);
    const { rowCount } = await client.query(insertProcess, [id, now]);
    await client.query(sql`listen ${channel}`);
    return { client, isNew: rowCount === 1 };
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** Resolves when the connection is gone or `signal` aborts. A network that swallows everything ends none: asked. */
async function ended(client: pg.Client, signal: AbortSignal): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  client.once('end', leave);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  while (!gone.signal.aborted) {
    await systemClock.sleep(askAfterMs, gone.signal);
    if (!gone.signal.aborted) await client.query(sql`select 1`).catch(leave);
  }
  signal.removeEventListener('abort', leave);
  if (!signal.aborted) void client.end().catch(() => {});
}

function chunk(ids: readonly EndpointId[]): EndpointId[][] {
  const parts: EndpointId[][] = [];
  for (let start = 0; start < ids.length; start += idsPerWord)
    parts.push(ids.slice(start, start + idsPerWord));
  return parts;
}

const selectNextId = sql`select nextval(pg_get_serial_sequence('processes', 'id'))::int as id`;

/** Waits: after a lost connection the server may not have noticed yet that the old one is gone. */
const lock = sql`select pg_advisory_lock($1::int, $2::int)`;

const insertProcess = sql`
  insert into processes (id, started_at) overriding system value values ($1, $2) on conflict (id) do nothing`;

const notify = sql`select pg_notify($1, word) from unnest($2::text[]) as word`;
