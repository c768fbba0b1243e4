// A server under a low limit of open files (`ulimit -n`), and a stranger who opens more connections than that.
import { afterEach, describe, expect, test } from 'vitest';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { type Database, openDatabase, type StoreKind } from '../support/database.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { openRawClient, type RawClient } from '../support/raw-client.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const stores: readonly StoreKind[] = ['sqlite', 'postgres'];
const openFilesMax = 300;
/** What is left for each side: half of the limit without what the process needs for itself. */
const connectionsMax = 102;

let server: ServerProcess;
let database: Database;
let receiver: Receiver;
let client: ApiClient;
let idle: RawClient[] = [];

async function start(kind: StoreKind, settings: Record<string, string> = {}): Promise<void> {
  const folder = temporaryFolder();
  database = await openDatabase(kind, folder);
  const all = {
    ...keySettings,
    ...database.settings(database.port),
    LOG_LEVEL: 'fatal',
    CARILLON_DATABASE_POOL: '4',
    ...settings,
  };
  server = await startServer(folder, all, { openFilesMax });
  receiver = await startReceiver();
  // One connection, which the server has before those of the stranger.
  client = createApiClient(server.url, server.adminKey, 1);
  await client.call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const endpoint = { url: `${receiver.url}/hook`, eventTypes: ['*'] };
  expect((await client.call('POST', '/tenants/acme/endpoints', endpoint)).status).toBe(201);
}

afterEach(async () => {
  for (const each of idle) each.close();
  idle = [];
  await client.close();
  await server.kill();
  await receiver.close();
  await database.close();
});

const publish = async (id: string): Promise<number> =>
  (await client.call('POST', '/tenants/acme/events', { id, type: 'a.b', payload: { id } })).status;
const deliveries = async (): Promise<any[]> =>
  (await client.call('GET', '/tenants/acme/deliveries?limit=200')).body.data;
const portOf = (): number => Number(new URL(server.url).port);

/** Opens connections that send nothing; one that the server closes stays closed. */
async function openIdle(count: number): Promise<void> {
  const opened = await Promise.all(Array.from({ length: count }, () => openRawClient(portOf())));
  idle.push(...opened);
}

describe.each(stores)('on %s', (kind) => {
  test('idle connections do not keep deliveries from file descriptors', { timeout: 60_000 }, async () => {
    await start(kind);
    for (let round = 0; round < 5; round++) {
      await openIdle(100);
      for (let number = 0; number < 20; number++) expect(await publish(`${round}-${number}`)).toBe(202);
    }
    await receiver.until(() => receiver.requests.length === 100);
    await expect
      .poll(async () => (await deliveries()).filter(({ state }) => state === 'delivered').length)
      .toBe(100);
    expect((await deliveries()).map(({ attemptCount }) => attemptCount)).toEqual(Array(100).fill(1));
    await expect
      .poll(() => idle.filter(({ socket }) => !socket.closed).length)
      .toBeLessThanOrEqual(connectionsMax);
    // A new client is served, too, and nothing is short.
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^carillon_connections_shed_total\{kind="half_open"\} \d{3}$/m);
    expect(metrics).not.toMatch(/^carillon_requests_unsent_total/m);
  });

  test('a server out of file descriptors records no attempt', { timeout: 60_000 }, async () => {
    await start(kind, { CARILLON_CONNECTIONS_MAX: '1000' });
    receiver.answer = () => ({ status: 200, headers: { connection: 'close' } });
    // The reading connection opens with the first read.
    expect(await deliveries()).toEqual([]);
    const watch = await openRawClient(portOf());
    await openIdle(2 * openFilesMax);
    expect(await publish('one')).toBe(202);
    const read = async (path: string): Promise<string> => {
      watch.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const { status, body } = await watch.answer();
      return `${status} ${body}`;
    };
    await expect
      .poll(() => read('/metrics'), { timeout: 10_000 })
      .toMatch(/^carillon_requests_unsent_total\{shortage="descriptors"\} [1-9]/m);
    expect(await read('/readyz')).toMatch(/^503 .*the process is out of file descriptors/);
    expect(await deliveries()).toMatchObject([{ state: 'pending', attemptCount: 0 }]);
    expect(receiver.requests).toEqual([]);
    for (const each of idle) each.close();
    await receiver.until(() => receiver.requests.length === 1);
    await expect.poll(deliveries).toMatchObject([{ state: 'delivered', attemptCount: 1 }]);
    const [endpoint] = (await client.call('GET', '/tenants/acme/endpoints')).body.data;
    expect(endpoint).toMatchObject({ failureCount: 0 });
    await expect.poll(() => read('/readyz'), { timeout: 10_000 }).toMatch(/^200 /);
    watch.close();
  });
});
