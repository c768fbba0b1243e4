// Gives space back to the disk: free pages leave at the end of the file, a few at a time (incremental vacuum). Only a file
// that was made so can do this; in others free pages are used again.
import { sql } from '../sql.ts';
import type { Database } from './database.ts';

/** Pages of a step: as many are moved at most, some milliseconds of work. */
const pagesPerStep = 256;

/** What stays free for what comes next: this part of the file, and at least 64 MiB. Otherwise it would shrink and grow all the time. */
const partKept = 0.1;
export const freePagesKept = 16_384;

/** One bounded step, inside a transaction. Returns how many pages are gone: 0 when few enough are free. */
export function shrink(db: Database, keptMin: number): number {
  const free = readNumber(db, 'freelist_count');
  if (free <= keptMin) return 0;
  const pages = readNumber(db, 'page_count');
  const spare = Math.floor(free - Math.max(keptMin, pages * partKept));
  const incremental = 2;
  if (spare <= 0 || readNumber(db, 'auto_vacuum') !== incremental) return 0;
  const count = Math.min(spare, pagesPerStep);
  // As a script: a statement frees a page with each row that is asked of it.
  db.script(`pragma incremental_vacuum(${count})`);
  return count;
}

const pragmas = {
  freelist_count: sql`pragma freelist_count`,
  page_count: sql`pragma page_count`,
  auto_vacuum: sql`pragma auto_vacuum`,
};

function readNumber(db: Database, name: keyof typeof pragmas): number {
  return db.get<Record<string, number>>(pragmas[name])?.[name] ?? 0;
}
