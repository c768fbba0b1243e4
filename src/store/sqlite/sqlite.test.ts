import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import {
  firstPage,
  live,
  only,
  openWorld,
  result,
  start,
  type World,
} from '../../../test/contracts/store-world.ts';
import { type OpenStore, searchContract, storeContract } from '../../../test/contracts/store.ts';
import { listMigrations } from '../migrations.ts';
import { StoreError } from '../sql.ts';
import { migrateSqlite, openSqliteReads, openSqliteStore } from './index.ts';
import { migrationsFolder } from './migrate.ts';

const folder = mkdtempSync(join(tmpdir(), 'carillon-sqlite-'));
const ids = createIdSource(systemRandom);
let files = 0;
const newPath = () => join(folder, `${++files}.db`);
afterAll(() => rmSync(folder, { recursive: true }));

const openWith =
  (more: { unindexedMax?: number }): OpenStore =>
  async ({ ids, now }) => {
    const path = newPath();
    let store = await openSqliteStore({ path, ids, now, ...more });
    return {
      store,
      async reopen(at) {
        await store.close();
        return (store = await openSqliteStore({ path, ids, now: at, ...more }));
      },
      close: () => store.close(),
      openReads: (bounds) => openSqliteReads(path, bounds),
    };
  };

storeContract('sqlite', openWith({}));
searchContract('sqlite, indexing at every commit', openWith({ unindexedMax: 1 }));

const openAt = (path: string) => openSqliteStore({ path, ids, now: start });

describe('the schema', () => {
  test('is what schema.sql says', () => {
    const path = newPath();
    migrateSqlite(path);
    const database = new DatabaseSync(path);
    const rows = database.prepare('select sql from sqlite_schema where sql is not null order by rowid').all();
    database.close();
    const head =
      '-- The schema after all migrations. Written by the tests with UPDATE_SCHEMA=1; not to be edited.';
    const dump = `${head}\n\n${rows.map((row) => `${String(row['sql'])};`).join('\n\n')}\n`;
    const file = new URL('./schema.sql', import.meta.url);
    if (process.env['UPDATE_SCHEMA'] !== undefined) writeFileSync(file, dump);
    expect(dump, 'run the tests with UPDATE_SCHEMA=1 to write it anew').toBe(readFileSync(file, 'utf8'));
  });

  test('is migrated once, and returns which migrations ran', async () => {
    const path = join(folder, 'deep', 'down', 'new.db');
    expect(migrateSqlite(path)).toEqual(listMigrations(migrationsFolder).map(({ name }) => name));
    expect(migrateSqlite(path)).toEqual([]);
    await (await openAt(path)).close();
  });

  test('of a newer program is refused', async () => {
    const path = newPath();
    migrateSqlite(path);
    const database = new DatabaseSync(path);
    database.exec(`insert into migrations (number, name, applied_at) values (9999, '9999-later', 0)`);
    database.close();
    await expect(openAt(path)).rejects.toThrow(/version 9999 .* up to \d+; use a newer Carillon/);
    expect(() => migrateSqlite(path)).toThrow(StoreError);
  });
});

test('a new database is readable by its owner only', async () => {
  const path = newPath();
  const store = await openAt(path);
  for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777, file).toBe(0o600);
  await store.close();
});

describe('a database that cannot be used', () => {
  test('is not a database', async () => {
    const path = newPath();
    writeFileSync(
      path,
      'this is no database, but it is long enough to be looked at as if it were one. '.repeat(99),
    );
    await refused(path, /not a Carillon database/);
  });

  test('is damaged', async () => {
    const path = newPath();
    migrateSqlite(path);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xee, 100));
    await refused(path, /damaged|not a Carillon database/);
  });

  test('is a folder, or lies where none can be', async () => {
    const path = newPath();
    mkdirSync(path);
    await refused(path, /cannot be opened/);
    const file = newPath();
    writeFileSync(file, '');
    await refused(join(file, 'carillon.db'), /folder of the database cannot be made/);
  });

  // The superuser may write anywhere.
  test.skipIf(process.getuid?.() === 0)('lies in a folder that can not be written', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o500 });
    await refused(join(closed, 'carillon.db'), /write|cannot be opened/);
  });

  test('is locked by another server, until that one has ended in any way', async () => {
    const path = newPath();
    const store = await openAt(path);
    await refused(path, /another Carillon process .* stop it first/);
    await store.close();
    const text = `
      import { lockDatabase } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
      lockDatabase(process.argv[1]);
      process.stdout.write('locked');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', text, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await refused(path, /another Carillon process/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await openAt(path)).close();
  });
});

describe('query plans', () => {
  /** Scans of a whole table that are intended: at the start, or of tables that stay small. */
  const allowed = [
    /count\(\*\) as count from deliveries_waiting/,
    /where is_claimed = 1/,
    /from deliveries_ended order by seq limit/,
    /from fan_outs/,
    // At most 1000 keys, when a tenant is removed.
    /from admin_keys where tenants is not null/,
    // As many alerts as CARILLON_ALERTS_MAX says; of the contacts one.
    /from alerts where (tenants is not null|enabled)/,
  ];

  test('no statement scans the table of what waits, or any other that grows', async () => {
    const spy = vi.spyOn(DatabaseSync.prototype, 'prepare');
    const path = newPath();
    const world = await openWorld(async (options) => {
      const store = await openSqliteStore({ path, unindexedMax: 2, ...options });
      return { store, reopen: () => Promise.reject(new Error('not here')), close: () => store.close() };
    });
    await useEverything(world);
    const texts = [...new Set(spy.mock.calls.map(([text]) => text))];
    spy.mockRestore();
    const database = new DatabaseSync(path, { readOnly: true });
    const scans = texts.flatMap((text) => {
      if (!/^\s*(select|insert|update|delete|with)/.test(text) || allowed.some((one) => one.test(text)))
        return [];
      const plan = database
        .prepare(`explain query plan ${text}`)
        .all()
        .map((row) => String(row['detail']));
      return plan.filter(isScan).map((detail) => `${detail}: ${text}`);
    });
    database.close();
    expect(texts.length).toBeGreaterThan(60);
    expect(scans).toEqual([]);
  });
});

/** Uses every member, so that each statement is prepared once. */
async function useEverything(world: Awaited<ReturnType<typeof openWorld>>): Promise<void> {
  const { store } = world;
  const { deliveries, replays } = store;
  const tenant = await world.tenant();
  const { id: endpoint } = await world.endpoint(tenant, { alias: 'mine' });
  const { id: removed } = await world.endpoint(tenant);
  const drafts = ['a', 'b', 'c', 'd'].map((id) =>
    world.draft(tenant, { id, orderingKey: id < 'c' ? 'k' : null }),
  );
  const { claims } = await world.publish(drafts, start, 1);
  await world.record(
    [result(only(claims.slice(0, 1)), 'refused'), ...claims.slice(1).map((claim) => result(claim))],
    start,
  );
  const more = await world.claim(endpoint, start);
  await deliveries.release(more.slice(0, 1), start);
  await world.record(
    more.slice(1).map((claim) => result(claim)),
    start,
  );
  await deliveries.redeliver(live(tenant), claims[0]?.id as DeliveryId, start);
  await deliveries.redeliver(live(tenant), claims[1]?.id as DeliveryId, start);
  await deliveries.agenda(null, 9);
  await deliveries.nextDue([endpoint]);
  await deliveries.countWaiting();
  await deliveries.get(live(tenant), claims[0]?.id as DeliveryId);
  await deliveries.listAttempts(live(tenant), endpoint, firstPage);
  await deliveries.listAttempts(live(tenant), null, firstPage);
  await store.events.list(live(tenant), firstPage);
  await store.events.get(live(tenant), 'a');
  const filters = [{}, { endpoint }, { event: 'a' }, { eventType: 'x' }, { since: start, until: start + 1 }];
  for (const filter of filters) {
    for (const state of [undefined, 'pending', 'held', 'delivered', 'exhausted', 'canceled'] as const) {
      await deliveries.list(live(tenant), state === undefined ? filter : { ...filter, state }, firstPage);
    }
  }
  await findEverything(world, endpoint);
  await store.endpoints.get(live(tenant), { alias: 'mine' });
  await store.endpoints.list(live(tenant), { ...firstPage, offset: 0 });
  await store.endpoints.load([endpoint]);
  const off = {
    now: start,
    isUrlUnique: true,
    url: 'https://x.example/',
    enabled: { value: false, reason: 'requested' as const },
  };
  await store.endpoints.change(live(tenant), { id: endpoint }, () => off);
  await world.claim(endpoint, start);
  const terms = {
    tenant,
    mode: null,
    endpoint,
    states: ['held' as const, 'delivered' as const],
    eventTypes: null,
  };
  const replay = {
    kind: 'replay' as const,
    ...terms,
    id: 'rpl_1',
    since: 0,
    until: start * 2,
    ratePerSecond: 1,
    includeDisabled: true,
  };
  await replays.count(replay);
  await replays.create({
    ...replay,
    total: 1,
    done: 0,
    delivered: 0,
    failed: 0,
    state: 'running',
    createdAt: start,
  });
  await replays.listRunning();
  await replays.step('rpl_1', 10, start);
  await replays.stop(tenant, 'rpl_1');
  const late = await world.endpoint(tenant);
  const missed = { tenant, mode: 'live' as const, endpoint: late.id, eventTypes: null };
  await replays.countBackfill({ ...missed, since: start, until: start + 1 });
  const job = { ...replay, ...missed, id: 'rpl_2', kind: 'backfill' as const, states: [] };
  const progress = { total: 4, done: 0, delivered: 0, failed: 0 };
  await replays.create({ ...job, ...progress, state: 'running', createdAt: start });
  expect(await replays.step('rpl_2', 10, start)).toMatchObject({ redelivered: 4 });
  const stats = {
    tenant,
    endpoint,
    minute: start,
    accepted: 1,
    refused: 0,
    unreachable: 0,
    durations: [],
    codes: {},
  };
  await store.stats.add([stats]);
  for (const owner of [tenant, null]) {
    for (const one of [[endpoint], null])
      await store.stats.read({ tenant: owner, endpoints: one, since: 0, until: start + 600_000 });
  }
  await store.endpoints.remove(live(tenant), { id: removed }, start);
  for (let i = 0; i < 9; i++) await store.deleteExpired(start + 1, start, 100);
  await store.tenants.remove(tenant, start);
  for (let i = 0; i < 9; i++) await store.deleteExpired(start + 1, start, 100);
}

/** What is found over all tenants. */
async function findEverything({ store }: World, endpoint: EndpointId): Promise<void> {
  const everything = { tenant: null, mode: null };
  const page = { limit: 9, cursor: null };
  for (const mode of [null, 'live'] as const) {
    for (const state of [undefined, 'pending', 'held', 'delivered', 'exhausted', 'canceled'] as const) {
      for (const filter of [
        {},
        { endpoint },
        { wireId: '7' },
        { wireId: 'dlv_01kdytp0cd0000000000000002' },
        { eventType: 'x' },
        { since: start },
        { status: { from: 200, to: 299 } },
        { error: 'timeout' as const },
      ]) {
        const asked = state === undefined ? filter : { ...filter, state };
        await store.deliveries.list({ tenant: null, mode }, asked, page);
        await store.deliveries.count({ tenant: null, mode }, asked, 10);
      }
    }
  }
  for (const filter of [{}, { endpoint }, { error: 'timeout' as const }]) {
    await store.deliveries.findAttempts(everything, filter, page);
  }
  for (const filter of [
    {},
    { enabled: true },
    { enabled: false },
    { knownAs: 'mine' },
    { url: 'https://x' },
  ]) {
    await store.endpoints.find(everything, filter, page);
  }
  await store.endpoints.listAttention({ failuresMin: 3, dueBefore: start }, page);
  const [event] = (await store.deliveries.list(everything, {}, page)).items;
  if (event === undefined) throw new Error('there are deliveries');
  await store.events.list(live(event.tenant), page, { type: 'a', since: start, until: start + 1 });
}

test('a step of a backfill visits a bounded number of events, and the next one goes on from there', async () => {
  const path = newPath();
  const world = await openWorld(async (options) => {
    const store = await openSqliteStore({ path, bounds: { rowsMax: 100 }, ...options });
    return { store, reopen: () => Promise.reject(new Error('not here')), close: () => store.close() };
  });
  const tenant = await world.tenant();
  const others = Array.from({ length: 400 }, () => world.draft(tenant, { type: 'other' }));
  await world.publish([...others, world.draft(tenant)]);
  const { id: endpoint } = await world.endpoint(tenant, { eventTypes: ['order.paid'] });
  const missed = {
    tenant,
    mode: 'live' as const,
    endpoint,
    eventTypes: null,
    since: start,
    until: start + 1,
  };
  const progress = { total: 1, done: 0, delivered: 0, failed: 0, state: 'running' as const };
  const job = { id: 'rpl_1', kind: 'backfill' as const, states: [], ratePerSecond: 1, includeDisabled: true };
  const { replays } = world.store;
  await replays.create({ ...missed, ...progress, ...job, createdAt: start });
  const steps: number[] = [];
  while ((await replays.get(tenant, job.id))?.state === 'running') {
    steps.push((await replays.step(job.id, 9, start + 10_000)).redelivered);
  }
  expect(steps.length).toBeGreaterThanOrEqual(5);
  expect(steps.at(-1)).toBe(1);
});

test('a batch of 50 costs a fifth of a statement per delivery', async () => {
  const world = await openWorld(openWith({}));
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
  expect(after.statements - before.statements).toBeLessThanOrEqual(10);
});

test('the log is checkpointed and restarted by the thread', async () => {
  const path = newPath();
  const world = await openWorld(async (options) => {
    const store = await openSqliteStore({ path, ...options });
    return { store, reopen: () => Promise.reject(new Error('not here')), close: () => store.close() };
  });
  const tenant = await world.tenant();
  const text = 'x'.repeat(200_000);
  const publish = () => world.publish([world.draft(tenant, { text })]);
  for (let i = 0; i < 40; i++) await publish();
  const logged = (): number => statSync(`${path}-wal`).size;
  // A log that is restarted does not grow by what is written into it.
  const publishIntoLog = async (): Promise<void> => {
    const before = logged();
    await publish();
    expect(logged()).toBe(before);
  };
  await vi.waitFor(publishIntoLog, { timeout: 20_000, interval: 500 });
  expect(statSync(path).size).toBeGreaterThan(8_000_000);
});

test.each(['moved away', 'replaced by a copy'])(
  'a file that is %s before its first checkpoint, and put back, has all that was accepted',
  async (what) => {
    const path = newPath();
    const world = await openWorld(async (options) => {
      const store = await openSqliteStore({ path, ...options });
      return { store, reopen: () => Promise.reject(new Error('not here')), close: () => store.close() };
    });
    const reads = openSqliteReads(path);
    const tenant = await world.tenant();
    const publish = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await world.publish([world.draft(tenant, { text: 'x'.repeat(2000) })]);
    };
    await publish(20);
    renameSync(path, `${path}.aside`);
    if (what === 'replaced by a copy') copyFileSync(`${path}.aside`, path);
    // Longer than until the first checkpoint, whose thread opens the file.
    await sleep(1000);
    await reads.events.list(live(tenant), firstPage).catch(() => {});
    renameSync(`${path}.aside`, path);
    await world.store.check();
    await publish(20);
    const { items } = await reads.events.list(live(tenant), firstPage);
    expect(items).toHaveLength(40);
    await reads.close();
    await world.store.close();
    const again = await openAt(path);
    expect((await again.events.list(live(tenant), firstPage)).items).toHaveLength(40);
    await again.close();
  },
);

test('a store in memory works like one in a file', async () => {
  const store = await openAt(':memory:');
  await expect(store.check()).resolves.toBeUndefined();
  await store.close();
});

async function refused(path: string, message: RegExp): Promise<void> {
  const error = await openAt(path).then(
    async (store) => store.close(),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  expect(String(error)).toMatch(message);
  expect(String(error)).not.toContain('\n');
}

/** True for a full table scan and for an automatic index. Small tables may be scanned. */
function isScan(detail: string): boolean {
  const isSmall =
    /SCAN (?:(?:asked|given|waits|filed|replays|endpoints|e|t|deliveries|counted|sqlite_sequence|k)\b|CONSTANT|\d+-ROW|\()/;
  return /AUTOMATIC|^SCAN /.test(detail) && !isSmall.test(detail) && !/VIRTUAL TABLE/.test(detail);
}
