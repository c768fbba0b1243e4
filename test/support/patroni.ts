// Three Postgres servers that Patroni manages, with the file of deploy/patroni and one etcd: what a loss of the primary is like
// with a real manager. Needs the programs patroni and etcd, and Postgres with pg_rewind and pg_basebackup.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { type Replicas, streaming, until } from './postgres-replicas.ts';
import { unprivileged } from './postgres.ts';

interface Node {
  readonly name: string;
  readonly port: number;
  readonly restPort: number;
  readonly data: string;
  child: ChildProcess;
}

const password = 'patroni';
const binaries = process.env['TEST_PATRONI_BIN'] ?? '/usr/lib/postgresql/15/bin';

export async function startPatroni(): Promise<Replicas> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-patroni-'));
  const user = { ...unprivileged(folder), cwd: folder };
  const started: ChildProcess[] = [];
  const run = (command: string, args: string[], env: Record<string, string>): ChildProcess => {
    const child = spawn(command, args, {
      ...user,
      env: { PATH: process.env['PATH'], HOME: folder, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.resume();
    started.push(child);
    return child;
  };
  process.once('exit', () => started.forEach((child) => child.kill('SIGTERM')));

  const [etcdPort, peerPort] = [await findFreePort(), await findFreePort()];
  const etcd = `http://127.0.0.1:${etcdPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  run('etcd', ['--data-dir', join(folder, 'etcd'), '--name', 'etcd'], {
    ETCD_LISTEN_CLIENT_URLS: etcd,
    ETCD_ADVERTISE_CLIENT_URLS: etcd,
    ETCD_LISTEN_PEER_URLS: peer,
    ETCD_INITIAL_ADVERTISE_PEER_URLS: peer,
    ETCD_INITIAL_CLUSTER: `etcd=${peer}`,
  });
  const file = join(folder, 'patroni.yml');
  // The machines are this one, and the folder of Debian for Unix sockets is not of this user.
  const text = readFileSync('deploy/patroni/patroni.yml', 'utf8')
    .replaceAll('10.0.0.0/8', '127.0.0.0/8')
    .replace('\npostgresql:\n', `\npostgresql:\n  parameters: { unix_socket_directories: '' }\n`);
  writeFileSync(file, text);

  const startNode = ({ name, port, restPort, data }: Omit<Node, 'child'>): ChildProcess =>
    run('patroni', [file], {
      PATRONI_NAME: name,
      PATRONI_ETCD3_HOSTS: `127.0.0.1:${etcdPort}`,
      PATRONI_RESTAPI_LISTEN: `127.0.0.1:${restPort}`,
      PATRONI_RESTAPI_CONNECT_ADDRESS: `127.0.0.1:${restPort}`,
      PATRONI_POSTGRESQL_LISTEN: `127.0.0.1:${port}`,
      PATRONI_POSTGRESQL_CONNECT_ADDRESS: `127.0.0.1:${port}`,
      PATRONI_POSTGRESQL_DATA_DIR: data,
      PATRONI_POSTGRESQL_BIN_DIR: binaries,
      PATRONI_POSTGRESQL_PGPASS: join(folder, `${name}.pgpass`),
      PATRONI_SUPERUSER_PASSWORD: password,
      PATRONI_REPLICATION_PASSWORD: password,
      PATRONI_REWIND_PASSWORD: password,
    });
  const nodes: Node[] = [];
  for (const name of ['db1', 'db2', 'db3']) {
    const [port, restPort] = [await findFreePort(), await findFreePort()];
    const node = { name, port, restPort, data: join(folder, name) };
    nodes.push({ ...node, child: startNode(node) });
  }
  const urlOf = ({ port }: Node): string => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const findPrimary = async (): Promise<Node | null> => {
    for (const node of nodes) {
      const answer = await fetch(`http://127.0.0.1:${node.restPort}/primary`).catch(() => null);
      await answer?.body?.cancel();
      if (answer?.status === 200) return node;
    }
    return null;
  };
  const awaitPrimary = async (): Promise<Node> => {
    let found: Node | null = null;
    await until('there is a primary', async () => (found = await findPrimary()) !== null);
    if (found === null) throw new Error('no primary');
    return found;
  };
  let primary = await awaitPrimary();
  let lost: Node | null = null;
  await streaming(urlOf(primary), 2);
  await synchronous(urlOf(primary));

  return {
    url: `postgres://postgres:${password}@${nodes.map(({ port }) => `127.0.0.1:${port}`).join()}/postgres`,
    get primaryUrl() {
      return urlOf(primary);
    },
    /** The machine is lost: Patroni and Postgres end at once. */
    async lose(how) {
      if (how !== 'kill') throw new Error('here the primary can only be killed');
      lost = primary;
      lost.child.kill('SIGKILL');
      process.kill(Number(readFileSync(join(lost.data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
    },
    /** Patroni promotes one. What is read may have been changed since. */
    async promote(read) {
      primary = await awaitPrimary();
      await synchronous(urlOf(primary));
      return { name: primary.name, found: await read(urlOf(primary)) };
    },
    async rejoin() {
      if (lost === null) throw new Error('no server is lost');
      lost.child = startNode(lost);
      lost = null;
      await streaming(urlOf(primary), 2);
    },
    async close() {
      for (const child of started.toReversed()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when commits wait for a standby, and one is there. */
function synchronous(url: string): Promise<void> {
  return streaming(url, 1, `and sync_state in ('sync', 'quorum')`);
}
