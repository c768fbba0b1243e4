// Database of a server under test, read directly, so that the verdict does not depend on what the server reports.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockClass } from '#store/postgres/context.ts';
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { withPartitions } from '#store/partitioned/slot-map.ts';
import { durable, createDatabase, type PostgresServer, runSql, startPostgres } from './postgres.ts';
import type { Loss, Replicas } from './postgres-replicas.ts';

export type StoreKind = 'sqlite' | 'postgres';

export interface Database {
  /** Port of the database server; 0 for a file. */
  readonly port: number;
  /** Settings of a process that connects to this port. */
  readonly settings: (port: number) => Readonly<Record<string, string>>;
  /** Ids of the endpoints, by their numbers at the receivers. */
  readonly endpoints: string[];
  /** The number of the process that was started last. */
  newestProcess(): Promise<number>;
  /** Deliveries leased to these processes, or with null to any: `<number of the endpoint> <event id>`. */
  claimed(processes: readonly number[] | null): Promise<ReadonlySet<string>>;
  /** How many deliveries have not ended. */
  waiting(): Promise<number>;
  /**
   * Kills the server (SIGKILL) and starts it `downMs` later. Returns what was leased when it was killed, read before any
   * process reaches it again.
   */
  restart(downMs: number): Promise<ReadonlySet<string>>;
  /** How many processes are registered as living. */
  present(): Promise<number>;
  close(): Promise<void>;
}

/** One with a primary and two standbys. */
export interface ReplicatedDatabase extends Database {
  /** The primary is lost. */
  lose(how: Loss): Promise<void>;
  /** Promotes a standby. Returns its name, and what was leased when the primary was lost. */
  promote(): Promise<{ name: string; claimed: ReadonlySet<string> }>;
  /** Makes the lost server a standby again. */
  rejoin(): Promise<void>;
}

/** Three databases on servers of their own. What is read is of the one that has the tenant. */
export interface SpreadDatabase extends Database {
  /** The place of the partition that has the tenant: 0 is the directory. */
  readonly home: number;
  readonly names: readonly string[];
  /** The tenant is in another one now. */
  moved(place: number): void;
  /** As `restart`, of one of the three. */
  restartOne(place: number, downMs: number): Promise<ReadonlySet<string>>;
}

export function openDatabase(store: StoreKind, folder: string): Promise<Database> {
  return store === 'sqlite' ? Promise.resolve(openFile(folder)) : openServer();
}

interface ClaimedRow {
  readonly endpoint?: unknown;
  readonly event?: unknown;
}

function openFile(folder: string): Database {
  const endpoints: string[] = [];
  const read = (text: string): Record<string, unknown>[] => {
    const database = new DatabaseSync(join(folder, 'carillon.db'), { timeout: 5000 });
    try {
      return database.prepare(text).all();
    } finally {
      database.close();
    }
  };
  return {
    port: 0,
    settings: () => ({}),
    endpoints,
    newestProcess: () => Promise.resolve(0),
    claimed: () => Promise.resolve(nameAll(read(`${selectClaimed} where w.is_claimed = 1`), endpoints)),
    waiting: () => Promise.resolve(Number(read(countWaiting)[0]?.['n'])),
    restart: () => Promise.reject(new Error('SQLite has no database server')),
    present: () => Promise.resolve(1),
    close: () => Promise.resolve(),
  };
}

async function openServer(): Promise<Database> {
  const server = await startPostgres(durable);
  const { url } = await createDatabase(server.url);
  const endpoints: string[] = [];
  return {
    ...readsOf(() => url, endpoints),
    port: Number(new URL(url).port),
    settings(port) {
      const address = new URL(url);
      address.port = String(port);
      return { DATABASE_URL: address.href };
    },
    restart: (downMs) => restartServer(server, url, downMs, endpoints),
    close: () => server.stop(),
  };
}

async function restartServer(
  server: PostgresServer,
  url: string,
  downMs: number,
  endpoints: readonly string[],
): Promise<ReadonlySet<string>> {
  await server.kill();
  await sleep(downMs);
  const leased = await server.startAside((aside) => {
    const own = new URL(url);
    own.port = new URL(aside).port;
    return runSql(own.href, `${selectClaimed} where w.claimed_by is not null`);
  });
  await server.start();
  return nameAll(leased, endpoints);
}

export async function openSpread(tenant: string): Promise<SpreadDatabase> {
  const names = ['b', 'c'];
  const servers = await Promise.all([0, 1, 2].map(() => startPostgres(durable)));
  const urls = await Promise.all(servers.map(async (server) => (await createDatabase(server.url)).url));
  let home = withPartitions(null, names, new Set()).slots[slotOf(tenant as TenantId)] ?? 0;
  const endpoints: string[] = [];
  const restartOne: SpreadDatabase['restartOne'] = (place, downMs) => {
    const [server, url] = [servers[place], urls[place]];
    if (server === undefined || url === undefined) throw new Error(`there is no partition ${place}`);
    return restartServer(server, url, downMs, endpoints);
  };
  return {
    ...readsOf(() => urls[home] ?? '', endpoints),
    port: 0,
    settings: () => ({
      DATABASE_URL: urls[0] ?? '',
      CARILLON_PARTITIONS: names.map((name, index) => `${name}=${urls[index + 1]}`).join(),
    }),
    get home() {
      return home;
    },
    names: ['directory', ...names],
    moved: (place) => void (home = place),
    restart: (downMs) => restartOne(home, downMs),
    restartOne,
    async close() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

export async function openReplicated(start: () => Promise<Replicas>): Promise<ReplicatedDatabase> {
  const servers = await start();
  const endpoints: string[] = [];
  const readLeased = (url: string) => runSql(url, `${selectClaimed} where w.claimed_by is not null`);
  return {
    ...readsOf(() => servers.primaryUrl, endpoints),
    port: 0,
    settings: () => ({ DATABASE_URL: `${servers.url}?target_session_attrs=read-write` }),
    restart: () => Promise.reject(new Error('a primary is lost, and comes back as a standby')),
    lose: (how) => servers.lose(how),
    async promote() {
      const { name, found } = await servers.promote(readLeased);
      return { name, claimed: nameAll(found, endpoints) };
    },
    rejoin: () => servers.rejoin(),
    close: () => servers.close(),
  };
}

function readsOf(
  urlOf: () => string,
  endpoints: string[],
): Pick<Database, 'endpoints' | 'newestProcess' | 'claimed' | 'waiting' | 'present'> {
  return {
    endpoints,
    async newestProcess() {
      return Number((await runSql(urlOf(), 'select max(id) as id from processes'))[0]?.['id']);
    },
    async claimed(processes) {
      const owner = processes === null ? 'is not null' : `= any('{${processes.join()}}')`;
      return nameAll(await runSql(urlOf(), `${selectClaimed} where w.claimed_by ${owner}`), endpoints);
    },
    async waiting() {
      return Number((await runSql(urlOf(), countWaiting))[0]?.['n']);
    },
    async present() {
      const rows = await runSql(
        urlOf(),
        `select count(*) as n from pg_locks where locktype = 'advisory' and classid = ${lockClass.process} and granted
         and database = (select oid from pg_database where datname = current_database())`,
      );
      return Number(rows[0]?.['n']);
    },
  };
}

function nameAll(rows: readonly ClaimedRow[], endpoints: readonly string[]): ReadonlySet<string> {
  return new Set(
    rows.map(({ endpoint, event }) => `${endpoints.indexOf(String(endpoint))} ${String(event)}`),
  );
}

const selectClaimed =
  'select w.endpoint, v.id as event from deliveries_waiting w join events v on v.seq = w.event_seq';
const countWaiting = 'select count(*) as n from deliveries_waiting';
