import type { IdSource } from '#lib/ids.ts';
import { auditAs } from '../records/audit.ts';
import type { Engine } from '../records/engine.ts';
import { createRecords } from '../records/records.ts';
import { StoreError } from '../sql.ts';
import type { Store } from '../store.ts';
import { type ReadBounds, readBounds } from '../walk.ts';
import { claim, readNextDue, release, releaseAll } from './claim.ts';
import { explain } from './database.ts';
import { indexRows, unindexedMaxDefault } from './deferred-index.ts';
import { createEngine } from './engine.ts';
import { readFanOuts, writePiece } from './fan-out.ts';
import type { Guard } from './guard.ts';
import { type Context, readMemory } from './memory.ts';
import { openDatabase } from './migrate.ts';
import { Owner, share } from './owner.ts';
import { publish } from './publish.ts';
import { record } from './record.ts';
import { deleteExpired } from './retention.ts';
import { freePagesKept } from './shrink.ts';
import { startUpkeep } from './upkeep.ts';

export { migrateSqlite } from './migrate.ts';
export { openSqliteReads } from './reads.ts';

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  readonly ids: IdSource;
  /** Unix ms. What a dead process had claimed is due from then on. */
  readonly now: number;
  /** How many rows a deferred index may lack; for tests. */
  readonly unindexedMax?: number;
  /** How many free pages the file keeps; for tests. */
  readonly freePagesKept?: number;
  /** How far one read goes; for tests. */
  readonly bounds?: Partial<ReadBounds>;
}

/**
 * Opens the store of a file for this process alone, creating or migrating it as needed. Throws `StoreError` with one
 * line for people if that fails.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { path, ids, now, unindexedMax = unindexedMaxDefault } = options;
  const opened = openDatabase(path);
  const { db } = opened;
  try {
    const owner = new Owner(db);
    db.transaction(() => {
      owner.take();
      // No other process can write from now on: each claim that is found here belongs to one that has ended.
      releaseAll(db, now);
    });
    const memory = readMemory(db);
    const bounds = readBounds(options.bounds);
    const context = {
      db,
      ids,
      memory,
      unindexedMax,
      bounds,
      freePagesKept: options.freePagesKept ?? freePagesKept,
    };
    db.beforeCommit = () => indexRows(context);
    db.onRollback = () => memory.subscribers.clear();
    if (path === ':memory:') return createStore(context, null, async () => opened.close());
    share(db);
    const upkeep = startUpkeep(opened, owner);
    return createStore(context, upkeep.guard, async () => {
      await upkeep.stop();
      opened.close();
    });
  } catch (error) {
    opened.close();
    throw explain(error, path);
  }
}

function createStore(context: Context, guard: Guard | null, close: () => Promise<void>): Store {
  const { db, ids, memory } = context;
  const engine = createEngine(context);
  const left = readFanOuts(context);
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
        takeFanOuts: async () => left.splice(0),
      },
      deliveries: {
        ...records.deliveries,
        nextDue: async (endpoints) => readNextDue(db, endpoints),
        claim: async (wanted, now, leaseMs) => claim(db, wanted, now, leaseMs),
        pull: async (endpoint, count, now, leaseMs) => claim(db, [{ endpoint, count }], now, leaseMs),
        release: async (claims, now) => release(db, claims, now),
        record: (results, terms) => record(context, results, terms),
        countWaiting: async () => memory.waiting,
      },
      async check() {
        if (!db.isOpen) throw new StoreError(`${db.path}: the database is closed.`);
        guard?.check();
        db.check();
      },
      listen: (listener) => guard?.listen(listener),
      deleteExpired: async (before, _now, rowsMax, eventsUntil = Number.MAX_SAFE_INTEGER) =>
        deleteExpired(context, { before, eventsUntil }, rowsMax),
      counters: () => ({ commits: db.commits, statements: db.statements }),
      close,
    };
  };
  return compose(engine);
}
