// Reading a SQLite file on a connection of its own, beside the one that writes (WAL: neither waits for the other).
import { Fault } from '#core/fault.ts';
import { createReads } from '../records/records.ts';
import type { ReadStore } from '../store.ts';
import { type ReadBounds, readBounds } from '../walk.ts';
import { Database, explain } from './database.ts';
import { createReader } from './engine.ts';
import { identityOf } from './files.ts';
import { readIndexed } from './memory.ts';

const retryAfterSeconds = 1;

/** Opens a file with the first read; then this process must have opened it for writing. */
export function openSqliteReads(path: string, bounds: Partial<ReadBounds> = {}): ReadStore {
  const indexed = { events: 0, deliveries: 0, attempts: 0 };
  let opened: Database | null = null;
  let identity: string | null = null;
  const open = (): Database => {
    // It was opened while another file was in its place.
    if (opened !== null && identityOf(path) !== identity) {
      opened.close();
      opened = null;
    }
    if (opened !== null) return opened;
    try {
      identity = identityOf(path);
      return (opened = new Database(path, { isReadOnly: true }));
    } catch (error) {
      // The server has this file open for writing: what is missing is a descriptor, or memory, and passes.
      throw new Fault('unavailable', 'the database cannot be read now; send this again in a moment', {
        retryAfterSeconds,
        cause: explain(error, path),
      });
    }
  };
  const reads = createReads({
    ...createReader(indexed, readBounds(bounds)),
    // One state throughout, with the deferred indexes as they are in it.
    async read(work) {
      const db = open();
      return db.snapshot(() => {
        Object.assign(indexed, readIndexed(db));
        return db.perform(work);
      });
    },
  });
  return { ...reads, close: async () => opened?.close() };
}
