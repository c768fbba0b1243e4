// Several real processes on one Postgres: API processes and workers, which may be killed.
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { readConfig } from '#config.ts';
import { version } from '#lib/version.ts';
import { listMigrations } from '#store/migrations.ts';
import { migrationsFolder } from '#store/postgres/inspect.ts';
import { createApiClient } from '../support/api-client.ts';
import { startCommand } from '../support/command-line.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { createDatabase, runSql, templateName, type TestDatabase } from '../support/postgres.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

let database: TestDatabase;
let receiver: Receiver;
let processes: ServerProcess[] = [];

beforeEach(async () => {
  database = await createDatabase(inject('postgresUrl'), templateName);
  receiver = await startReceiver();
});

afterEach(async () => {
  await Promise.all(processes.map((one) => one.kill()));
  processes = [];
  await receiver.close();
  await database.drop();
});

async function start(role: string): Promise<ServerProcess> {
  const settings = { ...keySettings, DATABASE_URL: database.url, CARILLON_ROLE: role };
  const started = await startServer(temporaryFolder(), settings);
  processes.push(started);
  return started;
}

test('a worker delivers what an API process accepted; when it is killed, another worker continues', async () => {
  const [api, worker] = [await start('api'), await start('worker')];
  const client = createApiClient(api.url, api.adminKey);
  const publish = async (count: number): Promise<void> => {
    const events = Array.from({ length: count }, (_, n) => ({ type: 'order.paid', payload: { n } }));
    expect((await client.call('POST', '/tenants/acme/events/batch', { events })).status).toBe(202);
  };
  await client.call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const endpoint = { url: `${receiver.url}/hook`, eventTypes: ['*'] };
  expect((await client.call('POST', '/tenants/acme/endpoints', endpoint)).status).toBe(201);
  const publishedAt = Date.now();
  await publish(1);
  await receiver.until(() => receiver.requests.length === 1);
  // By the notification of the other process, long before the worker polls.
  expect(Date.now() - publishedAt).toBeLessThan(4000);

  receiver.answer = () => 'never';
  await publish(20);
  await receiver.until(() => receiver.requests.length > 1);
  await worker.kill();
  receiver.answer = () => 200;
  await start('all');
  await vi.waitFor(
    async () => {
      const { body } = await client.call('GET', '/tenants/acme/deliveries?state=delivered');
      expect(body.data).toHaveLength(21);
    },
    { timeout: 30_000, interval: 200 },
  );
  await client.close();
});

test('each process sees the others with role and version, none that was killed, and no password', async () => {
  const [api, worker] = [await start('api'), await start('worker')];
  const client = createApiClient(api.url, api.adminKey);
  const describe = async (): Promise<any> => (await client.call('GET', '/server')).body;
  const { processes, database: shown, settings } = await describe();
  expect(processes).toMatchObject([
    { own: true, role: 'api', pid: api.pid, version },
    { own: false, role: 'worker', pid: worker.pid, version },
  ]);
  expect(shown).toMatchObject({ kind: 'postgres', version: expect.stringMatching(/^\d+/) });
  expect(shown.schema).toBe(listMigrations(migrationsFolder).at(-1)?.number);
  expect(shown.sizeBytes).toBeGreaterThan(1_000_000);
  const valueOf = (wanted: string): string =>
    settings.find(({ name }: { name: string }) => name === wanted).value;
  expect(['DATABASE_URL', 'CARILLON_ADMIN_KEY', 'CARILLON_SMTP_URL'].map(valueOf)).toEqual([
    'set',
    'set',
    'not set',
  ]);
  expect(valueOf('CARILLON_ROLE')).toBe('api');
  await worker.kill();
  await vi.waitFor(async () => expect((await describe()).processes).toHaveLength(1), {
    timeout: 20_000,
    interval: 200,
  });
  await client.close();
});

test('a key that is revoked and a session that is ended in one process are so in the other', async () => {
  const [one, other] = [await start('api'), await start('all')];
  const admin = createApiClient(one.url, one.adminKey);
  const { body: made } = await admin.call('POST', '/keys', { name: 'a', scopes: ['read'] });
  const clients = [one, other].map(({ url }) => createApiClient(url, made.key));
  const statuses = () =>
    Promise.all(clients.map(async (client) => (await client.call('GET', '/tenants')).status));
  const session = (url: string, init: { method?: string; body?: string; headers?: Record<string, string> }) =>
    fetch(`${url}/console/session`, {
      ...init,
      headers: { origin: url, 'content-type': 'application/json', ...init.headers },
    });
  const signedIn = await session(one.url, { method: 'POST', body: JSON.stringify({ key: made.key }) });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  expect((await session(other.url, { headers: { cookie } })).status).toBe(200);
  await session(one.url, { method: 'DELETE', headers: { cookie } });
  expect((await session(other.url, { headers: { cookie } })).status).toBe(401);
  expect(await statuses()).toEqual([200, 200]);
  await admin.call('DELETE', `/keys/${made.id}`);
  expect((await statuses())[0]).toBe(401);
  // By a notification: well before what is cached is read again by its age.
  await vi.waitFor(async () => expect(await statuses()).toEqual([401, 401]), { timeout: 5000 });
  await Promise.all([admin, ...clients].map((client) => client.close()));
});

test('a worker answers health and metrics requests, and no others', async () => {
  const worker = await start('worker');
  const ask = async (path: string): Promise<number> => (await fetch(`${worker.url}${path}`)).status;
  for (const path of ['/healthz', '/readyz', '/metrics']) expect(await ask(path), path).toBe(200);
  for (const path of ['/', '/openapi.json', '/admin/v1/tenants', '/v1/integrator/webhooks']) {
    expect(await ask(path), path).toBe(404);
  }
  expect(await worker.terminate()).toBe(0);
});

test('Postgres requires both keys, and roles require Postgres', () => {
  const shared = { DATABASE_URL: 'postgres://u:the-password@h/d' };
  expect(() => readConfig(shared, {})).toThrow(
    /CARILLON_ADMIN_KEY is required.*CARILLON_ENCRYPTION_KEY is required/,
  );
  expect(() => readConfig(shared, {})).not.toThrow(/the-password/);
  for (const role of ['api', 'worker', 'all']) {
    expect(readConfig({ ...shared, ...keySettings, CARILLON_ROLE: role }, {})).toMatchObject({ role });
  }
  expect(() => readConfig({ CARILLON_ROLE: 'api' }, {})).toThrow(/must be all with a SQLite database/);
});

describe('an empty database', () => {
  beforeEach(async () => {
    await database.drop();
    database = await createDatabase(inject('postgresUrl'));
  });

  test('is migrated once by six processes that start at once', async () => {
    await Promise.all(['all', 'all', 'api', 'api', 'worker', 'worker'].map(start));
    const names = listMigrations(migrationsFolder).map(({ name }) => ({ name }));
    expect(await runSql(database.url, 'select name from migrations order by number')).toEqual(names);
    expect(await runSql(database.url, 'select count(*)::int as n from processes')).toEqual([{ n: 6 }]);
    for (const { url } of processes) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  test('has no part of a migration whose process was killed', async () => {
    // The migration waits for a table that another transaction is creating.
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query('begin; create table endpoints (id text)');
    const settings = { ...keySettings, PATH: process.env['PATH'] ?? '', DATABASE_URL: database.url };
    const migrating = startCommand(['migrate'], { cwd: temporaryFolder(), environment: settings });
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await vi.waitFor(async () => expect(await runSql(database.url, waiting)).toHaveLength(1), {
      timeout: 20_000,
    });
    migrating.child.kill('SIGKILL');
    expect((await migrating.finished).code).toBeNull();
    await other.query('rollback');
    await other.end();
    const tables = `select 1 from pg_class where relnamespace = 'public'::regnamespace`;
    await vi.waitFor(async () => expect(await runSql(database.url, waiting)).toEqual([]), {
      timeout: 20_000,
    });
    expect(await runSql(database.url, tables)).toEqual([]);
    expect((await fetch(`${(await start('all')).url}/readyz`)).status).toBe(200);
  });
});
