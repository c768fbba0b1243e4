// Real processes on one Postgres that are replaced while events are published: what was accepted has to arrive, at the first
// attempt.
import { rmSync } from 'node:fs';
import { expect, vi } from 'vitest';
import { type ApiClient, createApiClient } from './api-client.ts';
import { keySettings, temporaryFolder } from './harness.ts';
import type { Receiver } from './receiver.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** `ROLLING=long`: with every process and every step of the documents. Each start takes seconds. */
export const isLong = process.env['ROLLING'] === 'long';

type Settings = Readonly<Record<string, string>>;

export interface Fleet {
  /** In the order of their start. */
  readonly processes: readonly ServerProcess[];
  /** `main`: the file that `node` runs, for another release. */
  start(settings?: Settings, main?: string): Promise<ServerProcess>;
  /** SIGTERM, and the exit code 0. */
  stop(one: ServerProcess): Promise<void>;
  /** Stops each process and starts it again with other settings, one after the other. */
  restart(settings: Settings): Promise<void>;
  close(): Promise<void>;
}

export function createFleet(databaseUrl: string): Fleet {
  const processes: ServerProcess[] = [];
  const folder = temporaryFolder();
  const remove = (one: ServerProcess): void => void processes.splice(processes.indexOf(one), 1);
  const fleet: Fleet = {
    processes,
    async start(settings = {}, main) {
      const own = { ...keySettings, DATABASE_URL: databaseUrl, CARILLON_DATABASE_POOL: '5', ...settings };
      const started = await startServer(folder, own, main === undefined ? {} : { main });
      processes.push(started);
      return started;
    },
    async stop(one) {
      expect(await one.terminate(), one.output()).toBe(0);
      remove(one);
    },
    async restart(settings) {
      for (const one of processes.slice()) {
        await fleet.stop(one);
        await fleet.start(settings);
      }
    },
    async close() {
      await Promise.all(processes.map((one) => one.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return fleet;
}

/** Each of the ids arrived once at each of these paths, and no attempt failed. */
export async function expectAllDelivered(
  url: string,
  key: string,
  { receiver, paths, ids }: { receiver: Receiver; paths: readonly string[]; ids: readonly string[] },
): Promise<void> {
  const client = createApiClient(url, key, 1);
  try {
    await expect.poll(() => receiver.requests.length, { timeout: 60_000 }).toBe(paths.length * ids.length);
    for (const path of paths) {
      const arrived = receiver.requests.filter((request) => request.path === path);
      expect(arrived.map(({ headers }) => String(headers['webhook-id'])).toSorted()).toEqual(ids.toSorted());
    }
    await vi.waitFor(async () => expect(await countAll(client, 'deliveries?state=pending')).toBe(0), {
      timeout: 20_000,
    });
    for (const list of [
      'deliveries?state=exhausted',
      'attempts?outcome=refused',
      'attempts?outcome=unreachable',
    ])
      expect(await countAll(client, list), list).toBe(0);
  } finally {
    await client.close();
  }
}

async function countAll(client: ApiClient, list: string): Promise<number> {
  const { status, body } = await client.call('GET', `/${list}&limit=200`);
  expect(status, list).toBe(200);
  return body.data.length;
}
