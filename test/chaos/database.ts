// The database of a chaos run, looked at directly: what the server says of itself is not believed.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { durable, createDatabase, runSql, startPostgres } from '../support/postgres.ts';

export type StoreKind = 'sqlite' | 'postgres';

export interface Database {
  /** Where the server listens; 0 for a file. */
  readonly port: number;
  /** What a process needs to be given to reach it by this port. */
  readonly settings: (port: number) => Readonly<Record<string, string>>;
  /** Endpoints by number, to name deliveries as the receivers do. */
  readonly endpoints: string[];
  /** The number of the process that has started last. */
  newestProcess(): Promise<number>;
  /** Deliveries claimed by these processes, or by any: `<number of the endpoint> <event id>`. */
  claimed(processes: readonly number[] | null): Promise<ReadonlySet<string>>;
  /** How many deliveries have not ended. */
  waiting(): Promise<number>;
  /** SIGKILL, and a start `downMs` later. */
  restart(downMs: number): Promise<void>;
  close(): Promise<void>;
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
    restart: () => Promise.reject(new Error('a file has no server')),
    close: () => Promise.resolve(),
  };
}

async function openServer(): Promise<Database> {
  const server = await startPostgres(durable);
  const { url } = await createDatabase(server.url);
  const endpoints: string[] = [];
  return {
    port: Number(new URL(url).port),
    settings(port) {
      const through = new URL(url);
      through.port = String(port);
      return { DATABASE_URL: through.href };
    },
    endpoints,
    async newestProcess() {
      return Number((await runSql(url, 'select max(id) as id from processes'))[0]?.['id']);
    },
    async claimed(processes) {
      const whose = processes === null ? 'is not null' : `= any('{${processes.join()}}')`;
      return nameAll(await runSql(url, `${selectClaimed} where w.claimed_by ${whose}`), endpoints);
    },
    async waiting() {
      return Number((await runSql(url, countWaiting))[0]?.['n']);
    },
    async restart(downMs) {
      await server.kill();
      await sleep(downMs);
      await server.start();
    },
    close: () => server.stop(),
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
