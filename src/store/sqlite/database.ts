// The one connection to a SQLite file: prepared statements, transactions and counting. Everything in it is
// synchronous; only the port is not.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Fault } from '#core/fault.ts';
import { sql, StoreError } from '../sql.ts';

export { parseJson, sql, StoreError } from '../sql.ts';

/** An insert of many rows by one statement. */
export interface Insert {
  readonly head: string;
  readonly tuple: string;
  /** The text for each number of rows. */
  readonly texts: string[];
}

const retryAfterSeconds = 1;

/** Work that waits to share a transaction. */
interface Part {
  /** Does it, inside the transaction; answers what tells whoever asked, once that is on disk. */
  readonly run: () => () => void;
  readonly reject: (reason: unknown) => void;
}

/** Rows per statement. Every count up to it is a prepared statement of its own, of about 1.5 KB per row. */
const rowsPerStatement = 64;

export function defineInsert(
  table: string,
  columns: string,
  verb: 'insert' | 'insert or replace' = 'insert',
): Insert {
  const head = sql`${verb} into ${table} (${columns}) values `;
  return { head, tuple: `(${columns.replaceAll(/\w+/g, '?')})`, texts: [] };
}

export class Database {
  commits = 0;
  statements = 0;
  readonly path: string;
  readonly #sqlite: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  #afterCommit: (() => void)[] = [];
  #parts: Part[] = [];
  /** Called at the end of each transaction that is shared, inside it. */
  beforeCommit: () => void = () => {};
  /** A transaction came to nothing because the disk would not take it, and nobody has looked since. */
  #isRefused = false;
  /** Called when a transaction came to nothing: what memory has learnt in it is not true. */
  onRollback: () => void = () => {};
  /** Called after each commit, before what waited for it goes on: the log has grown. */
  onCommit: () => void = () => {};

  constructor(path: string) {
    this.path = path;
    this.#sqlite = new DatabaseSync(path, { timeout: 5000 });
    this.#sqlite.exec(settings);
  }

  /** All rows. `Row` says what the statement selects. */
  all<Row>(text: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#statement(text).all(...values) as unknown as Row[];
  }

  /** The first row. */
  get<Row>(text: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#statement(text).get(...values) as unknown as Row | undefined;
  }

  /** How many rows it changed. By itself it is a transaction of its own. */
  run(text: string, ...values: readonly SQLInputValue[]): number {
    if (!this.#sqlite.isTransaction) return this.transaction(() => this.run(text, ...values));
    return Number(this.#statement(text).run(...values).changes);
  }

  /** Text with many statements, run as it is. */
  script(text: string): void {
    this.#sqlite.exec(text);
  }

  insert(into: Insert, rows: readonly (readonly SQLInputValue[])[]): void {
    for (let start = 0; start < rows.length; start += rowsPerStatement) {
      const chunk = rows.slice(start, start + rowsPerStatement);
      const text = (into.texts[chunk.length] ??= into.head + Array(chunk.length).fill(into.tuple).join(', '));
      this.run(text, ...listValues(chunk));
    }
  }

  /** Runs `work` as one transaction: all of it is on disk when this returns, or none. */
  transaction<Result>(work: () => Result): Result {
    let result: Result;
    try {
      this.#statement(sql`begin immediate`).run();
      result = work();
      this.#statement(sql`commit`).run();
    } catch (error) {
      if (this.#sqlite.isOpen && this.#sqlite.isTransaction) this.#statement(sql`rollback`).run();
      this.#afterCommit = [];
      this.onRollback();
      if (!isPassing(error)) throw explain(error, this.path);
      this.#isRefused = true;
      throw unavailable(error);
    }
    this.commits++;
    this.onCommit();
    const effects = this.#afterCommit;
    this.#afterCommit = [];
    for (const effect of effects) effect();
    return result;
  }

  /**
   * The same in one transaction with whatever else is asked for until the next turn of the event loop: all share
   * a commit, and with it the wait for the disk. What fails fails alone: then each is run by itself.
   */
  together<Result>(work: () => Result): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const run = (): (() => void) => {
      const result = work();
      return () => resolve(result);
    };
    // A turn later: publications and results that came in the same one meet here.
    if (this.#parts.push({ run, reject }) === 1) setImmediate(() => this.#runParts());
    return promise;
  }

  #runParts(): void {
    const parts = this.#parts;
    this.#parts = [];
    try {
      this.#share(parts);
    } catch (error) {
      if (parts.length === 1) return parts[0]?.reject(error);
      for (const part of parts) {
        try {
          this.#share([part]);
        } catch (reason) {
          part.reject(reason);
        }
      }
    }
  }

  #share(parts: readonly Part[]): void {
    const settled = this.transaction(() => {
      const done = parts.map(({ run }) => run());
      this.beforeCommit();
      return done;
    });
    for (const resolve of settled) resolve();
  }

  /** What memory has to learn from this transaction, if it comes to be. */
  afterCommit(effect: () => void): void {
    this.#afterCommit.push(effect);
  }

  /** Throws when the file can't be read, or when it has not taken a transaction and takes no large one now. */
  check(): void {
    try {
      this.get(selectVersion);
      if (!this.#isRefused) return;
      // A small one proves nothing: it may fit where the log has been before.
      this.run(insertRoom, roomBytes / 2);
      this.run(deleteRoom);
      this.#isRefused = false;
    } catch (error) {
      throw explain(error, this.path);
    }
  }

  /** False once it is closed. */
  get isOpen(): boolean {
    return this.#sqlite.isOpen;
  }

  close(): void {
    this.#prepared.clear();
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }

  #statement(text: string): StatementSync {
    this.statements++;
    let statement = this.#prepared.get(text);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(text);
      this.#prepared.set(text, statement);
    }
    return statement;
  }
}

/**
 * `synchronous = full` with WAL: a commit is on disk when it returns. The log is copied into the file by a thread of
 * its own (checkpoints.ts); a commit does it when that has left 64 MiB. The cache is 16 MiB.
 */
const settings = sql`
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma foreign_keys = on;
  pragma temp_store = memory;
  pragma cache_size = -12288;
  pragma wal_autocheckpoint = 16000;
  pragma journal_size_limit = 67108864;
`;

const selectVersion = sql`select max(number) from migrations`;
/** As much as a full batch of publications takes. */
const roomBytes = 2 ** 20;
const insertRoom = sql`insert or replace into metadata (name, value) values ('room', hex(zeroblob(?)))`;
const deleteRoom = sql`delete from metadata where name = 'room'`;

/** Turns SQLite's own errors into a line that says what to do; a fault tells of its cause, others stay. */
export function explain(error: unknown, path: string): unknown {
  const cause = error instanceof Fault ? error.cause : error;
  const code = errorCode(cause);
  if (code === null) return error;
  const advice = adviceByCode[code & 0xff];
  return advice === undefined ? error : new StoreError(`${path}: ${advice}`, cause);
}

/** True for what may pass without anybody stopping the server: busy, read-only, a failing or a full disk. */
function isPassing(error: unknown): boolean {
  return [5, 8, 10, 13].includes((errorCode(error) ?? 0) & 0xff);
}

/** The values of all rows, one after the other. A third of the time of `flat`. */
function listValues(rows: readonly (readonly SQLInputValue[])[]): SQLInputValue[] {
  const values: SQLInputValue[] = [];
  for (const row of rows) for (const value of row) values.push(value);
  return values;
}

function unavailable(cause: unknown): Fault {
  const message = 'the database cannot be written now; send this again in a moment';
  return new Fault('unavailable', message, { retryAfterSeconds, cause });
}

/** SQLite's extended result code; null for errors that are not SQLite's. */
export function errorCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : null;
}

const adviceByCode: Readonly<Record<number, string>> = {
  5: 'another program holds the database; close it and try again.',
  8: 'the database cannot be written; give the user that runs Carillon write access to the file and its folder.',
  10: 'reading or writing the disk failed; check the disk, then start Carillon again.',
  11: 'the database is damaged; restore it from a backup, or move it away to begin with an empty one.',
  13: 'the disk is full; make room, then try again.',
  14: 'the database cannot be opened; check that the path is a file and that its folder can be written.',
  26: 'this file is not a Carillon database; give another path, or move the file away.',
};
