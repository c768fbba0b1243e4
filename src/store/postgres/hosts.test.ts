// A database with two hosts: two servers, of which one takes writes. A standby is here a server that is set to be read-only.
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { Fault } from '#core/fault.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { findFreePort } from '../../../test/support/free-port.ts';
import { type PostgresServer, runSql, startPostgres } from '../../../test/support/postgres.ts';
import { startTcpProxy } from '../../../test/support/tcp-proxy.ts';
import { sql, StoreError } from '../sql.ts';
import { checkPostgres } from './check.ts';
import { Database } from './database.ts';
import { openPostgresStore } from './index.ts';

const name = `hosts_${process.pid}`;
let second: PostgresServer;
let servers: readonly [string, string];

beforeAll(async () => {
  second = await startPostgres();
  servers = [inject('postgresUrl'), second.url];
  for (const url of servers) await runSql(url, `create database ${name}`);
});

afterAll(async () => {
  await runSql(servers[0], `drop database if exists ${name} with (force)`);
  await second.stop();
});

beforeEach(() => promote(0));

/** New connections to the other server are read-only from then on; those that are open stay as they are. */
async function promote(index: 0 | 1): Promise<void> {
  for (const [at, url] of servers.entries()) {
    const isReadOnly = at === index ? 'off' : 'on';
    await runSql(url, `alter database ${name} set default_transaction_read_only = ${isReadOnly}`);
  }
}

const portOf = (index: 0 | 1): number => Number(new URL(servers[index]).port);

const urlOf = (ports: readonly number[]): string =>
  `postgres://postgres@${ports.map((port) => `127.0.0.1:${port}`).join()}/${name}`;

function open(ports: readonly number[], poolMax = 2): Database {
  const db = new Database({ url: urlOf(ports), poolMax });
  onTestFinished(() => db.close());
  return db;
}

const readPort = async (db: Database): Promise<number | undefined> =>
  (await db.get<{ port: number }>(sql`select current_setting('port')::int as port`))?.port;

/** A host that takes connections and never answers. */
async function openSilent(): Promise<number> {
  const silent = createServer((socket) => void socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  return (silent.address() as AddressInfo).port;
}

describe('the primary of several hosts', () => {
  test('is found at any place, beside a standby, a host that is down and one that is silent', async () => {
    const [silent, closed] = [await openSilent(), await findFreePort()];
    const startedAt = performance.now();
    for (const ports of [
      [portOf(0), portOf(1)],
      [silent, closed, portOf(1), portOf(0)],
    ]) {
      const db = open(ports);
      expect(await readPort(db)).toBe(portOf(0));
      expect(db.primaryName).toBe(`127.0.0.1:${portOf(0)}`);
      expect(db.name).toBe(`${ports.map((port) => `127.0.0.1:${port}`).join()}/${name}`);
    }
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });

  test('is found again when it has closed its connections, by the next statement', async () => {
    const db = open([portOf(0), portOf(1)]);
    expect(await readPort(db)).toBe(portOf(0));
    await promote(1);
    const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`;
    await runSql(servers[0], end);
    await vi.waitFor(async () => expect(await readPort(db)).toBe(portOf(1)), { timeout: 20_000 });
  });

  test('is left when it refuses a write, also by its other connections', async () => {
    const db = open([portOf(0), portOf(1)]);
    const other = await db.connect({ application_name: 'other' });
    const ended = new Promise((resolve) => other.once('end', () => resolve('ended')));
    await promote(1);
    const writing = db.transaction(async (tx) => {
      await tx.run(sql`set transaction read only`);
      await tx.run(sql`create table t (id int)`);
    });
    await expect(writing).rejects.toMatchObject({ code: 'unavailable' });
    expect(await readPort(db)).toBe(portOf(1));
    expect(await ended).toBe('ended');
  });

  test('is left when a new connection to it takes no writes, before anything is sent', async () => {
    const db = open([portOf(0), portOf(1)]);
    expect(await readPort(db)).toBe(portOf(0));
    await promote(1);
    const [kept, fresh] = await Promise.allSettled([db.all(sql`select pg_sleep(1.5)`), readPort(db)]);
    expect(fresh).toMatchObject({ value: portOf(1) });
    // Its connection was to the former primary, and was closed.
    expect(kept).toMatchObject({ reason: { code: 'unavailable' } });
  });

  test('is left when it is silent and another host takes writes: what waits for it fails, and is sent again', async () => {
    const proxy = await startTcpProxy(portOf(0));
    onTestFinished(() => proxy.close());
    const db = open([proxy.port, portOf(1)]);
    expect(await readPort(db)).toBe(portOf(0));
    proxy.swallow();
    await promote(1);
    const startedAt = performance.now();
    const waiting = await readPort(db).catch((error: unknown) => error);
    expect(waiting).toBeInstanceOf(Fault);
    expect(await readPort(db)).toBe(portOf(1));
    // A statement alone would wait for 20 s.
    expect(performance.now() - startedAt).toBeLessThan(6_000);
  });

  test('stays while it is slow and no other takes writes', async () => {
    const db = open([portOf(0), portOf(1)]);
    const rows = await db.all<{ at: number }>(
      sql`select current_setting('port')::int as at from pg_sleep(4.5)`,
    );
    expect(rows).toEqual([{ at: portOf(0) }]);
  });
});

describe('hosts of which none takes writes', () => {
  const start = (url: string): Promise<unknown> =>
    openPostgresStore({ url, poolMax: 2, ids: createIdSource(systemRandom), now: 0 }).then(
      () => null,
      (error: unknown) => error,
    );

  test('are named with the state of each; a later start may succeed', async () => {
    const closed = await findFreePort();
    const refused = await start(urlOf([portOf(1), closed]));
    expect(refused).toBeInstanceOf(StoreError);
    expect(refused).toMatchObject({
      isTransient: true,
      message: expect.stringMatching(
        new RegExp(
          `no host takes writes: 127.0.0.1:${portOf(1)} is a standby.*, 127.0.0.1:${closed} does not`,
        ),
      ),
    });
    expect((await checkPostgres(urlOf([portOf(1), closed])))[0]).toMatchObject({ ok: false });
  });

  test('are refused for good when one says what a person must change', async () => {
    const closed = await findFreePort();
    const refused = await start(urlOf([closed, portOf(0)]).replace(name, 'nothing'));
    expect(refused).toMatchObject({
      isTransient: false,
      message: expect.stringMatching(/no such database/),
    });
  });

  test('include a single one that has to take writes by target_session_attrs', async () => {
    const refused = await start(`${urlOf([portOf(1)])}?target_session_attrs=read-write`);
    expect(refused).toMatchObject({
      isTransient: true,
      message: expect.stringMatching(/no host takes writes/),
    });
  });
});

test('doctor names the primary', async () => {
  const [server] = await checkPostgres(urlOf([portOf(1), portOf(0)]));
  expect(server).toMatchObject({
    ok: true,
    detail: expect.stringMatching(new RegExp(`answers; Postgres .*; the primary is 127.0.0.1:${portOf(0)}$`)),
  });
});
