// A connection to a SQLite file: prepared statements, transactions, group commit and counters. Everything here is
// synchronous, so a transaction is never open across a turn of the event loop.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Fault } from '#core/fault.ts';
import type { Work } from '../records/work.ts';
import { columnList, join, render, type Shape, type Sql, sql, StoreError, type Value, word } from '../sql.ts';

/** An insert of many rows by one statement. */
export interface Insert {
  readonly head: Sql;
  /** A row of parameters. */
  readonly tuple: Sql;
  /** The statement for each number of rows. */
  readonly shapes: Shape[];
}

const retryAfterSeconds = 1;

/** Work that waits to share a transaction. */
interface Part {
  /** Runs inside the transaction. Returns what resolves its promise once that is on disk. */
  readonly run: () => () => void;
  readonly reject: (reason: unknown) => void;
}

/** Rows per statement. Every count up to it is a prepared statement of its own, of about 1.5 KB per row. */
const rowsPerStatement = 64;

export function defineInsert(table: string, columns: readonly string[], verb = sql`insert`): Insert {
  const head = sql`${verb} into ${word(table)} (${columnList(columns)}) values `;
  return { head, tuple: sql`(${join(columns.map(() => sql`${null}`))})`, shapes: [] };
}

export class Database {
  commits = 0;
  statements = 0;
  readonly path: string;
  readonly #sqlite: DatabaseSync;
  readonly #prepared = new Map<Shape, StatementSync>();
  #dataVersion: StatementSync | null = null;
  #afterCommit: (() => void)[] = [];
  #parts: Part[] = [];
  /** Called at the end of each shared transaction, inside it. */
  beforeCommit: () => void = () => {};
  /** The disk has refused a transaction, and no check has succeeded since. */
  #isRefused = false;
  /** Called after a rollback: what memory learned in the transaction is not true. */
  onRollback: () => void = () => {};
  /** Called at the start of each transaction, inside it. What it throws ends the transaction. */
  onBegin: () => void = () => {};
  /** Called after each commit, before the work that waited for it resumes: the log has grown. What it throws, that gets. */
  onCommit: () => void = () => {};

  constructor(path: string, { isReadOnly = false } = {}) {
    this.path = path;
    this.#sqlite = new DatabaseSync(path, { timeout: 5000, readOnly: isReadOnly });
    this.#sqlite.exec(isReadOnly ? readSettings : settings);
  }

  /** All rows. `Row` says what the statement selects. */
  all<Row>({ shape, values }: Sql): Row[] {
    return this.#statement(shape).all(...values.map(toInput)) as unknown as Row[];
  }

  /** The first row. */
  get<Row>({ shape, values }: Sql): Row | undefined {
    return this.#statement(shape).get(...values.map(toInput)) as unknown as Row | undefined;
  }

  /** The rows one by one, for tables that do not fit into memory. */
  iterate<Row>({ shape, values }: Sql): Iterable<Row> {
    return this.#statement(shape).iterate(...values.map(toInput)) as unknown as Iterable<Row>;
  }

  /** How many rows it changed. Outside a transaction it is one of its own. */
  run(statement: Sql): number {
    if (!this.#sqlite.isTransaction) return this.transaction(() => this.run(statement));
    return Number(this.#statement(statement.shape).run(...statement.values.map(toInput)).changes);
  }

  /** Runs the statements of the records, all in this turn. */
  perform<Result>(work: Work<Result>): Result {
    let step = work.next();
    while (step.done !== true) {
      const { statement, wants } = step.value;
      step = work.next(wants === 'rows' ? this.all(statement) : this.run(statement));
    }
    return step.value;
  }

  /** The same on one state of the database, that of now. */
  snapshot<Result>(work: () => Result): Result {
    this.#statement(beginRead).run();
    try {
      return work();
    } finally {
      this.#statement(commit).run();
    }
  }

  /** Text with many statements, run as it is. */
  script(text: string): void {
    this.#sqlite.exec(text);
  }

  insert(into: Insert, rows: readonly (readonly SQLInputValue[])[]): void {
    for (let start = 0; start < rows.length; start += rowsPerStatement) {
      const chunk = rows.slice(start, start + rowsPerStatement);
      const shape = (into.shapes[chunk.length] ??= insertShape(into, chunk.length));
      this.#statement(shape).run(...listValues(chunk));
    }
  }

  /** Runs `work` as one transaction: all of it is on disk when this returns, or none. */
  transaction<Result>(work: () => Result): Result {
    let result: Result;
    try {
      this.#statement(begin).run();
      this.onBegin();
      result = work();
      this.#statement(commit).run();
    } catch (error) {
      if (this.#sqlite.isOpen && this.#sqlite.isTransaction) this.#statement(rollback).run();
      this.#afterCommit = [];
      this.onRollback();
      if (!isPassing(error)) throw explain(error, this.path);
      this.#isRefused = true;
      throw unavailable(error);
    }
    this.commits++;
    const effects = this.#afterCommit;
    this.#afterCommit = [];
    for (const effect of effects) effect();
    this.onCommit();
    return result;
  }

  /**
   * Group commit: the same, in one transaction with all other work that is asked for until the next turn of the event
   * loop. All share a commit, and with it the wait for the disk. When it fails, each part is run again by itself.
   */
  together<Result>(work: () => Result): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const run = (): (() => void) => {
      const result = work();
      return () => resolve(result);
    };
    // In the next turn, so that publications and results of this one share a transaction.
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

  /** Changes when another connection has committed. No statement that is counted: it reads no page. */
  readDataVersion(): number {
    this.#dataVersion ??= this.#sqlite.prepare('pragma data_version');
    return Number(this.#dataVersion.get()?.['data_version']);
  }

  /** What memory learns from this transaction, if it commits. */
  afterCommit(effect: () => void): void {
    this.#afterCommit.push(effect);
  }

  /** Throws when the file can't be read, or when the disk has refused a transaction and still refuses a large one. */
  check(): void {
    try {
      this.get(sql`select max(number) from migrations`);
      if (!this.#isRefused) return;
      // A small one proves nothing: it may fit into the part of the log that is reused.
      this.run(sql`
        insert or replace into metadata (name, value) values ('room', hex(zeroblob(${roomBytes / 2})))`);
      this.run(sql`delete from metadata where name = 'room'`);
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

  #statement(shape: Shape): StatementSync {
    this.statements++;
    let statement = this.#prepared.get(shape);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(render(shape, () => '?'));
      this.#prepared.set(shape, statement);
    }
    return statement;
  }
}

const begin = sql`begin immediate`.shape;
const beginRead = sql`begin`.shape;
const commit = sql`commit`.shape;
const rollback = sql`rollback`.shape;

/** SQLite has neither booleans nor lists. */
function toInput(value: Value): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return isList(value) ? JSON.stringify(value) : value;
}

function isList(value: Value): value is readonly unknown[] {
  return Array.isArray(value);
}

function insertShape({ head, tuple }: Insert, rows: number): Shape {
  return sql`${head}${join(Array<Sql>(rows).fill(tuple))}`.shape;
}

/**
 * `synchronous = full` with WAL: a commit is on disk when it returns. The log is copied into the file by a thread of
 * its own (checkpoints.ts); a commit does it only when that thread has left 64 MiB. The cache is 12 MiB. `auto_vacuum` comes
 * first, and counts for a new file alone: it can shrink (shrink.ts).
 */
const settings = `
  pragma auto_vacuum = incremental;
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma foreign_keys = on;
  pragma temp_store = memory;
  pragma cache_size = -12288;
  pragma wal_autocheckpoint = 16000;
  pragma journal_size_limit = 67108864;
`;

const readSettings = `
  pragma temp_store = memory;
  pragma cache_size = -12288;
`;

/** As much as a full batch of publications takes. */
const roomBytes = 2 ** 20;

/** Turns SQLite's own errors, also as the cause of a fault, into one line that says what to do. Others stay. */
export function explain(error: unknown, path: string): unknown {
  const cause = error instanceof Fault ? error.cause : error;
  const code = errorCode(cause);
  if (code === null) return error;
  const advice = adviceByCode[code & 0xff];
  return advice === undefined ? error : new StoreError(`${path}: ${advice}`, cause);
}

/** True for what may pass while the server runs: busy, read-only, a failing or a full disk. */
function isPassing(error: unknown): boolean {
  return [5, 8, 10, 13].includes((errorCode(error) ?? 0) & 0xff);
}

/** The values of all rows, one after the other, in a third of the time of `flat`. */
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
