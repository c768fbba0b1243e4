// Reading a Postgres database through a pool of its own: lists wait for each other, and publishing for none of them.
import { createReads } from '../records/records.ts';
import type { ReadStore } from '../store.ts';
import { type ReadBounds, readBounds } from '../walk.ts';
import { Database } from './database.ts';
import { createReader } from './engine.ts';
import { createSlotStore } from './slots.ts';

/** Connections for reading, of `poolMax` for everything else. */
export function readConnections(poolMax: number): number {
  return Math.max(1, Math.floor(poolMax / 4));
}

/** A list that takes longer is refused: its filters find too little by an index. */
const statementMs = 2_000;

/** Opens a database that this process has migrated already. Connects with the first read. */
export function openPostgresReads(
  { url, poolMax }: { readonly url: string; readonly poolMax: number },
  bounds: Partial<ReadBounds> = {},
): ReadStore {
  const db = new Database({ url, poolMax: readConnections(poolMax), statementMs });
  const reads = createReads(createReader(db, readBounds(bounds)));
  return { ...reads, slots: createSlotStore(db), close: () => db.close() };
}
