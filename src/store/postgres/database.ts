// The connections to a Postgres database: a bounded pool, prepared statements, transactions and counting.
import pg from 'pg';
import { Fault } from '#core/fault.ts';
import { systemClock } from '#lib/clock.ts';
import { slotsClosed } from '../closed.ts';
import type { Work } from '../records/work.ts';
import { render, type Shape, type Sql, sql, StoreError } from '../sql.ts';
import { adviceFor, hasCode, isLost, isNotUpYet, isPassing } from './advice.ts';
import { connectMs, queryMs, statementMsDefault } from './connection.ts';
import { Hosts } from './hosts.ts';

/** Runs statements: the pool, each as a transaction of its own, or a transaction. */
export interface Queries {
  /** All rows. `Row` says what the statement selects. */
  all<Row>(statement: Sql): Promise<Row[]>;
  /** The first row. */
  get<Row>(statement: Sql): Promise<Row | undefined>;
  /** How many rows it changed. */
  run(statement: Sql): Promise<number>;
  /** One statement that writes, with its rows. */
  write<Row>(statement: Sql): Promise<Row[]>;
}

export interface Transaction extends Queries {
  /** Text with many statements, run as it is. */
  script(text: string): Promise<void>;
}

/** Runs the statements of the records, one after the other. */
export async function perform<Result>(queries: Queries, work: Work<Result>): Promise<Result> {
  let step = work.next();
  while (step.done !== true) {
    const { statement, wants } = step.value;
    step = work.next(wants === 'rows' ? await queries.all(statement) : await queries.run(statement));
  }
  return step.value;
}

/** A statement as the driver takes it. */
export function toQuery({ shape, values }: Sql): { text: string; values: unknown[] } {
  return { text: render(shape, (number) => `$${number}`), values: [...values] };
}

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most. */
  readonly poolMax: number;
  /** How long the server lets one statement run. */
  readonly statementMs?: number;
}

/** How often a transaction is run that others deadlock with. */
const runsMax = 5;
const retryAfterSeconds = 1;
/** Of `refuse_sealed`, a trigger. */
const closedCode = 'CA001';
/** A server that is gone does not close its connections. */
export const closeMs = 2_000;
/** No timeout: the longest that a timer takes, 24 days. */
const longMs = 2 ** 31 - 1;
/** With several hosts, all are asked while work takes longer than this: the primary may be cut off, and another promoted. */
const suspiciousMs = 2_000;
const watchMs = 1_000;
/** How often a connection is tried: a primary that has just failed is known as such after the first. */
const connectsMax = 2;

export class Database implements Queries {
  commits = 0;
  statements = 0;
  /** The server and the database, without the password, for messages. */
  readonly name: string;
  readonly #hosts: Hosts;
  readonly #pool: pg.Pool;
  /** When each work that runs began, the oldest first. */
  readonly #running = new Set<{ readonly since: number }>();
  readonly #closing = new AbortController();
  readonly #prepared = new Map<Shape, { readonly text: string; readonly name: string }>();

  constructor({ url, poolMax, statementMs = statementMsDefault }: DatabaseOptions) {
    const hosts = (this.#hosts = new Hosts(url, { statement_timeout: statementMs }));
    this.name = hosts.name;
    this.#pool = new pg.Pool({
      max: poolMax,
      idleTimeoutMillis: 30_000,
      connectionTimeoutMillis: connectMs,
      Client: class extends pg.Client {
        constructor() {
          super(hosts.clientOptions());
        }
      },
      // The pool awaits it, and gives up a connection that it rejects.
      onConnect: (client) => hosts.requireWrites(client),
    });
    // A connection that is lost while idle: the pool discards it, and opens another on demand.
    this.#pool.on('error', () => hosts.doubt());
    // The same while it is in use, between two statements: the next one fails, and reports it.
    this.#pool.on('connect', (client) => client.on('error', () => {}));
    if (hosts.isAsked) void this.#watch();
  }

  /** The server that was the primary last. */
  get primaryName(): string {
    return this.#hosts.primaryName;
  }

  async all<Row>(statement: Sql): Promise<Row[]> {
    return this.#with(async (client) => (await this.#query(client, statement)).rows as Row[]);
  }

  async get<Row>(statement: Sql): Promise<Row | undefined> {
    return (await this.all<Row>(statement))[0];
  }

  async run(statement: Sql): Promise<number> {
    return this.#with(async (client) => {
      const { rowCount } = await this.#query(client, statement);
      this.commits++;
      return rowCount ?? 0;
    });
  }

  async write<Row>(statement: Sql): Promise<Row[]> {
    const rows = await this.all<Row>(statement);
    this.commits++;
    return rows;
  }

  /**
   * Runs `work` as one transaction: all of it is on disk when this resolves, or none. After a deadlock with another
   * transaction it is run again: `work` must have no effect but on the database.
   */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return this.#runAgain((client) => this.#transact(client, work));
  }

  /** The same without timeouts, for work on whole tables, or that waits for such. */
  longTransaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    const patiently = async (tx: Transaction): Promise<Result> => {
      await tx.run(sql`set local statement_timeout = 0`);
      await tx.run(sql`set local lock_timeout = 0`);
      return work(tx);
    };
    return this.#runAgain((client) => this.#transact(client, patiently, longMs));
  }

  async #runAgain<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    for (let run = 1; ; run++) {
      try {
        return await this.#with(work);
      } catch (error) {
        if (run >= runsMax || !hasCode(error, '40P01', '40001')) throw error;
      }
    }
  }

  /** A connection to the primary that is not of the pool. It ends when another host becomes the primary. */
  async connect(options: pg.ClientConfig): Promise<pg.Client> {
    await this.#hosts.find();
    const client = new pg.Client(this.#hosts.clientOptions(options));
    client.on('error', () => {});
    client.once('end', () => this.#hosts.doubt());
    try {
      await client.connect();
      await this.#hosts.requireWrites(client);
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  }

  /** False once it is closed. */
  get isOpen(): boolean {
    return !this.#closing.signal.aborted;
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.#closing.abort();
    await within(closeMs, this.#pool.end());
  }

  /** `timeoutMs` of each statement. */
  async #transact<Result>(
    client: pg.PoolClient,
    work: (tx: Transaction) => Promise<Result>,
    timeoutMs?: number,
  ): Promise<Result> {
    const all = async <Row>(statement: Sql) =>
      (await this.#query(client, statement, timeoutMs)).rows as Row[];
    const tx: Transaction = {
      all,
      write: all,
      get: async <Row>(statement: Sql) => (await all<Row>(statement))[0],
      run: async (statement) => (await this.#query(client, statement, timeoutMs)).rowCount ?? 0,
      script: async (text) => {
        await client.query({ text, query_timeout: timeoutMs ?? queryMs } as pg.QueryConfig);
      },
    };
    try {
      await this.#query(client, sql`begin`);
      const result = await work(tx);
      await this.#query(client, sql`commit`);
      this.commits++;
      return result;
    } catch (error) {
      if (!isLost(error)) await client.query('rollback');
      throw error;
    }
  }

  async #with<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    if (!this.isOpen) throw new StoreError(`${this.name}: the database is closed.`);
    const running = { since: systemClock.now() };
    let client: pg.PoolClient | null = null;
    let broken = false;
    this.#running.add(running);
    try {
      client = await this.#connect();
      return await work(client);
    } catch (error) {
      broken = isLost(error);
      if (broken) this.#hosts.doubt();
      if (hasCode(error, closedCode)) throw slotsClosed();
      throw broken || client === null || isPassing(error) ? this.#unavailable(error) : error;
    } finally {
      this.#running.delete(running);
      client?.release(broken);
    }
  }

  /** Nothing was sent on a connection that fails at once, so it is tried again where there is another host. */
  async #connect(): Promise<pg.PoolClient> {
    for (let left = this.#hosts.isAsked ? connectsMax : 1; ; left--) {
      await this.#hosts.find();
      try {
        return await this.#pool.connect();
      } catch (error) {
        if (left === 1 || !isLost(error)) throw error;
        this.#hosts.doubt();
      }
    }
  }

  async #watch(): Promise<void> {
    while (this.isOpen) {
      await systemClock.sleep(watchMs, this.#closing.signal);
      const [oldest] = this.#running;
      const isSuspicious = oldest !== undefined && systemClock.now() - oldest.since > suspiciousMs;
      // What waits fails at once when another host is found.
      if (this.isOpen && isSuspicious) await this.#hosts.look().catch(() => {});
    }
  }

  #unavailable(cause: unknown): Fault {
    const message = 'the database does not answer now; send this again in a moment';
    return new Fault('unavailable', message, { retryAfterSeconds, cause });
  }

  #query(client: pg.PoolClient, { shape, values }: Sql, timeoutMs = queryMs): Promise<pg.QueryResult> {
    this.statements++;
    // The driver's types lack the timeout of a single query.
    const limits = { query_timeout: timeoutMs } satisfies pg.ClientConfig;
    let prepared = this.#prepared.get(shape);
    if (prepared === undefined) {
      const text = render(shape, (number) => `$${number}`);
      this.#prepared.set(shape, (prepared = { text, name: `carillon_${this.#prepared.size}` }));
    }
    if (values.length === 0) return client.query({ text: prepared.text, ...limits });
    return client.query({ ...prepared, values: [...values], ...limits });
  }
}

/** Resolves when `ending` does, or after `ms`. */
export async function within(ms: number, ending: Promise<void>): Promise<void> {
  const waited = new AbortController();
  await Promise.race([ending, systemClock.sleep(ms, waited.signal)]);
  waited.abort();
}

/** Opens a database for one piece of work. Throws `StoreError` where there is advice for what went wrong. */
export async function useDatabase<Result>(
  url: string,
  work: (db: Database) => Promise<Result>,
  poolMax = 1,
): Promise<Result> {
  const db = new Database({ url, poolMax });
  try {
    return await work(db);
  } catch (error) {
    throw explain(error, db.name);
  } finally {
    await db.close();
  }
}

/** Turns an error that stops a start, also as the cause of a fault, into one line that says what to do. */
export function explain(error: unknown, name: string): unknown {
  if (error instanceof StoreError) return error;
  const cause = error instanceof Fault ? error.cause : error;
  const advice = adviceFor(cause);
  if (advice !== null) return new StoreError(`${name}: ${advice}`, cause, isNotUpYet(cause));
  return error instanceof Fault && cause instanceof Error
    ? new StoreError(`${name}: ${cause.message}`, cause)
    : error;
}
