// What a database refuses of slots that are closed there, through a store that does not know it; and where it goes when they have moved.
import { expect, inject, onTestFinished, test } from 'vitest';
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { systemClock } from '#lib/clock.ts';
import {
  exhausted,
  live,
  only,
  openWorld,
  result,
  start,
  type World,
} from '../../../test/contracts/store-world.ts';
import { openPartitions } from '../../../test/support/partitions.ts';
import { runSql } from '../../../test/support/postgres.ts';
import { Database } from '../postgres/database.ts';
import { sql } from '../sql.ts';
import { closeSlots, guardTables, sealSlots } from './close.ts';

/** A tenant of partition 1 and another one of it, whose slot stays open. */
async function openTwo() {
  let urls: readonly string[] = [];
  const world = await openWorld(async (options) => {
    const opened = await openPartitions(inject('postgresUrl'), options);
    ({ urls } = opened);
    return opened;
  });
  const map = world.store.spread?.map();
  const ids = Array.from({ length: 500 }, (_, nth) => `shop-${nth}`).filter(
    (id) => map?.slots[slotOf(id as TenantId)] === 1,
  );
  const [own, other] = [await world.tenant(ids[0]), await world.tenant(ids[1])];
  const db = new Database({ url: urls[1] ?? '', poolMax: 2 });
  onTestFinished(() => db.close());
  await guardTables(db, false);
  return { world, own, other, db, slots: [slotOf(own)], url: (number: number) => urls[number] ?? '' };
}

const kinds = async (world: World, tenants: readonly TenantId[]): Promise<string[]> => {
  const { results } = await world.publish(
    tenants.map((tenant) => world.draft(tenant)),
    start,
    1,
  );
  return results.map(({ kind }) => kind);
};

test('closed: nothing is published or claimed, results are recorded, and others are served in the same batch', async () => {
  const { world, own, other, db, slots } = await openTwo();
  const endpoint = await world.endpoint(own);
  const claim = only((await world.publish([world.draft(own)], start, 1)).claims);
  await world.publish([world.draft(own)], start);
  await closeSlots(db, slots, systemClock);
  expect(await kinds(world, [own, other, own])).toEqual(['unavailable', 'published', 'unavailable']);
  expect(await kinds(world, [own])).toEqual(['unavailable']);
  expect(await world.claim(endpoint.id, start + 1)).toEqual([]);
  // A failure, with what it has to tell its tenant.
  const recorded = await world.record([result(claim, 'refused', start, exhausted)], start + 1, {
    noticeExhausted: () => world.draft(own, { id: 'a-notice' }),
  });
  expect([recorded.stale, recorded.kept.size]).toEqual([0, 1]);
  expect(await world.store.events.get(live(own), 'a-notice')).not.toBeNull();
});

test('sealed: nothing is changed, late results change nothing, and others are served', async () => {
  const { world, own, other, db, slots, url } = await openTwo();
  const { store } = world;
  const endpoint = await world.endpoint(own);
  const [first, second] = (await world.publish([world.draft(own), world.draft(own)], start, 9)).claims;
  if (first === undefined || second === undefined) throw new Error('not claimed');
  await world.record([result(first, 'accepted', start)], start);
  await world.publish([world.draft(own)], start);
  await closeSlots(db, slots, systemClock);
  await sealSlots(db, slots, [own], systemClock);
  expect(await world.record([result(second, 'accepted', start)], start)).toMatchObject({ stale: 1 });
  const scope = live(own);
  const counts = { tenant: own, endpoint: endpoint.id, minute: 0, accepted: 1, refused: 0, unreachable: 0 };
  const refused: readonly (() => Promise<unknown>)[] = [
    () => world.endpoint(own),
    () => store.endpoints.remove(scope, { id: endpoint.id }, start),
    () =>
      store.endpoints.change(scope, { id: endpoint.id }, () => ({
        now: start,
        isUrlUnique: false,
        description: 'x',
      })),
    () => store.tenantSecrets.set(own, 'live', { sealed: 'x', attributes: {} }),
    () => store.deliveries.redeliver(scope, first.id, start),
    () => store.deliveries.cancel(scope, second.id, start),
    () => store.deliveries.cancelWaiting(endpoint.id, { until: start, isScheduledOnly: false }, start),
  ];
  for (const change of refused) {
    const known = await change().catch((error: unknown) => error);
    expect(known, String(change)).toMatchObject({ code: 'unavailable' });
  }
  // Counts wait for where they belong.
  await store.stats.add([{ ...counts, durations: [], codes: {} }]);
  expect(await runSql(url(1), 'select * from stats')).toEqual([]);
  expect((await world.endpoint(other)).tenant).toBe(other);
  expect(await kinds(world, [other])).toEqual(['published']);
  expect((await store.deliveries.get(scope, second.id))?.delivery.state).toBe('pending');
});

test('moved: what an old map leads to the database of before is done where the tenant is', async () => {
  const { world, own, db, slots, url } = await openTwo();
  await closeSlots(db, slots, systemClock);
  await sealSlots(db, slots, [own], systemClock);
  const [tenant] = await runSql(url(1), `select * from tenants where id = '${own}'`);
  await runSql(
    url(2),
    `insert into tenants (id, name, dialect, created_at) values ('${own}', '${String(tenant?.['name'])}', 'standard', ${start})`,
  );
  // The process is not told.
  await runSql(url(0), `update slot_map set version = version + 1, slots = set_byte(slots, ${slots[0]}, 2)`);
  expect(await kinds(world, [own])).toEqual(['published']);
  expect(world.store.spread?.map().version).toBe(2);
  await runSql(url(0), `update slot_map set version = version + 1, slots = set_byte(slots, ${slots[0]}, 1)`);
  await db.run(sql`delete from closed_slots`);
  const back = new Database({ url: url(2), poolMax: 1 });
  onTestFinished(() => back.close());
  await guardTables(back, false);
  await closeSlots(back, slots, systemClock);
  await sealSlots(back, slots, [own], systemClock);
  const endpoint = await world.endpoint(own);
  expect(await runSql(url(1), `select id from endpoints where id = '${endpoint.id}'`)).toHaveLength(1);
});
