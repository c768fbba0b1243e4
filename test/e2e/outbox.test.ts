// The outbox relay as a platform runs it: a table in its own Postgres, and `carillon outbox` in a process that is killed.
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { createTable, toEvent } from '#outbox/table.ts';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { type Running, startCommand } from '../support/command-line.ts';
import { temporaryFolder } from '../support/harness.ts';
import { createDatabase, runSql, type TestDatabase } from '../support/postgres.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

test('an event has the id of its row, and the payload as it was written', () => {
  const row = {
    id: '7',
    tenant: 'acme',
    type: 'order.paid',
    mode: 'live',
    ordering_key: 'o-1',
    occurred_at: '2026-01-02T03:04:05.678Z',
    payload: '{"amount": 10.50, "n": 12345678901234567890}',
    metadata: '{"a":"b"}',
  };
  expect(toEvent('app.outbox', row)).toEqual({
    row: '7',
    tenant: 'acme',
    json:
      '{"id":"app.outbox-7","type":"order.paid","mode":"live","occurredAt":"2026-01-02T03:04:05.678Z","orderingKey":"o-1",' +
      '"metadata":{"a":"b"},"payload":{"amount": 10.50, "n": 12345678901234567890}}',
  });
});

describe('carillon outbox', () => {
  let folder: string;
  let database: TestDatabase;
  let server: ServerProcess;
  let receiver: Receiver;
  let client: ApiClient;
  let relays: Running[] = [];

  beforeEach(async () => {
    folder = temporaryFolder();
    database = await createDatabase(inject('postgresUrl'));
    await runSql(database.url, createTable('carillon_outbox'));
    receiver = await startReceiver();
    server = await startServer(folder);
    client = createApiClient(server.url, server.adminKey);
    await client.call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    await client.call('POST', '/tenants/acme/endpoints', { url: receiver.url, eventTypes: ['*'] });
  });

  afterEach(async () => {
    for (const { child } of relays) child.kill('SIGKILL');
    relays = [];
    await server.kill();
    await receiver.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const startRelay = (): Running => {
    const environment = { CARILLON_SERVER: server.url, CARILLON_ADMIN_KEY: server.adminKey };
    const relay = startCommand(['outbox', '--from-file', '-', '--json'], {
      cwd: folder,
      environment,
      input: database.url,
    });
    relays.push(relay);
    return relay;
  };

  const insert = (from: number, to: number) =>
    runSql(
      database.url,
      `insert into carillon_outbox (tenant, type, payload, ordering_key)
       select 'acme', 'order.paid', json_build_object('n', n), 'key-' || n % 7 from generate_series(${from}, ${to}) n`,
    );

  const isEmpty = async () =>
    (await runSql(database.url, 'select 1 from carillon_outbox limit 1')).length === 0;

  test(
    'publishes each committed row once and in order, though it is killed at random',
    { timeout: 120_000 },
    async () => {
      const random = createSeededRandom(42);
      let relay = startRelay();
      await relay.until(/leading/);
      const count = 1000;
      for (let from = 1; from <= count; from += 100) {
        await insert(from, from + 99);
        if (random.fraction() > 0.3) continue;
        relay.child.kill('SIGKILL');
        await relay.finished;
        relay = startRelay();
        await relay.until(/leading/);
      }
      await receiver.until(() => receiver.requests.length >= count);
      while (!(await isEmpty())) await relay.until(/published/);
      const numbers = receiver.requests.map(
        ({ body }) => (JSON.parse(body) as { data: { n: number } }).data.n,
      );
      expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
      for (let key = 0; key < 7; key++) {
        const ofKey = numbers.filter((n) => n % 7 === key);
        expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
      }
    },
  );

  test('a row that is refused stays with its reason, and keeps no other back', async () => {
    await runSql(
      database.url,
      `insert into carillon_outbox (tenant, type, payload) values
       ('acme', 'order.paid', '{"n": 1.10}'), ('nobody', 'order.paid', '1'), ('acme', 'not a type', '1'),
       ('acme', 'order.paid', '{"n": 2.20}')`,
    );
    const relay = startRelay();
    await receiver.until(() => receiver.requests.length === 2);
    await relay.until(/"refused".*\n(.*\n)*.*"refused"/);
    const bodies = receiver.requests.map(({ body }) => body);
    expect(bodies).toEqual([expect.stringContaining('{"n": 1.10}'), expect.stringContaining('{"n": 2.20}')]);
    await relay.until(/"published"/);
    const left = await runSql(database.url, 'select id::int, refused from carillon_outbox order by id');
    expect(left).toEqual([
      { id: 2, refused: expect.stringMatching(/tenant/) },
      { id: 3, refused: expect.stringMatching(/type/) },
    ]);
  });

  test('a second relay stands by, and goes on when the first one ends; both end at SIGTERM', async () => {
    const first = startRelay();
    await first.until(/leading/);
    const second = startRelay();
    await second.until(/standing_by/);
    await insert(1, 3);
    await first.until(/"published","count":3/);
    first.child.kill('SIGTERM');
    expect(await first.finished).toMatchObject({ code: 0 });
    await second.until(/leading/);
    await insert(4, 5);
    await second.until(/"published","count":2/);
    second.child.kill('SIGTERM');
    expect((await second.finished).code).toBe(0);
  });

  test('without the table or the server it says so, and tries again', async () => {
    await runSql(database.url, 'drop table carillon_outbox');
    const relay = startRelay();
    await relay.until(/"failed".*carillon_outbox/);
    await runSql(database.url, createTable('carillon_outbox'));
    await server.kill();
    await insert(1, 1);
    await relay.until(/cannot reach/);
  });
});
