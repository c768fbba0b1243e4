// Fan-out: while one batch goes to many endpoints, the publishes of another tenant are answered, and a kill in the middle
// leaves the batch whole or absent.
import { afterEach, expect, inject, onTestFinished, test } from 'vitest';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { createDatabase, templateName } from '../support/postgres.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const endpoints = 60;
const events = 1000;

let server: ServerProcess;
let client: ApiClient;

afterEach(async () => {
  await client.close();
  await server.kill();
});

for (const kind of ['sqlite', 'postgres'] as const) {
  let folder = '';
  let settings: Record<string, string> = {};

  const start = async (): Promise<void> => {
    server = await startServer(folder, settings);
    client = createApiClient(server.url, server.adminKey);
  };

  const prepare = async (): Promise<void> => {
    folder = temporaryFolder();
    if (kind === 'postgres') {
      const database = await createDatabase(inject('postgresUrl'), templateName);
      onTestFinished(() => database.drop());
      settings = { ...keySettings, DATABASE_URL: database.url };
    }
    await start();
    for (const id of ['big', 'other'])
      await client.call('POST', '/tenants', { id, name: id, dialect: 'standard' });
    for (let i = 0; i < endpoints; i++) {
      const { body } = await client.call('POST', '/tenants/big/endpoints', {
        url: `http://127.0.0.1:9/${i}`,
        eventTypes: ['*'],
      });
      // Nothing is sent: only the writing counts.
      await client.call('POST', `/tenants/big/endpoints/${(body as { id: string }).id}/disable`);
    }
  };

  const publishBatch = () =>
    client.call('POST', '/tenants/big/events/batch', {
      events: Array.from({ length: events }, (_, k) => ({ id: `e${k}`, type: 'a.b', payload: { k } })),
    });
  const publishOther = () => client.call('POST', '/tenants/other/events', { type: 'a.b', payload: { x: 1 } });
  /** Their number, or the answer that is no list: a database that writes 60,000 rows may ask to come again. */
  const deliveriesOf = async (id: string): Promise<unknown> => {
    const { status, body } = await client.call('GET', `/tenants/big/deliveries?event=${id}&limit=200`);
    return status === 200 ? (body as { data: unknown[] }).data.length : body;
  };

  const hasAll = (id: string) => expect.poll(() => deliveriesOf(id), { timeout: 20_000 }).toBe(endpoints);

  test(`another tenant publishes while a batch of 60,000 deliveries is written (${kind})`, async () => {
    await prepare();
    let isOver = false;
    const batch = publishBatch().finally(() => (isOver = true));
    let answeredMeanwhile = 0;
    while (!isOver) {
      expect((await publishOther()).status).toBe(202);
      if (!isOver) answeredMeanwhile++;
    }
    expect((await batch).status).toBe(202);
    expect(answeredMeanwhile).toBeGreaterThan(5);
    for (const id of ['e0', 'e500', 'e999']) await hasAll(id);
  });

  test(`a batch is completed after a kill in the middle (${kind})`, async () => {
    await prepare();
    const batch = publishBatch().catch(() => null);
    while ((await client.call('GET', '/tenants/big/events/e0')).status === 404);
    await server.kill();
    expect(await batch).toBeNull();
    await client.close();
    await start();
    await hasAll('e999');
    expect((await publishBatch()).status).toBe(202);
    for (const id of ['e0', 'e500', 'e999']) await hasAll(id);
  });
}
