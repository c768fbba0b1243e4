import { DatabaseSync } from 'node:sqlite';
import { errorCode, explain } from './database.ts';
import { inUse } from './owner.ts';

/**
 * Process lock: makes this process the only one on a database for as long as it lives, so that claims found at the start
 * belong to a dead process, and counts kept in memory are true. It is SQLite's own lock on a second, empty file, which
 * the operating system releases however the process ends. Returns what releases it. Somebody may remove that file: see
 * owner.ts.
 */
export function lockDatabase(path: string): () => void {
  const lockPath = `${path}.lock`;
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(lockPath, { timeout: 0 });
    lock.exec('begin exclusive');
  } catch (error) {
    lock?.close();
    const code = errorCode(error);
    if (code === null || (code & 0xff) !== 5) throw explain(error, lockPath);
    throw inUse(path, error);
  }
  const held = lock;
  return () => {
    if (held.isOpen) held.close();
  };
}
