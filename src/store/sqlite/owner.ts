// Ownership of a database file: a fencing number in the file itself (`user_version` of its header), for two servers that
// do not see each other's process lock. Positive: the process with this number has the file. Negative: another process asks
// it whether it lives. Zero: the last process has closed the file.
import { systemRandom } from '#lib/random.ts';
import { sql, StoreError } from '../sql.ts';
import type { Database } from './database.ts';

/** How long a process that is asked may take to answer, and how often is looked. It looks for questions itself. */
const answerMsMax = 2_000;
const lookMs = 50;

export class Owner {
  readonly #db: Database;
  readonly #number = 1 + (Buffer.from(systemRandom.bytes(4)).readUInt32BE(0) % (2 ** 31 - 1));
  #seen = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Inside a transaction: from its commit on, no other process can commit. */
  take(): void {
    writeNumber(this.#db, this.#number);
    this.#seen = this.#db.readDataVersion();
  }

  /** Inside a transaction: false when another process has taken the file. Answers one that asks. */
  holds(): boolean {
    const version = this.#db.readDataVersion();
    if (version === this.#seen) return true;
    const found = readNumber(this.#db);
    if (found === -this.#number) writeNumber(this.#db, this.#number);
    else if (found === this.#number) this.#seen = version;
    return Math.abs(found) === this.#number;
  }

  /** True when another process has written to the file since `holds`: a question, or it has taken the file. */
  hasNews(): boolean {
    return this.#db.readDataVersion() !== this.#seen;
  }

  /** Inside a transaction: the file is closed in order. */
  release(): void {
    writeNumber(this.#db, 0);
  }
}

/** True when the process that had the file has not closed it: it was killed, or still runs. */
export function isOwned(db: Database): boolean {
  return readNumber(db) !== 0;
}

/**
 * Makes sure that no other process serves this file, also when its process lock was removed: takes SQLite's exclusive lock
 * on the file, which each connection of another process prevents, until `share`. When there is one, it may be a program
 * that only reads: it is asked, and only a server answers. Throws `StoreError` then.
 */
export function holdAlone(db: Database): void {
  // Read first: a connection that begins with an exclusive lock keeps it until it is closed.
  const owner = readNumber(db);
  if (lockExclusively(db)) return;
  if (owner === 0) return;
  db.transaction(() => writeNumber(db, -Math.abs(owner)));
  for (let waitedMs = 0; waitedMs < answerMsMax; waitedMs += lookMs) {
    // The thread has nothing else to do: it opens the database.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lookMs);
    if (readNumber(db) > 0) throw inUse(db.path);
  }
}

/** Lets the other connections in again: readers, and the checkpoints' thread. */
export function share(db: Database): void {
  db.script('pragma locking_mode = normal');
  // SQLite gives up the lock at the end of a transaction.
  db.transaction(() => {});
}

function lockExclusively(db: Database): boolean {
  try {
    db.script('pragma busy_timeout = 0; pragma locking_mode = exclusive; begin immediate; commit;');
    return true;
  } catch {
    db.script('pragma locking_mode = normal');
    return false;
  } finally {
    db.script('pragma busy_timeout = 5000');
  }
}

export function inUse(path: string, cause?: unknown): StoreError {
  return new StoreError(
    `${path}: another Carillon process is using this database; stop it first, or give this one another DATABASE_URL.`,
    cause,
  );
}

const readNumber = (db: Database): number =>
  db.get<{ user_version: number }>(sql`pragma user_version`)?.user_version ?? 0;

/** A pragma takes no parameters. */
const writeNumber = (db: Database, number: number): void => db.script(`pragma user_version = ${number}`);
