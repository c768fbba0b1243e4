// Checks of the pages of a database (SQLite's `quick_check`), for files whose last process did not close them.
import { spawn } from 'node:child_process';
import { systemClock } from '#lib/clock.ts';
import { StoreError, sql } from '../sql.ts';
import type { Database } from './database.ts';
import { sizeOf } from './files.ts';

/** Up to this size a file is checked before it is used, in some tenths of a second. */
export const smallBytes = 64 * 1024 * 1024;
/**
 * Limits of a check in the background. It reads a table at one moment of the database, and meanwhile the log is not
 * restarted: it grows.
 */
const checkMsMax = 10 * 60_000;
const logBytesMax = 512 * 1024 * 1024;
const lookMs = 500;
/** The start, and the first deliveries after it, have the disk to themselves. */
const afterMs = 5_000;

/** Throws `StoreError` when a page is damaged. */
export function checkPages(db: Database): void {
  const found = db.get<{ quick_check: string }>(sql`pragma quick_check(1)`)?.quick_check ?? '';
  if (found !== 'ok') throw damaged(db.path, found);
}

/** Of a check in the background: what is damaged, `ok`, or why it ended early. */
export type PagesFound =
  | { readonly kind: 'ok' }
  | { readonly kind: 'damaged'; readonly error: StoreError }
  | { readonly kind: 'unfinished'; readonly reason: string };

/**
 * The same in a process of its own, table by table, which can be ended at any moment: SQLite does not interrupt a check.
 * Ends early at the limits, and when `signal` aborts.
 */
export async function checkPagesAside(path: string, signal: AbortSignal): Promise<PagesFound> {
  await systemClock.sleep(afterMs, signal);
  if (signal.aborted) return { kind: 'unfinished', reason: 'the check was ended' };
  const child = spawn(process.execPath, ['-e', program, path], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const over = new AbortController();
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  }).then(() => over.abort());
  const reason = await exceeded(path, AbortSignal.any([signal, over.signal]));
  child.kill('SIGKILL');
  await ended;
  if (said === 'ok') return { kind: 'ok' };
  if (said !== '') return { kind: 'damaged', error: damaged(path, said) };
  return { kind: 'unfinished', reason: reason ?? 'the check was ended' };
}

/** Resolves with the limit that was exceeded, or with null when `signal` aborts. */
async function exceeded(path: string, signal: AbortSignal): Promise<string | null> {
  for (let waitedMs = 0; waitedMs < checkMsMax; waitedMs += lookMs) {
    await systemClock.sleep(lookMs, signal);
    if (signal.aborted) return null;
    if ((sizeOf(`${path}-wal`) ?? 0) > logBytesMax) return 'the write-ahead log grew too large';
  }
  return 'it took too long';
}

export function damaged(path: string, found: string): StoreError {
  return new StoreError(
    `${path}: the database is damaged (${found.replace(/\s+/g, ' ')}); run carillon restore <file> with a backup, or ` +
      'move the database and its -wal file away to begin with an empty one.',
  );
}

/** As text, like the checkpoints: it starts in a tenth of the time. It leaves the processor to all others. */
const program = `
  const { DatabaseSync } = require('node:sqlite');
  require('node:os').setPriority(19);
  const check = () => {
    const db = new DatabaseSync(process.argv[1], { readOnly: true, timeout: 5000 });
    const tables = db.prepare("select name from sqlite_schema where type = 'table'").all();
    for (const { name } of tables) {
      const [first] = Object.values(db.prepare('pragma quick_check("' + name + '")').get());
      if (first !== 'ok') return first;
    }
    return 'ok';
  };
  let found = '';
  try {
    found = check();
  } catch (error) {
    // Not of the file: it is busy, or cannot be opened.
    if (error.errcode % 256 === 11 || error.errcode % 256 === 26) found = error.message;
  }
  process.stdout.write(found);
`;
