import { DatabaseSync } from 'node:sqlite';
import { errorCode, explain, sql, StoreError } from './database.ts';

/**
 * Makes this process the only one on a database, for as long as it lives: claims found at the start then
 * belong to a dead process, and counts kept in memory are true. The lock is SQLite's own on a second, empty
 * file, so that the system gives it back whatever ends the process. Returns what releases it.
 */
export function lockDatabase(path: string): () => void {
  const lockPath = `${path}.lock`;
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(lockPath, { timeout: 0 });
    lock.exec(sql`begin exclusive`);
  } catch (error) {
    lock?.close();
    const code = errorCode(error);
    if (code === null || (code & 0xff) !== 5) throw explain(error, lockPath);
    throw new StoreError(
      `${path}: another Carillon process is using this database; stop it first, or give this one another DATABASE_URL.`,
      error,
    );
  }
  const held = lock;
  return () => {
    if (held.isOpen) held.close();
  };
}
