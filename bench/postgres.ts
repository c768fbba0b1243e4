// The Postgres server of the bench: the one of BENCH_DATABASE_URL, or a new one that syncs every commit to disk as in production.
import pg from 'pg';
import { createDatabase, durable, runSql, startPostgres } from '../test/support/postgres.ts';
import { readFamilyCpuUs, readParent } from '../test/support/machine.ts';

export interface BenchPostgres {
  readonly version: string;
  createDatabase(): Promise<BenchDatabase>;
  stop(): Promise<void>;
}

/** A database. Its figures are those of the whole database server since its start. */
export interface BenchDatabase {
  readonly url: string;
  /** Null when it runs on another machine. */
  cpuUs(): number | null;
  /** Null before Postgres 16, which does not count them. */
  fsyncs(): Promise<number | null>;
  drop(): Promise<void>;
}

export async function openPostgres(): Promise<BenchPostgres> {
  const given = process.env['BENCH_DATABASE_URL'];
  const server =
    given === undefined || given === ''
      ? await startPostgres({ ...durable, shared_buffers: '256MB' })
      : { url: given, stop: () => Promise.resolve() };
  const { version, number, pid } = await inspect(server.url);
  return {
    version,
    async createDatabase() {
      const database = await createDatabase(server.url);
      return {
        url: database.url,
        cpuUs: () => (pid === null ? null : readFamilyCpuUs(pid)),
        fsyncs: () => readFsyncs(server.url, number),
        drop: () => database.drop(),
      };
    },
    stop: () => server.stop(),
  };
}

/** `pid` is that of the postmaster, the parent of the processes that serve connections. */
async function inspect(url: string): Promise<{ version: string; number: number; pid: number | null }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Facts>(
      `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
         current_setting('fsync') || current_setting('synchronous_commit') as durability, pg_backend_pid() as pid`,
    );
    const [facts] = rows;
    if (facts?.durability !== 'onon') {
      throw new Error('the Postgres of the bench must have fsync and synchronous_commit on');
    }
    const isHere = ['127.0.0.1', 'localhost'].includes(new URL(url).hostname);
    return { version: facts.version, number: facts.number, pid: isHere ? readParent(facts.pid) : null };
  } finally {
    await client.end();
  }
}

interface Facts {
  readonly version: string;
  readonly number: number;
  readonly durability: string;
  readonly pid: number;
}

/** From version 18 on `pg_stat_io` includes the write-ahead log; before, `pg_stat_wal` counts it. */
async function readFsyncs(url: string, number: number): Promise<number | null> {
  if (number < 160_000) return null;
  const log = number < 180_000 ? ' + (select wal_sync from pg_stat_wal)' : '';
  const [row] = await runSql(url, `select coalesce(sum(fsyncs), 0)::float8${log} as fsyncs from pg_stat_io`);
  return Number(row?.['fsyncs']);
}
