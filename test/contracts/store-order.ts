import { describe, expect, test } from 'vitest';
import type { DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import {
  exhausted,
  firstPage,
  live,
  only,
  readAgenda,
  openWorld,
  type OpenStore,
  result,
  start,
  stateOf,
  type World,
} from './store-world.ts';

const disabled = { value: false, reason: 'requested' as const };
const enabled = { value: true, reason: 'requested' as const };

async function switchTo(world: World, tenant: TenantId, id: EndpointId, value: typeof disabled, now = start) {
  await world.store.endpoints.change(live(tenant), { id }, () => ({
    now,
    isUrlUnique: false,
    enabled: value,
  }));
}

/** Publishes events a, b, c... under one ordering key. */
async function queue(world: World, tenant: TenantId, ids: string, places = 0) {
  return world.publish(
    ids.split('').map((id) => world.draft(tenant, { id, orderingKey: 'k' })),
    start,
    places,
  );
}

async function claimIds(world: World, endpoint: EndpointId, now = start) {
  return (await world.claim(endpoint, now)).map(({ event }) => event.id);
}

export function orderContract(open: OpenStore): void {
  describe('order per key', () => {
    test('the next is due when the one before has ended, delivered or exhausted', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims, due } = await queue(world, tenant, 'abc', 9);
      const a = only(claims);
      expect(due).toEqual([]);
      expect(await claimIds(world, id)).toEqual([]);
      const { items } = await world.store.deliveries.list(live(tenant), {}, firstPage);
      expect(items.map(({ event, dueAt, isInFlight }) => [event, dueAt ?? isInFlight])).toEqual([
        ['c', false],
        ['b', false],
        ['a', true],
      ]);
      expect(await world.record([result(a, 'refused', start)], start)).toMatchObject({ due: [] });
      expect(await claimIds(world, id)).toEqual([]);
      const again = only(await world.claim(id, start + 60_000));
      expect(again.event.id).toBe('a');
      expect(await world.record([result(again, 'refused', start, exhausted)], start + 60_000)).toMatchObject({
        due: [id],
      });
      expect(await world.store.deliveries.nextDue([id])).toEqual([{ endpoint: id, dueAt: start + 60_000 }]);
      const b = only(await world.claim(id, start + 60_000));
      expect(b).toMatchObject({ event: { id: 'b' }, firstDueAt: start });
      await world.record([result(b)], start + 60_000);
      expect(await claimIds(world, id, start + 60_000)).toEqual(['c']);
    });

    test('other keys, other endpoints and events without a key do not wait', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const [one, other] = [await world.endpoint(tenant), await world.endpoint(tenant)];
      const keys = ['k', 'k', 'l', null, null];
      const drafts = keys.map((orderingKey, i) => world.draft(tenant, { id: `e${i}`, orderingKey }));
      await world.publish(drafts);
      for (const { id } of [one, other]) expect(await claimIds(world, id)).toEqual(['e0', 'e2', 'e3', 'e4']);
    });

    test('holds between publishes, and a queue that has emptied starts anew', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      await queue(world, tenant, 'a');
      await queue(world, tenant, 'b', 9);
      const a = only(await world.claim(id, start));
      await world.record([result(a)], start);
      await world.record([result(only(await world.claim(id, start)))], start);
      const { claims } = await queue(world, tenant, 'c', 9);
      expect(only(claims).event.id).toBe('c');
    });

    test('a person can not overtake it: an order joins the end of the queue', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await queue(world, tenant, 'abc', 9);
      const a = only(claims);
      await world.record([result(a)], start);
      const { items } = await world.store.deliveries.list(live(tenant), { event: 'c' }, firstPage);
      await world.store.deliveries.redeliver(live(tenant), only(items).id, start);
      await world.store.deliveries.redeliver(live(tenant), a.id, start);
      for (const event of ['b', 'c', 'a']) {
        const claim = only(await world.claim(id, start));
        expect(claim).toMatchObject({
          event: { id: event },
          trigger: event === 'b' ? 'schedule' : 'redelivery',
        });
        await world.record([result(claim)], start);
      }
      await world.store.deliveries.redeliver(live(tenant), a.id, start + 1);
      expect(await claimIds(world, id, start + 1)).toEqual(['a']);
    });
  });

  describe('a disabled endpoint', () => {
    test('holds what waits and what comes, until it is enabled', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      await world.publish([world.draft(tenant, { id: 'before' })]);
      await switchTo(world, tenant, id, disabled);
      const { claims, due, results } = await world.publish([world.draft(tenant, { id: 'after' })], start, 9);
      expect([claims, due]).toEqual([[], []]);
      expect(results).toMatchObject([{ events: [{ deliveries: 1 }] }]);
      const { items } = await world.store.deliveries.list(live(tenant), { state: 'held' }, firstPage);
      expect(items.map(({ event, state, dueAt }) => [event, state, dueAt])).toEqual([
        ['after', 'held', null],
        ['before', 'held', null],
      ]);
      expect(await claimIds(world, id)).toEqual([]);
      expect(await world.store.deliveries.countWaiting()).toBe(2);
      expect(await readAgenda(world)).toEqual([]);
      await switchTo(world, tenant, id, enabled, start + 5);
      expect((await world.store.deliveries.list(live(tenant), { state: 'held' }, firstPage)).items).toEqual(
        [],
      );
      expect(
        (await world.store.deliveries.list(live(tenant), { state: 'pending' }, firstPage)).items,
      ).toHaveLength(2);
      expect(await claimIds(world, id, start + 5)).toEqual(['before', 'after']);
    });

    test('is disabled in a moment, however much waits for it', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      await world.publish(Array.from({ length: 500 }, () => world.draft(tenant)));
      const before = world.store.counters();
      await switchTo(world, tenant, id, disabled);
      expect(world.store.counters().statements - before.statements).toBeLessThan(10);
      const { items } = await world.store.deliveries.list(
        live(tenant),
        { state: 'held' },
        { limit: 200, cursor: null },
      );
      expect(items).toHaveLength(200);
    });

    test('lets a sender finish: what it sent is recorded, what failed is held', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant), world.draft(tenant)], start, 2);
      await switchTo(world, tenant, id, disabled);
      const [first, second] = claims;
      if (first === undefined || second === undefined) throw new Error('two claims were expected');
      expect(await world.record([result(first), result(second, 'refused')], start)).toMatchObject({
        stale: 0,
      });
      expect(await stateOf(world, tenant, first.id)).toBe('delivered');
      expect(await stateOf(world, tenant, second.id)).toBe('held');
    });

    test('gets what is redelivered, once', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      await world.publish([world.draft(tenant), world.draft(tenant)]);
      await switchTo(world, tenant, id, disabled);
      const { items } = await world.store.deliveries.list(live(tenant), {}, firstPage);
      const asked = items[1]?.id as DeliveryId;
      const ordered = await world.store.deliveries.redeliver(live(tenant), asked, start + 7);
      expect(ordered).toMatchObject({ id: asked, state: 'pending', dueAt: start + 7 });
      expect(await readAgenda(world)).toEqual([{ endpoint: id, dueAt: start + 7 }]);
      expect(await world.store.deliveries.nextDue([id])).toEqual([{ endpoint: id, dueAt: start + 7 }]);
      const claim = only(await world.claim(id, start + 7));
      expect(claim).toMatchObject({ id: asked, trigger: 'redelivery', step: 0 });
      await world.record([result(claim, 'refused', start + 7)], start + 7);
      expect(await stateOf(world, tenant, asked)).toBe('held');
      expect(await readAgenda(world)).toEqual([]);
    });
  });

  describe('a removed endpoint', () => {
    test('cancels what waits for it; an order for it is refused', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant), world.draft(tenant)], start, 1);
      await world.store.endpoints.remove(live(tenant), { id }, start + 5);
      const { items } = await world.store.deliveries.list(live(tenant), { state: 'canceled' }, firstPage);
      expect(items).toHaveLength(2);
      expect(items[0]).toMatchObject({ state: 'canceled', dueAt: null, endedAt: start + 5 });
      expect(await world.claim(id, start + 99_000)).toEqual([]);
      for (const delivery of items) {
        const order = world.store.deliveries.redeliver(live(tenant), delivery.id, start + 6);
        await expect(order).rejects.toMatchObject({ code: 'endpoint_not_found' });
      }
      expect(await world.record([result(only(claims))], start + 6)).toMatchObject({ stale: 0 });
      expect(await stateOf(world, tenant, only(claims).id)).toBe('delivered');
    });
  });
}
