import { systemClock } from '#lib/clock.ts';
import type { IdSource } from '#lib/ids.ts';
import { auditAs } from '../records/audit.ts';
import type { Engine } from '../records/engine.ts';
import { createRecords } from '../records/records.ts';
import { createSubscriberCache } from '../records/subscribers.ts';
import { StoreError } from '../sql.ts';
import type { Store } from '../store.ts';
import { type ReadBounds, readBounds } from '../walk.ts';
import { claim, countWaiting, pull, readNextDue, release } from './claim.ts';
import type { Context } from './context.ts';
import { Database, explain } from './database.ts';
import { createEngine } from './engine.ts';
import { takeFanOuts, writePiece } from './fan-out.ts';
import { inspect } from './inspect.ts';
import { runMigrations } from './migrate.ts';
import { createPartitions } from './partitions.ts';
import { openPresence, type Presence } from './presence.ts';
import { publish } from './publish.ts';
import { record } from './record.ts';
import { recover } from './recover.ts';
import { deleteExpired } from './retention.ts';
import { createSlotStore } from './slots.ts';

export { checkPostgres, readMetadata } from './check.ts';
export { migratePostgres } from './migrate.ts';
export { openPostgresReads, readConnections } from './reads.ts';

export interface PostgresOptions {
  readonly url: string;
  /** Connections of the pool; one more receives notifications, and some more read (reads.ts). */
  readonly poolMax: number;
  readonly ids: IdSource;
  /** Unix ms. What dead processes had claimed is due from then on. */
  readonly now: number;
  /** How this process names itself to the others. */
  readonly processName?: string | undefined;
  /** One of several databases. */
  readonly isPartition?: boolean | undefined;
  /** How far one read goes; for tests. */
  readonly bounds?: Partial<ReadBounds>;
}

/**
 * Opens the store of a Postgres database, which many processes share, migrating it as needed. Throws `StoreError` with
 * one line for people if that fails.
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const { url, poolMax, ids, now } = options;
  const db = new Database({ url, poolMax });
  let presence: Presence | null = null;
  try {
    await runMigrations(db);
    presence = await openPresence(db, options.processName, now);
    await recover(db, now);
    await createPartitions(db, now);
    const { id, notify, isHeld, isSettled } = presence;
    const context = {
      db,
      ids,
      process: id,
      isPresent: isHeld,
      isSettled,
      notify,
      isPartition: options.isPartition === true,
      subscribers: createSubscriberCache(),
      expired: new Map(),
      bounds: readBounds(options.bounds),
    };
    return createStore(context, presence);
  } catch (error) {
    await presence?.close();
    await db.close();
    throw explain(error, db.name);
  }
}

function createStore(context: Context, presence: Presence): Store {
  const { db, ids } = context;
  const engine = createEngine(context);
  const by: Store['by'] = (command) => compose({ ...engine, audit: auditAs(ids, command) });
  const compose = (used: Engine): Store => {
    const records = createRecords(used);
    return {
      ...records,
      by,
      events: {
        ...records.events,
        publish: (publications, terms) => publish(context, publications, terms),
        fanOut: (fanOut, count, now) => writePiece(context, fanOut, count, now),
        takeFanOuts: () => takeFanOuts(context),
      },
      deliveries: {
        ...records.deliveries,
        nextDue: (endpoints) => readNextDue(db, endpoints),
        claim: (wanted, now, leaseMs) => claim(context, wanted, now, leaseMs),
        pull: (endpoint, count, now, leaseMs) => pull(context, endpoint, count, now, leaseMs),
        release: (claims, now) => release(context, claims, now),
        record: (results, terms) => record(context, results, terms),
        countWaiting: () => countWaiting(db),
      },
      async check() {
        if (!db.isOpen) throw new StoreError(`${db.name}: the database is closed.`);
        // A connection that is found to take no writes is given up, as every transaction gives it up.
        await withinCheckTime(
          db.transaction((tx) => inspect(tx, db.name)),
          db.name,
        );
      },
      deleteExpired: (before, now, rowsMax, eventsUntil = Number.MAX_SAFE_INTEGER) =>
        deleteExpired(context, { before, eventsUntil }, now, rowsMax),
      counters: () => ({ commits: db.commits, statements: db.statements }),
      listen: (listener) => presence.listen(listener),
      notifyDue: (endpoints) => context.notify.due(endpoints),
      slots: createSlotStore(db),
      async close() {
        await presence.close();
        await db.close();
      },
    };
  };
  return compose(engine);
}

/** A readiness probe times out soon. */
const checkMs = 3_000;

async function withinCheckTime(asked: Promise<unknown>, name: string): Promise<void> {
  const waited = new AbortController();
  const late = systemClock.sleep(checkMs, waited.signal).then(() => {
    if (waited.signal.aborted) return;
    throw new StoreError(`${name}: the database has not answered for ${checkMs / 1000} seconds.`);
  });
  try {
    await Promise.race([asked, late]);
  } catch (error) {
    throw explain(error, name);
  } finally {
    waited.abort();
  }
}
