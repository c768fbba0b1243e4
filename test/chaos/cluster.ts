// The servers under test and their database, and the faults that a case can inject: kill, pause, cut, fill the disk, set clocks.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { createSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import {
  type Database,
  openDatabase,
  openReplicated,
  openSpread,
  type StoreKind,
} from '../support/database.ts';
import { startPatroni } from '../support/patroni.ts';
import { type Loss, startReplicas } from '../support/postgres-replicas.ts';
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { startCommand } from '../support/command-line.ts';
import { tenant } from './load.ts';
import type { Fault, Leftover } from './verdict.ts';

export type Role = 'api' | 'worker' | 'all';
/**
 * A TCP proxy to the database for each process; a clock that can be set; a small disk that can be filled; a database with a
 * primary and two standbys, the same with Patroni as its manager; three databases.
 */
export type Needs = 'proxies' | 'clock' | 'small-disk' | 'partitions' | Replicated;
type Replicated = 'replicas' | 'patroni';

/** Times when no server took writes: from the loss of the primary to the promotion of another. Unix ms. */
export interface Outage {
  readonly lostAt: number;
  readonly promotingAt: number;
  readonly promotedAt: number;
}

/** One loss of the primary. */
export interface FailOver extends Outage {
  readonly how: Loss;
  /** The server that was promoted. */
  readonly promoted: string;
  /** Deliveries that were leased at the loss. */
  readonly leased: number;
  /** When every process was registered at it. Unix ms. */
  readonly presentAt: number;
  /** When the lost server was a standby. Unix ms. */
  readonly rejoinedAt: number;
}

/** One process of the server. */
export interface Server {
  readonly role: Role;
  readonly process: ServerProcess;
  /** Its number in the database, as for `Database.claimed`. */
  readonly number: number;
  readonly proxy: TcpProxy | null;
}

export interface Cluster {
  readonly store: StoreKind;
  readonly random: SeededRandom;
  readonly database: Database;
  readonly servers: readonly Server[];
  readonly faults: readonly Fault[];
  /** Clients of the processes that answer requests. */
  readonly clients: () => readonly ApiClient[];
  start(role: Role): Promise<Server>;
  /** SIGKILL. The process is paused before, to read what is in flight. */
  kill(server: Server): Promise<void>;
  /** Kills the database server (SIGKILL) and starts it `downMs` later. */
  restartDatabase(downMs: number): Promise<void>;
  /** The same of one of three; needs `partitions`. True when it is the one that has the tenant. */
  restartPartition(place: number, downMs: number): Promise<boolean>;
  /** Moves the tenant to the next of three databases. The command is killed at each of these steps, and run again. Needs `partitions`. */
  moveTenant(deaths: readonly string[]): Promise<void>;
  /**
   * The primary is lost; a standby is promoted `unnoticedMs` later, and the lost server comes back as a standby. Needs
   * `replicas`.
   */
  failOver(how: Loss, unnoticedMs: number): Promise<FailOver>;
  readonly failOvers: readonly FailOver[];
  /** SIGSTOP. Returns how many deliveries the process has leased. */
  pause(server: Server): Promise<number>;
  /** SIGCONT. */
  resume(server: Server): void;
  /** Disconnects a process from the database for `forMs`; needs `proxies`. */
  cut(server: Server, how: 'cut' | 'swallow', forMs: number): Promise<void>;
  /** Sets the clocks of all processes to the real time plus `offsetMs`; needs `clock`. */
  setClock(offsetMs: number): Promise<void>;
  /** Needs `small-disk`. */
  readonly disk: SmallDisk;
  /** Reads a metric until it satisfies `isWanted`, for `metricMsMax` at most. Returns its last value. */
  metric(server: Server, name: string, isWanted: (value: number) => boolean): Promise<number>;
  /** Ms from the start of a process after a kill to the first 202. */
  addRestart(ms: number): void;
  readonly restartsMs: readonly number[];
  /** Adds a violation that only the case can find. */
  addViolation(violation: string): void;
  readonly violations: readonly string[];
  /** A random process of this role. */
  pick(role: Role): Server;
  /** Prints a step of the case. */
  log(step: string): void;
  /** Ends every process with SIGTERM. Returns what is left. */
  end(): Promise<Leftover>;
  close(): Promise<void>;
}

const connections = 32;
const smallDiskMebibytes = 64;
const metricMsMax = 15_000;
const presentMsMax = 30_000;
/** How long after its beginning a step is killed at most. */
const killMsMax = 40;

const starting = { replicas: startReplicas, patroni: startPatroni };

function isReplicated(needs: Needs | null): needs is Replicated {
  return needs === 'replicas' || needs === 'patroni';
}

export async function openCluster(options: {
  store: StoreKind;
  needs: Needs | null;
  random: SeededRandom;
  log: (step: string) => void;
}): Promise<Cluster> {
  const { store, needs, random, log } = options;
  const folder = temporaryFolder();
  const clockFile = join(folder, 'clock');
  const disk = needs === 'small-disk' ? createSmallDisk(folder, smallDiskMebibytes) : null;
  if (needs === 'clock') writeFileSync(clockFile, '0');
  const replicated = isReplicated(needs) ? await openReplicated(starting[needs]) : null;
  const spread = needs === 'partitions' ? await openSpread(tenant) : null;
  const database = replicated ?? spread ?? (await openDatabase(store, folder));
  const failOvers: FailOver[] = [];
  const faults: Fault[] = [];
  const violations: string[] = [];
  const restartsMs: number[] = [];
  let servers: { server: Server; client: ApiClient | null }[] = [];

  const remove = async (server: Server): Promise<void> => {
    const removed = servers.find((one) => one.server === server);
    servers = servers.filter((one) => one !== removed);
    await removed?.client?.close();
    await removed?.server.proxy?.close();
  };

  /** Stops a process (SIGSTOP), so that what it has leased can be read without a race. */
  const pauseAndRead = async (server: Server): Promise<ReadonlySet<string>> => {
    process.kill(server.process.pid, 'SIGSTOP');
    return database.claimed([server.number]);
  };

  /** A process that has not registered again may be declared dead: what it had leased may be sent by another, too. */
  const allPresent = async (): Promise<void> => {
    const deadline = performance.now() + presentMsMax;
    while ((await database.present()) < servers.length && performance.now() < deadline) await sleep(50);
  };

  const clockSettings = {
    NODE_OPTIONS: `--import ${join(import.meta.dirname, '../support/shifted-clock.ts')}`,
    SHIFTED_CLOCK: clockFile,
  };

  return {
    store,
    random,
    database,
    log,
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
      const claimed = await pauseAndRead(server);
      const until = Date.now();
      await server.process.kill();
      await remove(server);
      faults.push({ what: `${server.role} killed`, claimed, until });
      log(`kill -9 of ${server.role} ${server.number} with ${claimed.size} deliveries leased`);
    },
    async restartDatabase(downMs) {
      const claimed = await database.restart(downMs);
      await allPresent();
      faults.push({ what: 'database killed', claimed, until: Date.now() });
      log(`kill -9 of the database, back after ${Math.round(downMs)} ms with ${claimed.size} leased`);
    },
    async restartPartition(place, downMs) {
      if (spread === null) throw new Error('this case needs partitions');
      const isHome = place === spread.home;
      const claimed = await spread.restartOne(place, downMs);
      if (isHome) await allPresent();
      if (isHome) faults.push({ what: 'partition killed', claimed, until: Date.now() });
      log(`kill -9 of ${isHome ? 'the' : 'another'} partition, back after ${Math.round(downMs)} ms`);
      return isHome;
    },
    async moveTenant(deaths) {
      if (spread === null) throw new Error('this case needs partitions');
      const place = (spread.home + 1) % spread.names.length;
      const to = spread.names[place] ?? '';
      const move = () =>
        startCommand(['partitions', 'move', String(slotOf(tenant as TenantId)), '--to', to], {
          cwd: folder,
          environment: { ...keySettings, ...spread.settings(0) },
        });
      for (const step of deaths) {
        const running = move();
        const isThere = await running.untilError(new RegExp(`^${step}$`, 'm')).catch(() => null);
        await sleep(random.fraction() * killMsMax);
        running.child.kill('SIGKILL');
        await running.finished;
        if (isThere !== null) log(`kill -9 of the move to ${to} at ${step}`);
      }
      const { code, out, error } = await move().finished;
      if (code !== 0) violations.push(`the move ended with ${code}: ${error}`);
      spread.moved(place);
      log(`moved to ${to}: ${out.trim()}`);
    },
    async failOver(how, unnoticedMs) {
      if (replicated === null) throw new Error('this case needs replicas');
      const lostAt = Date.now();
      await replicated.lose(how);
      await sleep(unnoticedMs);
      const promotingAt = Date.now();
      const { name: promoted, claimed } = await replicated.promote();
      const promotedAt = Date.now();
      await allPresent();
      const presentAt = Date.now();
      faults.push({ what: `primary lost by ${how}`, claimed, until: presentAt });
      await replicated.rejoin();
      const times = { lostAt, promotingAt, promotedAt, presentAt, rejoinedAt: Date.now() };
      const failOver = { how, promoted, leased: claimed.size, ...times };
      failOvers.push(failOver);
      return failOver;
    },
    failOvers,
    async pause(server) {
      const claimed = await pauseAndRead(server);
      faults.push({ what: `${server.role} paused`, claimed, until: Date.now() });
      log(`SIGSTOP of ${server.role} ${server.number} with ${claimed.size} deliveries leased`);
      return claimed.size;
    },
    resume(server) {
      process.kill(server.process.pid, 'SIGCONT');
      log(`SIGCONT of ${server.role} ${server.number}`);
    },
    async cut(server, how, forMs) {
      if (server.proxy === null) throw new Error('this case needs proxies');
      server.proxy[how]();
      const before = await database.claimed([server.number]);
      await sleep(forMs);
      const claimed = new Set([...before, ...(await database.claimed([server.number]))]);
      server.proxy.restore();
      faults.push({ what: `${server.role} cut off`, claimed, until: Date.now() });
      log(
        `${how}: the connections of ${server.role} ${server.number} to the database, for ${Math.round(forMs)} ms`,
      );
    },
    async setClock(offsetMs) {
      const claimed = await Promise.all(servers.map(({ server }) => pauseAndRead(server)));
      const until = Date.now();
      writeFileSync(clockFile, String(offsetMs));
      for (const signal of ['SIGUSR2', 'SIGCONT'] as const) {
        for (const { server } of servers) process.kill(server.process.pid, signal);
      }
      for (const each of claimed) faults.push({ what: 'clock set', claimed: each, until });
      log(`clocks set to ${offsetMs / 3_600_000} h`);
    },
    get disk() {
      if (disk === null) throw new Error('this case needs a small disk');
      return disk;
    },
    async metric(server, name, isWanted) {
      const deadline = performance.now() + metricMsMax;
      for (;;) {
        const text = await (await fetch(`${server.process.url}/metrics`)).text();
        const value = Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? Number.NaN);
        if (isWanted(value) || performance.now() > deadline) return value;
        await sleep(100);
      }
    },
    addRestart: (ms) => void restartsMs.push(ms),
    restartsMs,
    addViolation: (violation) => void violations.push(violation),
    violations,
    pick: (role) => random.pick(servers.map(({ server }) => server).filter((server) => server.role === role)),
    async end() {
      let badExits = 0;
      for (const { server } of servers) {
        if ((await server.process.terminate()) !== 0) badExits++;
        await remove(server);
      }
      return { waiting: await database.waiting(), claimed: (await database.claimed(null)).size, badExits };
    },
    async close() {
      await Promise.all(servers.map(({ server }) => server.process.kill()));
      await Promise.all(servers.map(({ server }) => remove(server)));
      await database.close();
      disk?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
