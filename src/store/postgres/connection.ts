// One connection to a Postgres server: its options, from a URL with one host. Every wait has a timeout, here and in the server.
import pg from 'pg';
import { StoreError } from '../sql.ts';

/** How long the server lets one statement run. */
export const statementMsDefault = 15_000;
/** Timeout of a statement here. The server has a shorter one; a server that is gone can't apply it. */
export const queryMs = 20_000;
/** Of a new connection. */
export const connectMs = 5_000;

/** Counts, times and numbers of rows are safe integers. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);
const int8Array = 1016;
types.setTypeParser(int8Array, (text) => JSON.parse(`[${text.slice(1, -1)}]`) as number[]);

export function connectionOptions(url: string): pg.ClientConfig {
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
    connectionTimeoutMillis: connectMs,
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

/** The server, for messages. A host in the query takes precedence. The host of a Unix socket is its folder. */
export function nameServer({ connectionString }: pg.ClientConfig): string {
  const { hostname, port, searchParams } = new URL(connectionString ?? '');
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  return `${host || 'localhost'}:${searchParams.get('port') ?? (port || '5432')}`;
}
