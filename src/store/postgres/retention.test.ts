// Retention by partitions: whole days are dropped, and what is still needed of them is kept.
import pg from 'pg';
import { expect, inject, test, vi } from 'vitest';
import type { TenantId } from '#core/tenant.ts';
import { firstPage, live, only, result, start, type World } from '../../../test/contracts/store-world.ts';
import { shareDatabase } from '../../../test/support/postgres-stores.ts';
import { runSql } from '../../../test/support/postgres.ts';

const server = inject('postgresUrl');
const day = 86_400_000;

async function listPartitions(url: string): Promise<unknown[]> {
  const text = `select relname from pg_class where relispartition and relname ~ '^(events|attempts|deliveries_ended)_' and relkind = 'r' order by 1`;
  return (await runSql(url, text)).map((row) => row['relname']);
}

async function deleteAll(world: World, before: number, now: number): Promise<void> {
  for (let step = 0; step < 1000; step++)
    if ((await world.store.deleteExpired(before, now, 100)) === 0) return;
  throw new Error('retention does not end');
}

test('an expired day is dropped; what is owed of it and what ended late is kept with its attempts', async () => {
  const shared = await shareDatabase(server);
  const world = await shared.world();
  const tenant = await world.tenant();
  const { id: endpoint } = await world.endpoint(tenant);
  const drafts = Array.from({ length: 300 }, (_, i) => world.draft(tenant, { id: `e${i}` }));
  const { claims } = await world.publish(drafts, start, 999);
  const [owed, late, ...others] = claims;
  if (owed === undefined || late === undefined) throw new Error('claims were expected');
  await world.record(
    others.map((claim) => result(claim)),
    start + 1,
  );
  await world.record([result(owed, 'refused', start + 1)], start + 1);
  await world.record([result(late)], start + 3 * day);
  expect(await listPartitions(shared.url)).toContain('events_20260101');
  expect(await listPartitions(shared.url)).toContain('attempts_20260103');

  await deleteAll(world, start + 2 * day, start + 32 * day);
  const partitions = await listPartitions(shared.url);
  for (const table of ['events', 'attempts', 'deliveries_ended']) {
    expect(partitions).not.toContain(`${table}_20260101`);
    expect(partitions).toContain(`${table}_20260204`);
  }
  const kept = await world.store.deliveries.list(live(tenant), {}, firstPage);
  expect(kept.items.map(({ event, state }) => [event, state])).toEqual([
    ['e1', 'delivered'],
    ['e0', 'pending'],
  ]);
  expect((await world.store.deliveries.get(live(tenant), late.id))?.attempts).toHaveLength(1);
  expect(await world.store.events.get(live(tenant), 'e0')).not.toBeNull();
  expect(await world.store.events.get(live(tenant), 'e2')).toBeNull();
  expect((await runSql(shared.url, 'select 1 from event_ids')).length).toBe(2);

  const again = only(await world.claim(endpoint, start + 33 * day));
  expect(again.event).toMatchObject({ id: 'e0', createdAt: start });
  await world.record([result(again)], start + 33 * day);
  expect((await world.store.deliveries.get(live(tenant), owed.id))?.attempts).toHaveLength(2);
  const { results } = await world.publish([world.draft(tenant, { id: 'e2', text: 'new' })], start + 33 * day);
  expect(results).toMatchObject([{ kind: 'published', events: [{ isReplayed: false }] }]);
  await deleteAll(world, start + 34 * day, start + 64 * day);
  const left = await world.store.deliveries.list(live(tenant), {}, firstPage);
  expect(left.items.map(({ event }) => event)).toEqual(['e2']);
});

test('a day of which too much is needed is deleted row by row', async () => {
  const shared = await shareDatabase(server);
  const world = await shared.world();
  const tenant = await world.tenant();
  await world.endpoint(tenant);
  const { claims } = await world.publish([world.draft(tenant, { id: 'old' })], start, 1);
  await world.record([result(only(claims))], start);
  const held = Array.from({ length: 500 }, () => world.draft(tenant));
  for (let i = 0; i < 11; i++) await world.publish(held, start + i);
  await deleteAll(world, start + 2 * day, start + 2 * day);
  expect(await listPartitions(shared.url)).toContain('events_20260101');
  expect(await world.store.events.get(live(tenant), 'old')).toBeNull();
  expect(await world.store.deliveries.countWaiting()).toBe(5500);
});

test('two processes delete and publish at the same time without blocking each other', async () => {
  const shared = await shareDatabase(server);
  const worlds = [await shared.world(), await shared.world()] as const;
  const tenant = await worlds[0].tenant();
  await worlds[0].endpoint(tenant);
  for (let i = 0; i < 6; i++) {
    const now = start + i * day;
    await Promise.all([
      ...worlds.map((world) => world.store.deleteExpired(now - day, now, 50)),
      ...worlds.map(async (world) => {
        const { claims } = await world.publish([world.draft(tenant)], now, 9);
        await world.record(
          claims.map((claim) => result(claim)),
          now,
        );
      }),
    ]);
  }
  await deleteAll(worlds[0], start + 5 * day, start + 5 * day);
  const { items } = await worlds[1].store.events.list(live(tenant), firstPage);
  expect(items).toHaveLength(2);
});

const selectExclusive = `
  select relation::regclass::text as name, granted from pg_locks
  where locktype = 'relation' and mode = 'AccessExclusiveLock'
    and database = (select oid from pg_database where datname = current_database())`;

/** A delivered event of the first day, and the time at which that day expires. */
async function fillFirstDay(world: World): Promise<{ tenant: TenantId; before: number }> {
  const tenant = await world.tenant();
  await world.endpoint(tenant);
  const { claims } = await world.publish([world.draft(tenant, { id: 'old' })], start, 1);
  await world.record([result(only(claims))], start);
  return { tenant, before: start + 2 * day };
}

test('no process waits for a day that cannot be dropped because it is being read', async () => {
  const shared = await shareDatabase(server);
  const world = await shared.world();
  const { tenant, before } = await fillFirstDay(world);
  const reader = new pg.Client({ connectionString: shared.url });
  await reader.connect();
  await reader.query('begin');
  await reader.query('select 1 from events_20260101');
  const locks: Record<string, unknown>[][] = [];
  let isDone = false;
  const sweeping = (async () => {
    while (!isDone) await deleteAll(world, before, before);
  })();
  await vi.waitFor(
    async () => {
      locks.push(await runSql(shared.url, selectExclusive));
      expect(locks.at(-1)).toContainEqual({ name: 'events_20260101', granted: false });
    },
    { timeout: 20_000, interval: 5 },
  );
  await world.publish([world.draft(tenant)], before, 1);
  isDone = true;
  await sweeping;
  // The parent tables are neither locked nor waited for while the day is waited for.
  const names = locks.flat().map(({ name }) => name);
  for (const table of ['events', 'deliveries_ended', 'attempts']) expect(names).not.toContain(table);
  expect(await listPartitions(shared.url)).toContain('events_20260101');
  await reader.end();
  await deleteAll(world, before, before);
  expect(await listPartitions(shared.url)).not.toContain('events_20260101');
});

test('each step deletes the ids of a day from where the previous one stopped', async () => {
  const shared = await shareDatabase(server);
  const world = await shared.world();
  const { tenant, before } = await fillFirstDay(world);
  const { claims } = await world.publish(
    Array.from({ length: 4 }, () => world.draft(tenant)),
    start,
    4,
  );
  await world.record(
    claims.map((claim) => result(claim)),
    start,
  );
  const left: number[] = [];
  const steps: number[] = [];
  for (let step = 0; step < 4; step++) {
    steps.push(await world.store.deleteExpired(before, before, 2));
    left.push((await runSql(shared.url, 'select 1 from event_ids')).length);
  }
  expect(steps).toEqual([2, 2, 1, 3]);
  expect(left).toEqual([3, 1, 0, 0]);
});
