// Reading a SQLite file on a connection of its own, beside the one that writes (WAL: neither waits for the other).
import { createReads } from '../records/records.ts';
import type { ReadStore } from '../store.ts';
import { type ReadBounds, readBounds } from '../walk.ts';
import { Database, explain } from './database.ts';
import { createReader } from './engine.ts';
import { readIndexed } from './memory.ts';

/** Opens a file that this process has opened for writing already. Throws `StoreError`. */
export function openSqliteReads(path: string, bounds: Partial<ReadBounds> = {}): ReadStore {
  const indexed = { events: 0, deliveries: 0, attempts: 0 };
  try {
    const db = new Database(path, { isReadOnly: true });
    const reads = createReads({
      ...createReader(indexed, readBounds(bounds)),
      // One state throughout, with the deferred indexes as they are in it.
      read: async (work) =>
        db.snapshot(() => {
          Object.assign(indexed, readIndexed(db));
          return db.perform(work);
        }),
    });
    return { ...reads, close: async () => db.close() };
  } catch (error) {
    throw explain(error, path);
  }
}
