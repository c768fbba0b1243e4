import { readFileSync, writeFileSync } from 'node:fs';
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { live, only, result, start } from '../../../test/contracts/store-world.ts';
import { type OpenStore, storeContract } from '../../../test/contracts/store.ts';
import { listSchema } from '../../../test/support/postgres-schema.ts';
import { openProcess, shareDatabase } from '../../../test/support/postgres-stores.ts';
import { createDatabase, runSql, templateName } from '../../../test/support/postgres.ts';
import { listMigrations } from '../migrations.ts';
import { StoreError } from '../sql.ts';
import { connectionOptions } from './connection.ts';
import { migratePostgres, openPostgresReads, openPostgresStore } from './index.ts';
import { migrationsFolder } from './inspect.ts';

const server = inject('postgresUrl');
const newDatabase = () => createDatabase(server, templateName);

const open: OpenStore = async ({ ids, now }) => {
  const database = await newDatabase();
  const options = { url: database.url, poolMax: 4, ids };
  let store = await openPostgresStore({ ...options, now });
  return {
    store,
    async reopen(at) {
      await store.close();
      return (store = await openPostgresStore({ ...options, now: at }));
    },
    async close() {
      await store.close();
      await database.drop();
    },
    openReads: (bounds) => openPostgresReads(options, bounds),
  };
};

storeContract('postgres', open);

describe('the schema', () => {
  test('is what schema.sql says', async () => {
    const { url } = await shareDatabase(server);
    const head =
      '-- The schema after all migrations. Written by the tests with UPDATE_SCHEMA=1; not to be edited.';
    const dump = `${head}\n\n${await listSchema(url)}\n`;
    const file = new URL('./schema.sql', import.meta.url);
    if (process.env['UPDATE_SCHEMA'] !== undefined) writeFileSync(file, dump);
    expect(withoutSlices(dump), 'run the tests with UPDATE_SCHEMA=1 to write it anew').toBe(
      readFileSync(file, 'utf8'),
    );
  });

  test('is migrated once, by any number of processes that start at the same time', async () => {
    const database = await createDatabase(server);
    onTestFinished(() => database.drop());
    const { url } = database;
    const applied = await Promise.all([1, 2, 3, 4].map(() => migratePostgres(url)));
    expect(applied.flat().toSorted()).toEqual(listMigrations(migrationsFolder).map(({ name }) => name));
    const stores = await Promise.all([1, 2, 3].map(() => openProcess(url)));
    await Promise.all(stores.map((store) => store.close()));
  });

  test('of a newer program is refused', async () => {
    const { url } = await shareDatabase(server);
    await runSql(url, `insert into migrations (number, name) values (9999, '9999-later')`);
    await refused(url, /version 9999 .* up to \d+; use a newer Carillon/);
    await expect(migratePostgres(url)).rejects.toThrow(StoreError);
  });
});

describe('a database that cannot be used', () => {
  const at = (change: (url: URL) => void): string => {
    const url = new URL(server);
    change(url);
    return url.href;
  };

  test('does not exist, or nothing listens, or the URL is malformed', async () => {
    await refused(
      at((url) => (url.pathname = '/nothing')),
      /no such database/,
    );
    await refused(
      at((url) => (url.port = '1')),
      /can ?not be reached.*DATABASE_URL/,
    );
    await refused('postgres://a:b@h:99999/x', /not a URL/);
  });

  test('refuses the user, or gives it no rights, and the message has no password', async () => {
    const { url } = await shareDatabase(server);
    const user = `nobody_${process.pid}`;
    await runSql(server, `create role ${user} login password 'the-secret'`);
    onTestFinished(async () => void (await runSql(server, `drop role ${user}`)));
    const own = new URL(url);
    own.username = user;
    own.password = 'the-secret';
    const error = await refused(own.href, /rights|refuses the user/);
    expect(error).not.toContain('the-secret');
  });
});

test('a check gives up a connection that takes no writes, and the next one is a new one', async () => {
  const database = await newDatabase();
  const store = await openProcess(database.url);
  onTestFinished(async () => {
    await store.close();
    await database.drop();
  });
  await store.check();
  const name = new URL(database.url).pathname.slice(1);
  await runSql(server, `alter database ${name} set default_transaction_read_only = on`);
  await runSql(
    server,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = '${name}' and application_name like 'carillon%'`,
  );
  await expect
    .poll(() => store.check().catch((error: Error) => error.message))
    .toMatch(/is read-only.*name the primary/);
  await runSql(server, `alter database ${name} reset default_transaction_read_only`);
  await store.check();
});

describe('query plans', () => {
  test.each([
    ['with statistics', 20, 'analyze'],
    ['without', 20, 'select 1'],
    // A cached plan outlives the growth of its table.
    ['with those of a table that is nearly empty', 1, 'analyze'],
  ])(
    'statements for every delivery and of retention find their rows by index, %s',
    async (_, rounds, prepare) => {
      const spy = vi.spyOn(pg.Client.prototype, 'query');
      const shared = await shareDatabase(server);
      const world = await shared.world();
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      await world.endpoint(tenant);
      // Enough rows for the planner to choose an index.
      for (let i = 0; i < rounds; i++) {
        const drafts = Array.from({ length: rounds * 10 }, () =>
          world.draft(tenant, { orderingKey: `k${i}` }),
        );
        await world.publish(drafts, start + i);
      }
      await runSql(shared.url, prepare);
      spy.mockClear();
      const { claims } = await world.publish(
        [world.draft(tenant, { id: 'a', orderingKey: 'new' })],
        start,
        1,
      );
      const more = await world.claim(id, start + 99, 5);
      await world.store.deliveries.release(more.slice(0, 1), start + 99);
      const results = [...claims, ...more.slice(1)].map((claim, i) =>
        i % 2 === 0 ? result(claim, 'refused') : result(claim),
      );
      await world.record(results, start + 99);
      const plain = await world.publish(
        [1, 2].map(() => world.draft(tenant)),
        start + 99,
        9,
      );
      const accepted = plain.claims.map((claim) => result(claim));
      expect((await world.record(accepted.slice(1), start + 99)).kept.size).toBe(accepted.length - 1);
      await world.store.deliveries.agenda(null, 9);
      await world.store.deliveries.nextDue([id]);
      await world.store.deliveries.get(live(tenant), only(claims.slice(0, 1)).id);
      await world.store.deliveries.redeliver(live(tenant), only(claims.slice(0, 1)).id, start + 99);
      const late = await world.endpoint(tenant);
      const missed = { tenant, mode: 'live' as const, endpoint: late.id, eventTypes: null };
      const span = { since: start, until: start + 99, ratePerSecond: 1, includeDisabled: true };
      const progress = { total: 4, done: 0, delivered: 0, failed: 0, state: 'running' as const };
      const job = { id: 'rpl_1', kind: 'backfill' as const, states: [], createdAt: start };
      await world.store.replays.create({ ...missed, ...span, ...progress, ...job });
      expect(await world.store.replays.step('rpl_1', 9, start + 99)).toMatchObject({ redelivered: 9 });
      const calls = spy.mock.calls as unknown as [{ text: string; values?: unknown[] }][];
      const asked = calls.flatMap(([query]) =>
        query.values === undefined ? [] : [{ ...query, values: query.values }],
      );
      await world.store.endpoints.remove(live(tenant), { id }, start + 99);
      for (let i = 0; i < 3; i++) await world.store.deleteExpired(start - 1, start + 99, 10);
      await world.store.tenants.remove(tenant, start + 99);
      await world.store.deleteExpired(start + 100, start + 100, 10);
      spy.mockRestore();
      const client = new pg.Client(connectionOptions(shared.url));
      await client.connect();
      const scans: string[] = [];
      for (const { text, values } of asked) {
        const plan = await client.query<Record<string, string>>(`explain ${text}`, values);
        const lines = plan.rows.map((row) => row['QUERY PLAN'] ?? '');
        scans.push(
          ...lines
            .filter((line) => /Seq Scan on (deliveries_waiting|event_ids|events_20260101)/.test(line))
            .map((line) => `${line}: ${text}`),
        );
      }
      await client.end();
      expect(asked.length).toBeGreaterThan(10);
      expect(scans).toEqual([]);
    },
  );
});

test('a batch of 50 that is accepted costs three statements', async () => {
  const world = await (await shareDatabase(server)).world();
  const tenant = await world.tenant();
  await world.endpoint(tenant);
  await world.publish([world.draft(tenant)]);
  const drafts = Array.from({ length: 50 }, () => world.draft(tenant));
  const before = world.store.counters();
  const { claims } = await world.publish(drafts, start, 50);
  await world.record(
    claims.map((claim) => result(claim)),
    start,
  );
  const after = world.store.counters();
  expect(after.commits - before.commits).toBe(2);
  // The fourth is a notification of the publication before, which may be sent meanwhile.
  expect([3, 4]).toContain(after.statements - before.statements);
});

test('an event has the hash by which the first versions recognize a repetition', async () => {
  const shared = await shareDatabase(server);
  const world = await shared.world();
  const tenant = await world.tenant();
  await world.publish([world.draft(tenant, { payload: Buffer.from('{"a":1}') })]);
  const rows = await runSql(shared.url, 'select fingerprint from events');
  // printf 'live\norder.paid\n{"a":1}' | sha256sum
  expect(rows).toEqual([{ fingerprint: '709e0b7de353efd78c95af160841a48edc270eb89207fea5b21e9f5fa4bbf5da' }]);
});

async function refused(url: string, message: RegExp): Promise<string> {
  const error = await openProcess(url).then(
    async (store) => store.close(),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  expect(String(error)).toMatch(message);
  expect(String(error)).not.toContain('\n');
  return String(error);
}

/** Partitions of single days depend on the date. */
function withoutSlices(dump: string): string {
  return dump
    .split('\n\n')
    .filter((part) => !/^create table \w+_\d{8} /.test(part))
    .join('\n\n');
}
