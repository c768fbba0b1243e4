// Several real processes on one Postgres: some take in, some deliver, and any of them may be killed.
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { readConfig } from '#config.ts';
import { createApiClient } from '../support/api-client.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { createDatabase, templateName, type TestDatabase } from '../support/postgres.ts';
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

test('what one takes in another delivers; when that one is killed, a third goes on', async () => {
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
  // By the word of the other process, long before the worker looks by itself.
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

test('a worker answers who looks after it, and nobody else', async () => {
  const worker = await start('worker');
  const ask = async (path: string): Promise<number> => (await fetch(`${worker.url}${path}`)).status;
  for (const path of ['/healthz', '/readyz', '/metrics']) expect(await ask(path), path).toBe(200);
  for (const path of ['/', '/openapi.json', '/admin/v1/tenants', '/v1/integrator/webhooks']) {
    expect(await ask(path), path).toBe(404);
  }
  expect(await worker.terminate()).toBe(0);
});

test('the keys must be given with Postgres, and roles need it', () => {
  const shared = { DATABASE_URL: 'postgres://u:the-password@h/d' };
  expect(() => readConfig(shared, {})).toThrow(
    /CARILLON_ADMIN_KEY must be given.*CARILLON_ENCRYPTION_KEY must/,
  );
  expect(() => readConfig(shared, {})).not.toThrow(/the-password/);
  for (const role of ['api', 'worker', 'all']) {
    expect(readConfig({ ...shared, ...keySettings, CARILLON_ROLE: role }, {})).toMatchObject({ role });
  }
  expect(() => readConfig({ CARILLON_ROLE: 'api' }, {})).toThrow(/must be all with a SQLite database/);
});
