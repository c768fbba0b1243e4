// What a case can do to the server: its processes, its database, and what is known of both.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { createSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { type Database, openDatabase, type StoreKind } from './database.ts';
import type { Fault, Rest } from './verdict.ts';

export type Role = 'api' | 'worker' | 'all';
/** A way to the database for each process that can be cut; a clock that can be set; a disk that can be full. */
export type Needs = 'proxies' | 'clock' | 'small-disk';

/** One process of the server. */
export interface Server {
  readonly role: Role;
  readonly process: ServerProcess;
  /** What it claims under; see `Database.claimed`. */
  readonly number: number;
  readonly proxy: TcpProxy | null;
}

export interface World {
  readonly store: StoreKind;
  readonly random: SeededRandom;
  readonly database: Database;
  readonly servers: readonly Server[];
  readonly faults: readonly Fault[];
  /** Clients of the processes that take in. */
  readonly clients: () => readonly ApiClient[];
  start(role: Role): Promise<Server>;
  /** SIGKILL, at a moment that is frozen to see what was in flight. */
  kill(server: Server): Promise<void>;
  /** SIGKILL of the database server, and its start `downMs` later. */
  restartDatabase(downMs: number): Promise<void>;
  /** SIGSTOP. Answers how many deliveries it has claimed. */
  pause(server: Server): Promise<number>;
  /** SIGCONT. */
  resume(server: Server): void;
  /** Cuts a process off the database for a while; needs `proxies`. */
  cut(server: Server, how: 'cut' | 'swallow', forMs: number): Promise<void>;
  /** Sets the clock of all processes wrong by this much; needs `clock`. */
  setClock(offsetMs: number): Promise<void>;
  /** Needs `small-disk`. */
  readonly disk: SmallDisk;
  /** Reads a number of /metrics until it is as wanted, for some seconds at most. */
  metric(server: Server, name: string, isWanted: (value: number) => boolean): Promise<number>;
  /** Notes a violation that the verdict does not know. */
  blame(violation: string): void;
  readonly violations: readonly string[];
  /** One of the processes of this role, by chance. */
  pick(role: Role): Server;
  /** Says what is being done. */
  say(step: string): void;
  /** Ends every process as an operator does; answers what is left. */
  end(): Promise<Rest>;
  close(): Promise<void>;
}

const connections = 32;
const smallDiskMebibytes = 64;
const metricMsMax = 15_000;

export async function openWorld(options: {
  store: StoreKind;
  needs: Needs | null;
  random: SeededRandom;
  say: (step: string) => void;
}): Promise<World> {
  const { store, needs, random, say } = options;
  const folder = temporaryFolder();
  const clockFile = join(folder, 'clock');
  const disk = needs === 'small-disk' ? createSmallDisk(folder, smallDiskMebibytes) : null;
  if (needs === 'clock') writeFileSync(clockFile, '0');
  const database = await openDatabase(store, folder);
  const faults: Fault[] = [];
  const violations: string[] = [];
  let servers: { server: Server; client: ApiClient | null }[] = [];

  const leave = async (server: Server): Promise<void> => {
    const left = servers.find((one) => one.server === server);
    servers = servers.filter((one) => one !== left);
    await left?.client?.close();
    await left?.server.proxy?.close();
  };

  /** A process that stands still: what it has claimed can be read without a race. */
  const freeze = async (server: Server): Promise<ReadonlySet<string>> => {
    process.kill(server.process.pid, 'SIGSTOP');
    return database.claimed([server.number]);
  };

  const clockSettings = {
    NODE_OPTIONS: `--import ${join(import.meta.dirname, '../support/shifted-clock.ts')}`,
    SHIFTED_CLOCK: clockFile,
  };

  return {
    store,
    random,
    database,
    say,
    faults,
    get servers() {
      return servers.map(({ server }) => server);
    },
    clients: () => servers.flatMap(({ client }) => client ?? []),
    async start(role) {
      const proxy = needs === 'proxies' ? await startTcpProxy(database.port) : null;
      const started = await startServer(folder, {
        ...keySettings,
        ...database.settings(proxy?.port ?? database.port),
        ...(needs === 'clock' ? clockSettings : {}),
        CARILLON_ROLE: role,
      });
      const server = { role, process: started, number: await database.newestProcess(), proxy };
      const client = role === 'worker' ? null : createApiClient(started.url, started.adminKey, connections);
      servers.push({ server, client });
      return server;
    },
    async kill(server) {
      const claimed = await freeze(server);
      const until = Date.now();
      await server.process.kill();
      await leave(server);
      faults.push({ what: `${server.role} killed`, claimed, until });
      say(`kill -9 of ${server.role} ${server.number} with ${claimed.size} deliveries claimed`);
    },
    async restartDatabase(downMs) {
      await database.restart(downMs);
      // What its processes have claimed now they had before, and what they did meanwhile is not on disk.
      const claimed = await database.claimed(servers.map(({ server }) => server.number));
      faults.push({ what: 'database killed', claimed, until: Date.now() });
      say(`kill -9 of the database, back after ${Math.round(downMs)} ms with ${claimed.size} claimed`);
    },
    async pause(server) {
      const claimed = await freeze(server);
      faults.push({ what: `${server.role} paused`, claimed, until: Date.now() });
      say(`SIGSTOP of ${server.role} ${server.number} with ${claimed.size} deliveries claimed`);
      return claimed.size;
    },
    resume(server) {
      process.kill(server.process.pid, 'SIGCONT');
      say(`SIGCONT of ${server.role} ${server.number}`);
    },
    async cut(server, how, forMs) {
      if (server.proxy === null) throw new Error('this case needs proxies');
      server.proxy[how]();
      const before = await database.claimed([server.number]);
      await sleep(forMs);
      const claimed = new Set([...before, ...(await database.claimed([server.number]))]);
      server.proxy.mend();
      faults.push({ what: `${server.role} cut off`, claimed, until: Date.now() });
      say(`${how} the way of ${server.role} ${server.number} to the database for ${Math.round(forMs)} ms`);
    },
    async setClock(offsetMs) {
      const claimed = await Promise.all(servers.map(({ server }) => freeze(server)));
      const until = Date.now();
      writeFileSync(clockFile, String(offsetMs));
      for (const signal of ['SIGUSR2', 'SIGCONT'] as const) {
        for (const { server } of servers) process.kill(server.process.pid, signal);
      }
      for (const each of claimed) faults.push({ what: 'clock set', claimed: each, until });
      say(`clocks set to ${offsetMs / 3_600_000} h`);
    },
    get disk() {
      if (disk === null) throw new Error('this case needs a small disk');
      return disk;
    },
    async metric(server, name, isWanted) {
      const givenUpAt = performance.now() + metricMsMax;
      for (;;) {
        const text = await (await fetch(`${server.process.url}/metrics`)).text();
        const value = Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? Number.NaN);
        if (isWanted(value) || performance.now() > givenUpAt) return value;
        await sleep(100);
      }
    },
    blame: (violation) => void violations.push(violation),
    violations,
    pick: (role) => random.pick(servers.map(({ server }) => server).filter((server) => server.role === role)),
    async end() {
      let badExits = 0;
      for (const { server } of servers) {
        if ((await server.process.terminate()) !== 0) badExits++;
        await leave(server);
      }
      return { waiting: await database.waiting(), claimed: (await database.claimed(null)).size, badExits };
    },
    async close() {
      await Promise.all(servers.map(({ server }) => server.process.kill()));
      await Promise.all(servers.map(({ server }) => leave(server)));
      await database.close();
      disk?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
