// The outbox relay in the process of the server: CARILLON_OUTBOX. The server is killed, another relay has the lock, rows are wrong.
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { createTable } from '#outbox/table.ts';
import { createApiClient } from '../support/api-client.ts';
import { runCommand, type Running, startCommand } from '../support/command-line.ts';
import { temporaryFolder } from '../support/harness.ts';
import { createDatabase, runSql, type TestDatabase } from '../support/postgres.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

let folder: string;
let database: TestDatabase;
let server: ServerProcess;
let receiver: Receiver;
let relay: Running | null = null;

beforeEach(async () => {
  folder = temporaryFolder();
  database = await createDatabase(inject('postgresUrl'));
  await runSql(database.url, createTable('carillon_outbox'));
  receiver = await startReceiver();
  await start();
  await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  await admin('POST', '/tenants/acme/endpoints', { url: receiver.url, eventTypes: ['*'] });
});

afterEach(async () => {
  relay?.child.kill('SIGKILL');
  relay = null;
  await server.kill();
  await receiver.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(settings: Record<string, string> = {}): Promise<void> {
  server = await startServer(folder, { CARILLON_OUTBOX: database.url, LOG_LEVEL: 'info', ...settings });
}

async function admin(method: string, path: string, body?: object): Promise<any> {
  const client = createApiClient(server.url, server.adminKey);
  const answer = await client.call(method, path, body);
  await client.close();
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

const insert = (from: number, to: number) =>
  runSql(
    database.url,
    `insert into carillon_outbox (tenant, type, payload, ordering_key)
     select 'acme', 'order.paid', json_build_object('n', n), 'key-' || n % 7 from generate_series(${from}, ${to}) n`,
  );

const countRows = async (condition = 'true') =>
  (await runSql(database.url, `select 1 from carillon_outbox where ${condition}`)).length;

async function readMetric(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^carillon_outbox_${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

const within = (what: () => unknown) => expect.poll(what, { timeout: 20_000, interval: 50 });

async function readEventIds(): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const place = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await admin('GET', `/tenants/acme/events?limit=200${place}`);
    ids.push(...page.data.map(({ id }: { id: string }) => id));
    cursor = page.nextCursor;
  }
  return ids;
}

test(
  'each row is published exactly once, though the server is killed at random',
  { timeout: 180_000 },
  async () => {
    const random = createSeededRandom(7);
    const count = 500;
    let isInserted = false;
    const inserting = (async () => {
      for (let from = 1; from <= count; from += 10) {
        await insert(from, from + 9);
        await new Promise((resolve) => setTimeout(resolve, 20 + 60 * random.fraction()));
      }
      isInserted = true;
    })();
    let kills = 0;
    while (!isInserted || kills < 5) {
      await new Promise((resolve) => setTimeout(resolve, 50 + 400 * random.fraction()));
      await server.kill();
      kills++;
      await start();
    }
    await inserting;
    await within(() => countRows()).toBe(0);
    const ids = Array.from({ length: count }, (_, n) => `carillon_outbox-${n + 1}`);
    expect((await readEventIds()).toSorted()).toEqual(ids.toSorted());
    // A request that was cut off by a kill is sent again: the receiver knows it by its id.
    const arrived = (): string[] => [
      ...new Set(receiver.requests.map(({ headers }) => String(headers['webhook-id']))),
    ];
    await receiver.until(() => arrived().length === count);
    expect(arrived().toSorted()).toEqual(ids.toSorted());
    for (let key = 0; key < 7; key++) {
      const ofKey = arrived()
        .map((id) => Number(id.slice('carillon_outbox-'.length)))
        .filter((n) => n % 7 === key);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
    process.stdout.write(`outbox: ${count} rows, ${kills} kills of the server, each published once\n`);
  },
);

test('stands by while another relay has the lock, goes on after it, and ends at SIGTERM', async () => {
  await within(() => readMetric('leading')).toBe(1);
  await insert(1, 3);
  await receiver.until(() => receiver.requests.length === 3);
  await within(() => readMetric('published_total')).toBe(3);
  const environment = { CARILLON_SERVER: server.url, CARILLON_ADMIN_KEY: server.adminKey };
  const flags = ['outbox', '--from-file', '-', '--json'];
  relay = startCommand(flags, { cwd: folder, environment, input: database.url });
  await relay.until(/standing_by/);
  // Its lock ends with it.
  expect(await server.terminate()).toBe(0);
  await relay.until(/leading/);
  await start();
  await within(() => server.output()).toContain('outbox.standing_by');
  expect(await readMetric('leading')).toBe(0);
  relay.child.kill('SIGKILL');
  await within(() => readMetric('leading')).toBe(1);
  await insert(4, 5);
  await receiver.until(() => receiver.requests.length === 5);
});

test('a row that is refused stays with its reason; the payload is that of the row', async () => {
  await runSql(
    database.url,
    `insert into carillon_outbox (tenant, type, payload) values
     ('acme', 'order.paid', '{"n": 1.10}'), ('nobody', 'order.paid', '1'), ('acme', 'not a type', '1'),
     ('acme', 'order.paid', '{"n": 12345678901234567890}')`,
  );
  await receiver.until(() => receiver.requests.length === 2);
  expect(receiver.requests.map(({ body }) => body)).toEqual([
    expect.stringContaining('{"n": 1.10}'),
    expect.stringContaining('{"n": 12345678901234567890}'),
  ]);
  await within(() => countRows('refused is null')).toBe(0);
  expect(await runSql(database.url, 'select id::int, refused from carillon_outbox order by id')).toEqual([
    { id: 2, refused: expect.stringMatching(/tenant/) },
    { id: 3, refused: expect.stringMatching(/^type: /) },
  ]);
  expect(await readMetric('refused_total')).toBe(2);
  expect(await readMetric('lag_seconds')).toBe(0);
});

test('rows that cannot be published are a lag, which ends; the server is ready without the database', async () => {
  await server.terminate();
  // A rate limit passes.
  await start({ CARILLON_EVENTS_PER_DAY: '1' });
  await insert(1, 2);
  await within(() => server.output()).toContain('outbox.failed');
  await within(() => readMetric('lag_seconds')).toBeGreaterThan(0);
  await server.terminate();
  await start();
  await within(() => readMetric('published_total')).toBe(2);
  await within(() => readMetric('lag_seconds')).toBe(0);
  await server.terminate();
  await start({ CARILLON_OUTBOX: 'postgres://nobody:secret-word@127.0.0.1:9/none' });
  await within(() => server.output()).toContain('outbox.failed');
  expect(server.output()).not.toContain('secret-word');
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  expect(await readMetric('leading')).toBe(0);
});

test('doctor says whether it can be reached', async () => {
  const doctor = async (settings: Record<string, string>) => {
    const environment = {
      DATABASE_URL: `sqlite:${folder}/other.db`,
      CARILLON_SERVER: server.url,
      CARILLON_ADMIN_KEY: server.adminKey,
      CARILLON_OUTBOX: database.url,
      ...settings,
    };
    const { out } = await runCommand(['doctor', '--json'], { cwd: folder, environment });
    const { checks } = JSON.parse(out) as { checks: { check: string }[] };
    return checks.filter(({ check }) => check === 'outbox');
  };
  await server.terminate();
  await insert(1, 2);
  expect(await doctor({})).toMatchObject([
    { status: 'ok', detail: 'carillon_outbox can be reached; 2 rows wait' },
  ]);
  await runSql(database.url, `update carillon_outbox set refused = 'wrong' where id = 1`);
  expect(await doctor({})).toMatchObject([
    { status: 'warn', detail: 'carillon_outbox can be reached; 1 row waits, 1 was refused' },
  ]);
  expect(await doctor({ CARILLON_OUTBOX_TABLE: 'app.outbox' })).toMatchObject([
    {
      status: 'fail',
      detail: 'there is no table app.outbox',
      advice: expect.stringContaining('--table app.outbox'),
    },
  ]);
  const user = `reader_${process.pid}_${Math.floor(performance.now())}`;
  await runSql(database.url, `create role ${user} login; grant select on carillon_outbox to ${user}`);
  const asReader = new URL(database.url);
  asReader.username = user;
  expect(await doctor({ CARILLON_OUTBOX: asReader.href })).toMatchObject([
    { status: 'fail', advice: expect.stringContaining('grant select, update, delete') },
  ]);
  expect(await doctor({ CARILLON_OUTBOX: 'postgres://nobody:secret-word@127.0.0.1:9/none' })).toMatchObject([
    { status: 'fail', detail: expect.stringContaining('cannot be used') },
  ]);
  expect(await doctor({ CARILLON_OUTBOX: '' })).toEqual([]);
  await runSql(database.url, `drop owned by ${user}; drop role ${user}`);
});
