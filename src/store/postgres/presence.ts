// Presence: a connection of its own holds the advisory lock that shows that this process lives, and receives the
// notifications of the others. Its own notifications are collected for a moment, so that a busy process sends a few a
// second at most. Notifications are best-effort: every process reads the agenda now and then.
import type pg from 'pg';
import type { EndpointId } from '#core/endpoint.ts';
import { systemClock } from '#lib/clock.ts';
import { sql, word } from '../sql.ts';
import type { StoreListener } from '../store.ts';
import { lockClass, type Notify } from './context.ts';
import { closeMs, type Database, toQuery, within } from './database.ts';

export interface Presence {
  /** The number of this process. */
  readonly id: number;
  /** False while the connection is lost: others may declare this process dead, and release what it claims meanwhile. */
  readonly isHeld: () => boolean;
  /**
   * False for some seconds after the connection was lost: after a restart or a fail-over of the server nobody has its lock,
   * and the other processes get the time to take theirs again.
   */
  readonly isSettled: () => boolean;
  readonly notify: Notify;
  listen(listener: StoreListener): void;
  close(): Promise<void>;
}

export const channel = 'carillon';
/** A notification holds 8000 bytes at most; an id has 29. */
const idsMax = 200;
const notifyAfterMs = 10;
const reconnectAfterMs = 1000;
const settledAfterMs = 5_000;
const probeAfterMs = 15_000;

/** What a notification says of its endpoints: the words on the wire. A process ignores words that it does not know. */
const topics = ['changed', 'woken'] as const;
type Topic = (typeof topics)[number];
const memberOf = { changed: 'changed', woken: 'due' } as const;
/** The word of a notification without endpoints: what is cached of the keys of the admin API is to be read again. */
const accessTopic = 'access';
/** The slot map was changed; no process is the sender. */
export const mapMessage = '0 map';

/** `name`: how the connection names itself to the database; see `nameProcess`. */
export async function openPresence(db: Database, name: string | undefined, now: number): Promise<Presence> {
  const listeners: StoreListener[] = [];
  const collected: Record<Topic, Set<EndpointId>> = { woken: new Set(), changed: new Set() };
  const closing = new AbortController();
  let sending: Promise<void> | null = null;
  let isHeld = true;
  let settledAt = 0;

  const receive = (message: string): void => {
    const [sender, topic, ...endpoints] = message.split(' ');
    if (sender === String(id)) return;
    if (message === mapMessage) for (const listener of listeners) listener.mapChanged?.();
    if (topic === accessTopic) for (const listener of listeners) listener.accessChanged();
    if (topic !== 'woken' && topic !== 'changed') return;
    for (const listener of listeners) listener[memberOf[topic]](endpoints as EndpointId[]);
  };

  const notify = (messages: readonly string[]): Promise<unknown> =>
    db.all(sql`select pg_notify(${channel}, message) from unnest(${messages}::text[]) as message`);

  const sendAll = async (): Promise<void> => {
    await systemClock.sleep(notifyAfterMs, closing.signal);
    sending = null;
    if (closing.signal.aborted) return;
    const messages = topics.flatMap((topic) => {
      const ids = [...collected[topic]];
      collected[topic].clear();
      return chunk(ids).map((part) => [id, topic, ...part].join(' '));
    });
    await notify(messages);
  };

  const send = (topic: Topic, endpoints: readonly EndpointId[]): void => {
    if (endpoints.length === 0 || closing.signal.aborted) return;
    for (const endpoint of endpoints) collected[topic].add(endpoint);
    // The other processes find what can't be sent when they read the agenda.
    sending ??= sendAll().catch(() => {});
  };

  const keepConnected = async (first: pg.Client): Promise<void> => {
    for (let current: pg.Client | null = first; ;) {
      if (current !== null) await ended(current, closing.signal);
      isHeld = false;
      if (closing.signal.aborted) {
        if (current !== null)
          await within(
            closeMs,
            current.end().catch(() => {}),
          );
        return;
      }
      await systemClock.sleep(reconnectAfterMs, closing.signal);
      const again = closing.signal.aborted
        ? null
        : await connect(db, { id, name, now, receive }).catch(() => null);
      if (again?.isNew === true) for (const listener of listeners) listener.leasesLost();
      current = again?.client ?? null;
      isHeld = current !== null;
      settledAt = systemClock.now() + settledAfterMs;
    }
  };

  const row = await db.get<{ id: number }>(
    sql`select nextval(pg_get_serial_sequence('processes', 'id'))::int as id`,
  );
  const id = row?.id ?? 0;
  const connected = keepConnected((await connect(db, { id, name, now, receive })).client);
  return {
    id,
    isHeld: () => isHeld,
    isSettled: () => isHeld && systemClock.now() >= settledAt,
    notify: {
      due: (ids) => send('woken', ids),
      changed: (ids) => send('changed', ids),
      // Rare, and at once; what is cached has a bound of its own.
      accessChanged: () => void notify([`${id} ${accessTopic}`]).catch(() => {}),
    },
    listen: (listener) => void listeners.push(listener),
    async close() {
      closing.abort();
      await sending;
      await connected;
    },
  };
}

/** What the connection shows of this process. */
interface Self {
  readonly id: number;
  readonly name: string | undefined;
  readonly now: number;
  readonly receive: (message: string) => void;
}

/**
 * Takes the lock, then inserts the row: a process that has a row but not its lock is dead. `isNew` when there was no row:
 * after a lost connection, because another process has declared this one dead and released its claims.
 */
async function connect(
  db: Database,
  { id, name, now, receive }: Self,
): Promise<{ client: pg.Client; isNew: boolean }> {
  const client = await db.connect(name === undefined ? {} : { application_name: name });
  client.on('notification', ({ payload }) => receive(payload ?? ''));
  try {
    // Waits: after a lost connection the server may still hold the lock for the old one.
    await client.query(toQuery(sql`select pg_advisory_lock(${lockClass.process}::int, ${id}::int)`));
    const { rowCount } = await client.query(
      toQuery(sql`
        insert into processes (id, started_at) overriding system value values (${id}, ${now})
        on conflict (id) do nothing`),
    );
    await client.query(toQuery(sql`listen ${word(channel)}`));
    return { client, isNew: rowCount === 1 };
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** Resolves when the connection is lost or `signal` aborts. A silent network closes no connection: hence the probes. */
async function ended(client: pg.Client, signal: AbortSignal): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  client.once('end', leave);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  while (!gone.signal.aborted) {
    await systemClock.sleep(probeAfterMs, gone.signal);
    if (!gone.signal.aborted) await client.query('select 1').catch(leave);
  }
  signal.removeEventListener('abort', leave);
  if (!signal.aborted) void client.end().catch(() => {});
}

function chunk(ids: readonly EndpointId[]): EndpointId[][] {
  const parts: EndpointId[][] = [];
  for (let start = 0; start < ids.length; start += idsMax) parts.push(ids.slice(start, start + idsMax));
  return parts;
}
