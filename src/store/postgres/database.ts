// The connections to a Postgres database: a bounded pool, prepared statements, transactions and counting.
import pg from 'pg';
import { Fault } from '#core/fault.ts';
import { systemClock } from '#lib/clock.ts';
import type { Work } from '../records/work.ts';
import { render, type Shape, type Sql, sql, StoreError } from '../sql.ts';
import { adviceFor, hasCode, isLost, isNotUpYet, isPassing } from './advice.ts';

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
const statementMsDefault = 15_000;
/** Timeout of a statement here. The server has a shorter one; a server that is gone can't apply it. */
const queryMs = 20_000;
/** A server that is gone does not close its connections. */
export const closeMs = 2_000;
/** No timeout: the longest that a timer takes, 24 days. */
const longMs = 2 ** 31 - 1;

export class Database implements Queries {
  commits = 0;
  statements = 0;
  /** The server and the database, without the password, for messages. */
  readonly name: string;
  readonly #pool: pg.Pool;
  readonly #prepared = new Map<Shape, { readonly text: string; readonly name: string }>();
  #isOpen = true;

  constructor({ url, poolMax, statementMs = statementMsDefault }: DatabaseOptions) {
    const options = { ...connectionOptions(url), statement_timeout: statementMs };
    this.name = nameOf(options);
    this.#pool = new pg.Pool({ ...options, max: poolMax, idleTimeoutMillis: 30_000 });
    // A connection that is lost while idle: the pool discards it, and opens another on demand.
    this.#pool.on('error', () => {});
    // The same while it is in use, between two statements: the next one fails, and reports it.
    this.#pool.on('connect', (client) => client.on('error', () => {}));
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

  /** False once it is closed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
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
    if (!this.#isOpen) throw new StoreError(`${this.name}: the database is closed.`);
    let client: pg.PoolClient | null = null;
    let broken = false;
    try {
      client = await this.#pool.connect();
      return await work(client);
    } catch (error) {
      broken = isLost(error);
      throw broken || client === null || isPassing(error) ? this.#unavailable(error) : error;
    } finally {
      client?.release(broken);
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

/** Counts, times and numbers of rows are safe integers. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);
const int8Array = 1016;
types.setTypeParser(int8Array, (text) => JSON.parse(`[${text.slice(1, -1)}]`) as number[]);

/** The options of each connection. Every wait has a timeout, here and in the server. */
export function connectionOptions(url: string): pg.ClientConfig & { host?: string; database?: string } {
  const parsed = parseUrl(url);
  const mode = parsed.searchParams.get('sslmode') ?? '';
  const isLibpq = parsed.searchParams.get('uselibpqcompat') === 'true';
  // The driver verifies fully in these modes too, and prints a warning in plain text that a later version may not.
  if (!isLibpq && /^(prefer|require|verify-ca)$/.test(mode))
    parsed.searchParams.set('sslmode', 'verify-full');
  return {
    connectionString: parsed.href,
    types,
    application_name: 'carillon',
    keepAlive: true,
    // Plans are cached, and made from statistics of a table as it was a million rows ago. So rows are found by index
    // against the planner's estimate; a query without an index scans nevertheless. The planner also estimates that a
    // claim takes all that waits, and would compile (`jit`) for longer than the few rows take.
    options: '-c enable_seqscan=off -c jit=off',
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementMsDefault,
    lock_timeout: 10_000,
    // A process that is suspended within a transaction holds its locks for this long: less than the lock timeout.
    idle_in_transaction_session_timeout: 5_000,
    query_timeout: queryMs,
  };
}

/** A URL without a host is valid for Postgres: `user@/database?host=/var/run/postgresql` names a Unix socket. */
function parseUrl(url: string): URL {
  try {
    return new URL(url.replace(/^(\w+:\/\/[^/]*@)\//, '$1localhost/'));
  } catch (cause) {
    throw new StoreError(
      'DATABASE_URL is not a URL; write postgres://user:password@host:5432/database, the password percent-encoded',
      cause,
    );
  }
}

/** A host in the query takes precedence. The host of a Unix socket is its folder. */
function nameOf({ connectionString }: pg.ClientConfig): string {
  const { hostname, port, pathname, searchParams } = new URL(connectionString ?? '');
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  return `${host || 'localhost'}:${searchParams.get('port') ?? (port || '5432')}${pathname}`;
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
