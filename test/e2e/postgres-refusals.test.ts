// Unusable Postgres databases: `serve`, `migrate` and `doctor` print the same line, which says what to do and has no password, and
// exit with 78; with 1 when the server may only not be up yet.
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { type Finished, runCommand } from '../support/command-line.ts';
import { findFreePort } from '../support/free-port.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { createDatabase, runSql, startPostgres, templateName } from '../support/postgres.ts';

const server = inject('postgresUrl');
const password = 'the-password';

describe('serve, migrate and doctor refuse', () => {
  test('an invalid database URL', async () => {
    const scheme = await run('serve', `mysql://carillon:${password}@127.0.0.1/carillon`);
    expect(scheme.code).toBe(78);
    expect(scheme.error).toMatch(/^error: DATABASE_URL must be sqlite:<file> or postgres:\/\/…\nhint: .*\n$/);
    await expectRefused(
      `postgres://carillon:${password}@127.0.0.1:99999/x`,
      /DATABASE_URL is not a URL; write/,
    );
  });

  test('several hosts that are malformed, and target_session_attrs of servers that are not written to', async () => {
    for (const [url, message] of [
      [`postgres://carillon:${password}@a,,b/x`, /must not have an empty name among its hosts/],
      [
        `postgres://carillon:${password}@a,b/x?target_session_attrs=any`,
        /must have .* read-write or primary/,
      ],
      [
        `postgres://carillon:${password}@a,b/x?port=1,2,3`,
        /must have one port for all hosts, or one for each/,
      ],
    ] as const) {
      const { code, out, error } = await run('serve', url);
      expect({ code, out }).toEqual({ code: 78, out: '' });
      expect(error).toMatch(/^error: DATABASE_URL must [^\n]+\nhint: .*\n$/);
      expect(error).toMatch(message);
      expect(error).not.toContain(password);
    }
    await expectRefused(`postgres://carillon:${password}@a,b:99999/x`, /DATABASE_URL is not a URL; write/);
  });

  test('several hosts that are all down', async () => {
    const [first, second] = [await findFreePort(), await findFreePort()];
    const hosts = `127.0.0.1:${first},127.0.0.1:${second}`;
    await expectRefused(
      `postgres://carillon:${password}@${hosts}/carillon`,
      new RegExp(
        `${hosts}/carillon: no host takes writes: 127.0.0.1:${first} does not answer, .*DATABASE_URL`,
      ),
      notUpYet,
    );
  });

  test('a port where nothing listens', async () => {
    const port = await listenOn(createServer());
    const closed = createServer();
    const free = await listenOn(closed);
    await new Promise((resolve) => closed.close(resolve));
    expect(free).not.toBe(port);
    await expectRefused(
      urlAt(free),
      new RegExp(`127.0.0.1:${free}/carillon: the database server cannot be reached`),
      notUpYet,
    );
    await expectRefused(
      `postgres://carillon:${password}@/carillon?host=/nothing`,
      /: \/nothing:5432\/carillon: the database server cannot be reached/,
      notUpYet,
    );
    await expectRefused(
      `postgres://carillon:${password}@nothing.invalid/carillon`,
      /nothing.invalid:5432\/carillon: /,
      notUpYet,
    );
  });

  test('a server that never answers, within seconds', async () => {
    const silent = createServer((socket) => void socket.resume());
    const startedAt = Date.now();
    await expectRefused(
      urlAt(await listenOn(silent)),
      /no Postgres answers there; check DATABASE_URL/,
      notUpYet,
    );
    expect(Date.now() - startedAt).toBeLessThan(20_000);
  });

  test('a server of another protocol', async () => {
    const http = createHttpServer((_request, response) => response.end('hello'));
    await expectRefused(urlAt(await listenOn(http)), /no Postgres answers there/, notUpYet);
  });

  test('a file of the connection that is not there', async () => {
    await expectRefused(
      `${server}?sslrootcert=/nothing.pem`,
      /a file that DATABASE_URL names .* is not there/,
    );
  });

  test('a Postgres older than 15', async () => {
    await expectRefused(
      urlAt(await listenOn(oldPostgres())),
      /the server is Postgres 14.23; Carillon needs 15 or later/,
    );
  });

  test('a database that does not exist', async () => {
    const url = new URL(server);
    url.pathname = '/nothing';
    await expectRefused(url.href, /there is no such database; make it \(createdb\)/);
  });

  test('a wrong password, and a role without the right to create tables', async () => {
    const own = await startPostgres();
    onTestFinished(() => own.stop());
    await runSql(own.url, `create role guest login password '${password}'`);
    const [{ hba_file: rules } = {}] = await runSql(own.url, 'show hba_file');
    const first = `values ('host all guest 127.0.0.1/32 scram-sha-256'), ('host all all 127.0.0.1/32 trust')`;
    await runSql(own.url, `copy (${first}) to '${String(rules)}'`);
    await runSql(own.url, 'select pg_reload_conf()');
    const url = new URL(own.url);
    url.username = 'guest';
    url.password = password;
    await expectRefused(
      url.href,
      /the user may not make or use tables here; grant it all rights on the schema/,
    );
    url.password = `${password}-of-somebody-else`;
    await expectRefused(
      url.href,
      /the server refuses the user, the password or this host; check DATABASE_URL/,
    );
  });

  test('a read-only database, such as a standby', async () => {
    const database = await newDatabase(templateName);
    const name = new URL(database).pathname.slice(1);
    await runSql(server, `alter database ${name} set default_transaction_read_only = on`);
    await expectRefused(database, /the database is read-only, .*name the primary/);
  });

  test('a schema of a newer version', async () => {
    const database = await newDatabase(templateName);
    await runSql(database, `insert into migrations (number, name) values (9999, '9999-later')`);
    await expectRefused(database, /is at version 9999 .*use a newer Carillon/);
  });

  test('a database of another program, and change nothing in it', async () => {
    const tables = [
      // Other programs use tables with this name too.
      'create table migrations (id serial primary key, "timestamp" bigint not null, name text not null)',
      `create table migrations (number int, name text); insert into migrations values (1, '0001-of-others')`,
      'create view migrations as select 1 as number, true as name',
      'create table events (id int primary key)',
    ];
    for (const table of tables) {
      const database = await newDatabase();
      await runSql(database, table);
      const before = await listTables(database);
      await expectRefused(database, /tables of another program; make a database of its own/);
      expect(await listTables(database)).toEqual(before);
    }
  });
});

function run(command: string, url: string): Promise<Finished> {
  const environment = {
    PATH: process.env['PATH'] ?? '',
    ...keySettings,
    DATABASE_URL: url,
    PORT: '0',
    // Nothing listens there: `doctor` would ask the default port, where a server of the developer may run.
    CARILLON_SERVER: 'http://127.0.0.1:2',
    CARILLON_DATABASE_WAIT: '0s',
  };
  return runCommand(command.split(' '), { cwd: temporaryFolder(), environment });
}

/** What a supervisor restarts from. */
const notUpYet = 1;

/** Expects that all three commands print the same line. */
async function expectRefused(url: string, message: RegExp, exitCode = 78): Promise<void> {
  const [served, migrated, examined] = await Promise.all([
    run('serve', url),
    run('migrate', url),
    run('--json doctor', url),
  ]);
  for (const { code, out, error } of [served, migrated]) {
    expect(error).toMatch(/^error: [^\n]+\n$/);
    expect(error).toMatch(message);
    expect(`${out}${error}`).not.toContain(password);
    expect({ code, out }).toEqual({ code: exitCode, out: '' });
  }
  expect(migrated.error).toBe(served.error);
  const { checks } = JSON.parse(examined.out) as { checks: Record<'check' | 'status' | 'detail', string>[] };
  const failed = checks.filter(({ check, status }) => status === 'fail' && check !== 'server');
  expect(failed.map(({ detail }) => detail)).toEqual([served.error.slice('error: '.length, -1)]);
  expect(`${examined.out}${examined.error}`).not.toContain(password);
  expect(examined.code).toBe(1);
}

const urlAt = (port: number): string => `postgres://carillon:${password}@127.0.0.1:${port}/carillon`;

/** Returns the port. The server and its connections are closed after the test. */
async function listenOn(listening: Server): Promise<number> {
  const sockets = new Set<Socket>();
  listening.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  return (listening.address() as AddressInfo).port;
}

/** Implements the part of the Postgres protocol that reports version 14. */
function oldPostgres(): Server {
  const message = (type: string, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const int = (bytes: 2 | 4, value: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeIntBE(value, 0, bytes);
    return buffer;
  };
  const text = (value: string): Buffer => Buffer.from(`${value}\0`);
  const ready = message('Z', Buffer.from('I'));
  const row = { version: '140023', text: '14.23' };
  const column = (name: string, type: number): Buffer =>
    Buffer.concat([text(name), int(4, 0), int(2, 0), int(4, type), int(2, -1), int(4, -1), int(2, 0)]);
  const values = Object.values(row).map((value) => Buffer.concat([int(4, value.length), Buffer.from(value)]));
  const answer = Buffer.concat([
    message(
      'T',
      int(2, 2),
      column('version', pg.types.builtins.INT4),
      column('text', pg.types.builtins.TEXT),
    ),
    message('D', int(2, values.length), ...values),
    message('C', text('SELECT 1')),
    ready,
  ]);
  return createServer((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', int(4, 0)), ready]));
      socket.on('data', (asked) =>
        asked.toString('latin1', 0, 1) === 'X' ? socket.end() : socket.write(answer),
      );
    });
  });
}

async function newDatabase(template?: string): Promise<string> {
  const database = await createDatabase(server, template);
  onTestFinished(() => database.drop());
  return database.url;
}

function listTables(url: string): Promise<unknown> {
  return runSql(
    url,
    `select table_name, column_name from information_schema.columns where table_schema = 'public' order by 1, 2`,
  );
}
