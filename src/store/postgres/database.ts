// The connections to a Postgres database: a bounded pool, prepared statements, transactions and counting.
import pg from 'pg';
import { Fault } from '#core/fault.ts';
import { systemClock } from '#lib/clock.ts';
import { sql, StoreError } from '../sql.ts';
import { adviceFor, hasCode, isLost, isPassing } from './advice.ts';

export { parseJson, sql, StoreError } from '../sql.ts';

export type Value = unknown;

/** What runs statements: the pool, each on its own, or a transaction. */
export interface Queries {
  /** All rows. `Row` says what the statement selects. */
  all<Row>(text: string, values?: readonly Value[]): Promise<Row[]>;
  /** The first row. */
  get<Row>(text: string, values?: readonly Value[]): Promise<Row | undefined>;
  /** How many rows it changed. By itself it is a transaction of its own. */
  run(text: string, values?: readonly Value[]): Promise<number>;
  /** One statement that writes, with its rows. By itself it is a transaction of its own. */
  write<Row>(text: string, values?: readonly Value[]): Promise<Row[]>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most. */
  readonly poolMax: number;
}

/** Transactions that ran into each other are run again, this often. */
const runsMax = 5;
const retryAfterSeconds = 1;
/** How long an answer is waited for. The server gives a statement up before; a server that has gone can't. */
const queryMs = 20_000;
/** A server that has gone does not say goodbye. */
export const closeMs = 2_000;
/** What is not waited for with a limit: the longest that a timer takes, 24 days. */
const longMs = 2 ** 31 - 1;

export class Database implements Queries {
  commits = 0;
  statements = 0;
  /** The server and the database, without the password: how messages name it. */
  readonly name: string;
  readonly #pool: pg.Pool;
  readonly #names = new Map<string, string>();
  #isOpen = true;

  constructor({ url, poolMax }: DatabaseOptions) {
    const options = connectionOptions(url);
    this.name = nameOf(options);
    this.#pool = new pg.Pool({ ...options, max: poolMax, idleTimeoutMillis: 30_000 });
    // A connection that is lost while nobody uses it: the pool forgets it, and makes another when asked.
    this.#pool.on('error', () => {});
    // The same while it is used, between two statements: the next one fails by it, and is told.
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  async all<Row>(text: string, values: readonly Value[] = []): Promise<Row[]> {
    return this.#with(async (client) => (await this.#query(client, text, values)).rows as Row[]);
  }

  async get<Row>(text: string, values: readonly Value[] = []): Promise<Row | undefined> {
    return (await this.all<Row>(text, values))[0];
  }

  async run(text: string, values: readonly Value[] = []): Promise<number> {
    return this.#with(async (client) => {
      const { rowCount } = await this.#query(client, text, values);
      this.commits++;
      return rowCount ?? 0;
    });
  }

  async write<Row>(text: string, values: readonly Value[] = []): Promise<Row[]> {
    const rows = await this.all<Row>(text, values);
    this.commits++;
    return rows;
  }

  /**
   * Runs `work` as one transaction: all of it is on disk when this resolves, or none. When another transaction
   * stood in its way (a deadlock), it is run again: `work` must have no effect but on the database.
   */
  transaction<Result>(work: (tx: Queries) => Promise<Result>): Promise<Result> {
    return this.#runAgain((client) => this.#transact(client, work));
  }

  /** The same for work on whole tables, or that waits for such: each statement may take as long as it needs. */
  longTransaction<Result>(work: (tx: Queries) => Promise<Result>): Promise<Result> {
    const patiently = async (tx: Queries): Promise<Result> => {
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

  /** Text with many statements, run as it is. */
  async script(text: string): Promise<void> {
    await this.#with((client) => client.query(text));
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
    work: (tx: Queries) => Promise<Result>,
    timeoutMs?: number,
  ): Promise<Result> {
    const all = async <Row>(text: string, values: readonly Value[] = []) =>
      (await this.#query(client, text, values, timeoutMs)).rows as Row[];
    const tx: Queries = {
      all,
      write: all,
      get: async <Row>(text: string, values: readonly Value[] = []) => (await all<Row>(text, values))[0],
      run: async (text, values = []) => (await this.#query(client, text, values, timeoutMs)).rowCount ?? 0,
    };
    try {
      await this.#query(client, 'begin', []);
      const result = await work(tx);
      await this.#query(client, 'commit', []);
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

  #query(
    client: pg.PoolClient,
    text: string,
    values: readonly Value[],
    timeoutMs = queryMs,
  ): Promise<pg.QueryResult> {
    this.statements++;
    // The types don't know that each query may have a limit of its own.
    const limits = { query_timeout: timeoutMs } satisfies pg.ClientConfig;
    if (values.length === 0) return client.query({ text, ...limits });
    let name = this.#names.get(text);
    if (name === undefined) this.#names.set(text, (name = `carillon_${this.#names.size}`));
    return client.query({ name, text, values: [...values], ...limits });
  }
}

/** Resolves when `ending` does, or after `ms`. */
export async function within(ms: number, ending: Promise<void>): Promise<void> {
  const waited = new AbortController();
  await Promise.race([ending, systemClock.sleep(ms, waited.signal)]);
  waited.abort();
}

/** Counts, times and numbers of rows are within what JavaScript counts exactly. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);
const int8Array = 1016;
types.setTypeParser(int8Array, (text) => JSON.parse(`[${text.slice(1, -1)}]`) as number[]);

/** How each connection is made: nothing waits for ever, neither here nor in the server. */
export function connectionOptions(url: string): pg.ClientConfig & { host?: string; database?: string } {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw new StoreError(
      'DATABASE_URL is not a URL; write postgres://user:password@host:5432/database, the password percent-encoded',
      cause,
    );
  }
  return {
    connectionString: parsed.href,
    types,
    application_name: 'carillon',
    keepAlive: true,
    // Plans are kept, and made from statistics of a table as it was a million rows ago: rows are found by index
    // whatever the planner believes, and what has no index is walked nevertheless. It also believes that a claim
    // may take all that waits, and would compile (`jit`) for longer than the few rows take.
    options: '-c enable_seqscan=off -c jit=off',
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
    lock_timeout: 10_000,
    // A process that is stopped within a transaction holds its locks: others wait for this long, and less than
    // for a lock.
    idle_in_transaction_session_timeout: 5_000,
    query_timeout: queryMs,
  };
}

function nameOf({ connectionString }: pg.ClientConfig): string {
  const url = new URL(connectionString ?? '');
  return `${url.hostname === '' ? 'localhost' : url.hostname}:${url.port === '' ? '5432' : url.port}${url.pathname}`;
}

/** Turns what stops a start into a line that says what to do; a fault tells of its cause. */
export function explain(error: unknown, name: string): unknown {
  if (error instanceof StoreError) return error;
  const cause = error instanceof Fault ? error.cause : error;
  const advice = adviceFor(cause);
  if (advice !== null) return new StoreError(`${name}: ${advice}`, cause);
  return error instanceof Fault && cause instanceof Error
    ? new StoreError(`${name}: ${cause.message}`, cause)
    : error;
}
