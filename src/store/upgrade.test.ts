// Upgrades: a database of the first released schema, with data in every table, is opened by this program.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import type { TenantId } from '#core/tenant.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import {
  firstPage,
  inMode,
  live,
  openWorld,
  result,
  start,
  type World,
} from '../../test/contracts/store-world.ts';
import { openProcess } from '../../test/support/postgres-stores.ts';
import { createDatabase, runSql } from '../../test/support/postgres.ts';
import { fillPostgres, fillSqlite, makeRows, rowTenant } from '../../test/support/store-rows.ts';
import { listMigrations, type Migration } from './migrations.ts';
import { Database } from './postgres/database.ts';
import { migrationsFolder as postgresMigrations } from './postgres/inspect.ts';
import { createPartitions, firstNumber } from './postgres/partitions.ts';
import { columnList, sql } from './sql.ts';
import { migrationsFolder as sqliteMigrations } from './sqlite/migrate.ts';
import { openSqliteStore } from './sqlite/index.ts';

const tenant = rowTenant as TenantId;
const ids = createIdSource(systemRandom);
const now = start + 1;
const notHere = (): Promise<never> => Promise.reject(new Error('not here'));

function firstMigration(folder: URL): Migration {
  const [first] = listMigrations(folder);
  if (first === undefined) throw new Error('there are no migrations');
  return first;
}

test.each([
  [
    'sqlite',
    sqliteMigrations,
    '0001-init',
    '58ba4ad30f4d4f60ac2ad504e231b91d7bc6cb391c10a80bb4b2e3dc21169c2d',
  ],
  [
    'postgres',
    postgresMigrations,
    '0001-init',
    '1fde944172068bfc2c3958bc616a31c190ff1279bc19391fea75e27e25640d3f',
  ],
])('a released migration is not edited: %s %s%s', (_, folder, name, hash) => {
  const text = readFileSync(new URL(`${name}.sql`, folder));
  expect(createHash('sha256').update(text).digest('hex')).toBe(hash);
});

/** Everything of the rows is there, can be changed and is delivered. */
async function checkRows(world: World): Promise<void> {
  const { store } = world;
  const made = await store.tenants.get(tenant);
  expect(made).toEqual({
    id: tenant,
    name: 'a name',
    dialect: 'calypso',
    metadata: {},
    contact: null,
    createdAt: start,
  });
  expect((await store.tenants.list(firstPage)).items).toEqual([made]);
  expect(await store.tenants.change(tenant, { metadata: { plan: 'gold' } })).toEqual({
    ...made,
    metadata: { plan: 'gold' },
  });
  expect(await store.credentials.find('calypso', 'public key')).toMatchObject({
    id: 'crd_1',
    sealedSecret: 'sealed',
  });
  expect(await store.tenantSecrets.get(tenant, 'live')).toEqual({
    sealed: 'sealed',
    attributes: { key: 'public' },
  });
  expect(await store.metadata.putIfAbsent('name', 'another')).toBe('value');
  const endpoints = await store.endpoints.list(inMode(tenant, null), { ...firstPage, offset: 0 });
  expect(endpoints).toMatchObject({
    total: 2,
    items: [
      { enabled: false, disabledReason: 'failing', health: { failureCount: 3 }, metadata: {}, revision: 7 },
      {
        enabled: true,
        alias: 'mine',
        eventTypes: ['order.paid', 'with "quotes"'],
        metadata: {},
        revision: 7,
      },
    ],
  });
  const change = { now, isUrlUnique: false, metadata: { region: 'eu' } };
  expect(await store.endpoints.change(live(tenant), { alias: 'mine' }, () => change)).toMatchObject({
    before: { metadata: {}, secrets: [{ sealed: 'sealed' }] },
    after: { metadata: { region: 'eu' }, secrets: [{ sealed: 'sealed' }] },
  });
  expect(await store.events.get(live(tenant), 'e1')).toMatchObject({
    event: { orderingKey: 'key', traceparent: '00-1-2-03', metadata: {} },
    deliveries: 3,
  });
  const [ended] = (await store.deliveries.list(live(tenant), { state: 'exhausted' }, firstPage)).items;
  expect(ended).toMatchObject({ event: 'e2', attempts: 1 });
  expect((await store.deliveries.listAttempts(live(tenant), null, firstPage)).items).toMatchObject([
    { attempt: { id: 'att_1', status: 500 }, event: { id: 'e2', metadata: {} } },
  ]);
  expect(await store.replays.get(tenant, 'rpl_1')).toMatchObject({ done: 6, ratePerSecond: 12.5 });
  expect(
    await store.stats.read({ tenant, endpoints: endpoints.items.map(({ id }) => id), since: 0, until: now }),
  ).toMatchObject([{ durations: [4, 0, 5] }]);

  const metadata = { order: '7' };
  await world.publish([world.draft(tenant, { id: 'new', metadata, isNumbered: true })], now);
  const claims = await claimAll(world);
  // Far above what the events before it were delivered under.
  const numbers = claims.map(({ event }) => event.number ?? event.seq).toSorted((a, b) => a - b);
  expect((numbers.at(-1) ?? 0) - (numbers[0] ?? 0)).toBeGreaterThanOrEqual(1_000_000_000);
  const delivered = claims.map(({ event }) => [event.id, event.metadata]);
  expect(delivered).toEqual(
    expect.arrayContaining([
      ['e1', {}],
      ['e1', {}],
      ['new', metadata],
    ]),
  );
  const results = claims.map((claim) => result(claim));
  expect(await world.record(results, now)).toMatchObject({ stale: 0 });
  if (ended !== undefined) await store.deliveries.redeliver(live(tenant), ended.id, now);
  expect((await claimAll(world)).map(({ event }) => event.id)).toContain('e2');
}

async function claimAll({ store }: World) {
  const { due } = await store.deliveries.agenda(null, 99);
  return store.deliveries.claim(
    due.map(({ endpoint }) => ({ endpoint, count: 99 })),
    now,
    30_000,
  );
}

describe('an upgrade from the first released schema', () => {
  test('of a SQLite file keeps all rows', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-upgrade-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'old.db');
    const { number, name, text } = firstMigration(sqliteMigrations);
    const database = new DatabaseSync(path);
    database.exec(`
      create table migrations (number integer primary key, name text not null, applied_at integer not null) strict;
      ${text}`);
    database.prepare('insert into migrations (number, name, applied_at) values (?, ?, 0)').run(number, name);
    database.close();
    fillSqlite(path, makeRows(1));
    const world = await openWorld(async () => {
      const store = await openSqliteStore({ path, ids, now });
      return { store, close: () => store.close(), reopen: notHere };
    });
    await checkRows(world);
  });

  test('of a Postgres database keeps all rows, while an older process works', async () => {
    const database = await createDatabase(inject('postgresUrl'));
    onTestFinished(() => database.drop());
    const { url } = database;
    const { number, name, text } = firstMigration(postgresMigrations);
    await runSql(
      url,
      `create table migrations (number integer primary key, name text not null, applied_at timestamptz not null default now());
       ${text}
       insert into migrations (number, name) values (${number}, '${name}')`,
    );
    const older = new Database({ url, poolMax: 3 });
    onTestFinished(() => older.close());
    await createPartitions(older, start);
    const first = firstNumber(start / 86_400_000) + 1;
    await fillPostgres(url, makeRows(first), 77);
    await runSql(url, `insert into processes (id, started_at) overriding system value values (77, 0)`);

    const stop = new AbortController();
    let turns = 0;
    const working = [1, 2].map(async (worker) => {
      while (!stop.signal.aborted) await workAsBefore(older, `old ${worker} ${++turns}`);
    });
    const hasWorked = async (more: number): Promise<void> => {
      for (const goal = turns + more; turns < goal;) await Promise.race([...working, nextTurn()]);
    };
    await hasWorked(20);
    const world = await openWorld(async () => {
      const store = await openProcess(url, ids, now);
      return { store, close: () => store.close(), reopen: notHere };
    });
    await hasWorked(20);
    await world.publish([world.draft(tenant, { id: 'mixed', metadata: { a: 'b' } })], now);
    const endpoint = { now, isUrlUnique: false, metadata: { kept: 'yes' } };
    await world.store.endpoints.change(live(tenant), { alias: 'mine' }, () => endpoint);
    await hasWorked(20);
    stop.abort();
    await Promise.all(working);

    const { store } = world;
    expect(await store.endpoints.get(live(tenant), { alias: 'mine' })).toMatchObject({
      metadata: { kept: 'yes' },
    });
    await store.endpoints.change(live(tenant), { alias: 'mine' }, () => ({ ...endpoint, metadata: {} }));
    await runSql(url, `update endpoints set revision = 7, failure_count = 0 where alias = 'mine'`);
    expect(await store.events.get(live(tenant), 'old 1 1')).toMatchObject({ event: { metadata: {} } });
    const known = await runSql(
      url,
      `select count(*)::int as n from events where id like 'old %' and metadata is null`,
    );
    expect(known).toEqual([{ n: turns }]);
    // The claim of the process that is gone was released when the new one opened the store.
    await checkRows(world);
    await workAsBefore(older, 'last');
    expect(await older.get(sql`select type from events where id = ${'mixed'}`)).toEqual({
      type: 'order.paid',
    });
  });
});

/** A turn of the event loop, in which the older process gets its answers. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

// prettier-ignore
const oldEndpointColumns = columnList([
  'id', 'tenant', 'mode', 'url', 'event_types', 'description', 'enabled', 'disabled_reason', 'disabled_at',
  'failure_count', 'first_failure_at', 'last_failure_at', 'window_failures', 'window_started_at',
  'secrets', 'alias', 'attributes', 'created_at', 'updated_at', 'revision',
]);

// prettier-ignore
const oldEventColumns = columnList([
  'seq', 'id', 'tenant', 'mode', 'type', 'ordering_key', 'occurred_at', 'created_at', 'traceparent', 'deliveries',
  'payload',
]);

// prettier-ignore
const oldDeliveryColumns = columnList([
  'id', 'tenant', 'mode', 'endpoint', 'event_seq', 'attempts', 'is_ended', 'state', 'due_at', 'ended_at',
  'endpoint_removed_at', 'event', 'event_type', 'ordering_key',
]);

/** What a process of the first release does: its statements name their columns, and the server keeps their plans. */
async function workAsBefore(older: Database, id: string): Promise<void> {
  await older.transaction(async (tx) => {
    await tx.all(sql`
      select seq, id, name, dialect, created_at from tenants
      where id = ${tenant} and removed_at is null for no key update`);
    const row = await tx.get<{ id: string; failure_count: number }>(sql`
      select ${oldEndpointColumns} from endpoints where tenant = ${tenant} and alias = ${'mine'} for update`);
    if (row === undefined) throw new Error('the endpoint is missing');
    await tx.run(sql`
      update endpoints set (failure_count, updated_at, revision) = (${row.failure_count + 1}, ${now}, revision + 1)
      where id = ${row.id}`);
    await tx.run(sql`update tenants set revision = revision + 1 where id = ${tenant}`);
  });
  await older.write(sql`
    with given as materialized (
      select ${firstNumber(start / 86_400_000)}::bigint + nextval('event_numbers') as seq, ${id}::text as id
    ), ids as (
      insert into event_ids (id, tenant, mode, seq) select id, ${tenant}, 'live', seq from given
    )
    insert into events (
      seq, id, tenant, mode, type, fingerprint, ordering_key, occurred_at, created_at,
      traceparent, deliveries, first_delivery, last_delivery, payload
    )
    select seq, id, ${tenant}, 'live', 'order.paid', id, null, ${now}::bigint, ${now}::bigint, null, 0, null, null, '{}'
    from given`);
  const events = await older.all(
    sql`select ${oldEventColumns} from events where tenant = ${tenant} and id = ${id}`,
  );
  expect(events).toHaveLength(1);
  await older.all(
    sql`select ${oldDeliveryColumns} from waiting_deliveries where tenant = ${tenant} and mode = ${'live'}`,
  );
  await older.all(sql`select ${oldEndpointColumns} from endpoints where tenant = ${tenant}`);
}
