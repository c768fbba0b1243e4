// Three Postgres servers, a primary and two standbys: a commit is answered when one standby has it on disk, too. Each is reached
// through a proxy of its own, by its clients and by the other servers, so that it can be cut off. What a manager of such servers
// does is here as well: it promotes the standby that has most, and makes the former primary a standby again.
import { type ChildProcess, execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';
import { backUp } from './postgres-backup.ts';
import { durable, findBinaries, launch, runSql, unprivileged, urlOf } from './postgres.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** `kill`: SIGKILL. `cut`: all connections are reset and new ones refused. `swallow`: nothing is forwarded, nothing closed. */
export type Loss = 'kill' | 'cut' | 'swallow';

export interface Replicas {
  /** URL of the database `postgres` with all hosts, as a client has it. */
  readonly url: string;
  /** The same at the present primary alone, past its proxy. */
  readonly primaryUrl: string;
  /** The primary is lost. */
  lose(how: Loss): Promise<void>;
  /**
   * Promotes the standby that has received most, after `read` has read it: the database as it was at the loss. Resolves with the
   * name of the server when commits are answered again.
   */
  promote<T>(read: (url: string) => Promise<T>): Promise<{ name: string; found: T }>;
  /** Makes the lost server a standby, by a new base backup. Resolves when both standbys are streaming. */
  rejoin(): Promise<void>;
  close(): Promise<void>;
}

interface Server {
  readonly name: string;
  readonly data: string;
  readonly port: number;
  readonly proxy: TcpProxy;
  child: ChildProcess | null;
}

const waitMsMax = 60_000;

const settings = {
  ...durable,
  wal_level: 'replica',
  wal_keep_size: '512MB',
  max_wal_size: '512MB',
  hot_standby: 'on',
  // A standby that follows another server does so at once.
  wal_retrieve_retry_interval: '100ms',
};

export async function startReplicas(): Promise<Replicas> {
  const { initdb, postgres } = await findBinaries(process.env['TEST_POSTGRES_BIN'] ?? '');
  const folder = mkdtempSync(join(tmpdir(), 'carillon-replicas-'));
  const user = unprivileged(folder);
  const servers = await Promise.all(['a', 'b', 'c'].map((name) => prepare(name, folder)));
  const [first, ...others] = servers;
  if (first === undefined) throw new Error('no servers');
  let primary = first;
  let standbys: Server[] = [];
  let lost: Server | null = null;
  // So that none outlives the tests.
  process.once('exit', () => servers.forEach(({ child }) => child?.kill('SIGQUIT')));

  const start = async (server: Server): Promise<void> => {
    const { name, data, port } = server;
    const names = servers.map((one) => one.name).filter((one) => one !== name);
    const own = { ...settings, synchronous_standby_names: `ANY 1 (${names.join()})` };
    server.child = await launch({ postgres, data, port, settings: own }, { ...user, cwd: folder });
  };

  const addStandby = async (server: Server): Promise<void> => {
    await backUp(urlOf(primary.port), primary.data, server.data, user);
    await follow(server, primary);
    await start(server);
    standbys.push(server);
  };

  mkdirSync(first.data, { mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(first.data, user.uid, user.gid);
  const options = [
    '-D',
    first.data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-sync',
    '--locale=C',
  ];
  execFileSync(initdb, options, { ...user, cwd: folder, stdio: 'pipe' });
  await start(first);
  for (const server of others) await addStandby(server);
  await streaming(urlOf(primary.port), standbys.length);

  return {
    url: `postgres://postgres@${servers.map(({ proxy }) => `127.0.0.1:${proxy.port}`).join()}/postgres`,
    get primaryUrl() {
      return urlOf(primary.port);
    },
    async lose(how) {
      lost = primary;
      if (how === 'kill') await end(lost);
      else lost.proxy[how]();
    },
    async promote(read) {
      const received = await Promise.all(standbys.map(({ port }) => readReceived(urlOf(port))));
      const chosen = standbys[received.indexOf(Math.max(...received))];
      if (chosen === undefined) throw new Error('no standby is left');
      const url = urlOf(chosen.port);
      await until('the log is replayed', async () => (await readReplayed(url)) >= Math.max(...received));
      const found = await read(url);
      await runSql(url, 'select pg_promote(true, 30)');
      primary = chosen;
      standbys = standbys.filter((server) => server !== chosen);
      for (const server of standbys) {
        await follow(server, chosen);
        await runSql(urlOf(server.port), 'select pg_reload_conf()');
      }
      await streaming(url, standbys.length);
      return { name: chosen.name, found };
    },
    async rejoin() {
      if (lost === null) throw new Error('no server is lost');
      // What it may have written since it was cut off is not on any other, and is not kept.
      await end(lost);
      lost.proxy.restore();
      await addStandby(lost);
      lost = null;
      await streaming(urlOf(primary.port), standbys.length);
    },
    async close() {
      await Promise.all(servers.map((server) => end(server)));
      await Promise.all(servers.map(({ proxy }) => proxy.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function prepare(name: string, folder: string): Promise<Server> {
  const port = await findFreePort();
  return { name, data: join(folder, name), port, proxy: await startTcpProxy(port), child: null };
}

async function end({ child }: Server): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** Takes effect at the next start or reload. */
async function follow({ name, data }: Server, source: Server): Promise<void> {
  const from = `host=127.0.0.1 port=${source.proxy.port} user=postgres application_name=${name}`;
  await writeFile(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${from}'\n`);
}

async function readReceived(url: string): Promise<number> {
  const position = 'coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())';
  return Number((await runSql(url, `select pg_wal_lsn_diff(${position}, '0/0') as at`))[0]?.['at']);
}

async function readReplayed(url: string): Promise<number> {
  const rows = await runSql(url, `select pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0') as at`);
  return Number(rows[0]?.['at']);
}

/** Resolves when so many standbys stream from the primary at `url`. */
export function streaming(url: string, count: number, condition = ''): Promise<void> {
  const select = `select count(*) as n from pg_stat_replication where state = 'streaming' ${condition}`;
  return until('the standbys stream', async () => Number((await runSql(url, select))[0]?.['n']) >= count);
}

export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + waitMsMax;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not so after ${waitMsMax / 1000} s: ${what}`);
    await sleep(20);
  }
}
