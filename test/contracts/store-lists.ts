import { describe, expect, test } from 'vitest';
import { type DeliveryId, singleStep } from '#core/delivery.ts';
import type { TenantId } from '#core/tenant.ts';
import {
  exhausted,
  firstPage,
  inMode,
  live,
  only,
  openWorld,
  type OpenStore,
  result,
  start,
  stateOf,
  type World,
} from './store-world.ts';

async function listIds(world: World, tenant: TenantId, filter: object, limit = 50): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await world.store.deliveries.list(live(tenant), filter, { limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map((delivery) => delivery.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

export function listsContract(open: OpenStore): void {
  describe('lists of deliveries', () => {
    test('are newest first, whole, and the same however they are paged', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const endpoints = [await world.endpoint(tenant), await world.endpoint(tenant)];
      const foreign = await world.tenant();
      await world.endpoint(foreign);
      const all: string[] = [];
      for (let i = 0; i < 12; i++) {
        const type = i % 3 === 0 ? 'a' : 'b';
        const { claims } = await world.publish(
          [world.draft(tenant, { type, id: `e${i}` }), world.draft(foreign)],
          start + i,
          9,
        );
        const own = claims.filter((claim) => claim.event.tenant === tenant);
        all.unshift(...own.map((claim) => claim.id).toReversed());
        const [first, second] = own;
        if (first === undefined || second === undefined) throw new Error('two claims were expected');
        if (i % 2 === 0) await world.record([result(second)], start + i);
        if (i % 4 === 0) await world.record([result(first, 'refused', start, exhausted)], start + i);
      }
      for (const limit of [1, 2, 5, 50]) expect(await listIds(world, tenant, {}, limit)).toEqual(all);
      const details = await Promise.all(
        all.map((id) => world.store.deliveries.get(live(tenant), id as DeliveryId)),
      );
      const rows = details.flatMap((detail) => (detail === null ? [] : [detail.delivery]));
      expect(rows).toHaveLength(24);
      const where = (test: (row: (typeof rows)[number]) => boolean) => rows.filter(test).map((row) => row.id);
      for (const state of ['pending', 'delivered', 'exhausted', 'held', 'canceled'] as const) {
        expect(await listIds(world, tenant, { state }, 2)).toEqual(where((row) => row.state === state));
        for (const { id: endpoint } of endpoints) {
          const expected = where((row) => row.state === state && row.endpoint === endpoint);
          expect(await listIds(world, tenant, { state, endpoint }, 3)).toEqual(expected);
        }
      }
      for (const { id: endpoint } of endpoints) {
        expect(await listIds(world, tenant, { endpoint }, 5)).toEqual(
          where((row) => row.endpoint === endpoint),
        );
        const expected = where((row) => row.endpoint === endpoint && row.event === 'e4');
        expect(await listIds(world, tenant, { endpoint, event: 'e4' })).toEqual(expected);
      }
      expect(await listIds(world, tenant, { eventType: 'a' }, 3)).toEqual(
        where((row) => row.eventType === 'a'),
      );
      expect(await listIds(world, tenant, { event: 'e4' }, 1)).toEqual(where((row) => row.event === 'e4'));
      expect(await listIds(world, tenant, { event: 'nothing' })).toEqual([]);
      const [since, until] = [start + 3, start + 7];
      const within = where((row) => row.createdAt >= since && row.createdAt < until);
      expect(within).toHaveLength(8);
      expect(await listIds(world, tenant, { since, until }, 3)).toEqual(within);
    });

    test('show nothing of another tenant or mode', async () => {
      const world = await openWorld(open);
      const { deliveries } = world.store;
      const [tenant, other] = [await world.tenant(), await world.tenant()];
      const endpoint = await world.endpoint(tenant, { mode: 'test' });
      const { claims } = await world.publish([world.draft(tenant, { mode: 'test', id: 'x' })], start, 9);
      await world.record([result(only(claims), 'refused')], start);
      const { id } = only(claims);
      for (const scope of [live(tenant), live(other), inMode(other, null)]) {
        expect(await deliveries.get(scope, id)).toBeNull();
        expect(await deliveries.redeliver(scope, id, start)).toBeNull();
        for (const filter of [{}, { endpoint: endpoint.id }, { event: 'x' }, { state: 'pending' as const }]) {
          expect((await deliveries.list(scope, filter, firstPage)).items).toEqual([]);
        }
        expect((await deliveries.listAttempts(scope, null, firstPage)).items).toEqual([]);
        expect((await deliveries.listAttempts(scope, endpoint.id, firstPage)).items).toEqual([]);
      }
      for (const scope of [inMode(tenant, 'test'), inMode(tenant, null)]) {
        expect(await deliveries.get(scope, id)).toMatchObject({
          delivery: { id, mode: 'test' },
          event: { id: 'x' },
        });
        expect((await deliveries.list(scope, {}, firstPage)).items).toHaveLength(1);
        expect((await deliveries.listAttempts(scope, null, firstPage)).items).toHaveLength(1);
      }
    });
  });

  test('attempts are listed newest first, with their delivery and event', async () => {
    const world = await openWorld(open);
    const tenant = await world.tenant();
    const [one, other] = [await world.endpoint(tenant), await world.endpoint(tenant)];
    const { claims } = await world.publish(
      [1, 2, 3].map(() => world.draft(tenant)),
      start,
      9,
    );
    const made: string[] = [];
    for (const claim of claims) {
      const outcome = result(claim, made.length % 2 === 0 ? 'accepted' : 'refused');
      await world.record([outcome], start);
      made.unshift(outcome.attempt?.id ?? '');
    }
    const list = async (endpoint: typeof one.id | null, limit: number, cursor: string | null) =>
      world.store.deliveries.listAttempts(live(tenant), endpoint, { limit, cursor });
    const first = await list(null, 4, null);
    const rest = await list(null, 4, first.nextCursor);
    expect([...first.items, ...rest.items].map(({ attempt }) => attempt.id)).toEqual(made);
    expect(rest.nextCursor).toBeNull();
    for (const item of first.items) {
      expect(item.delivery.id).toBe(item.attempt.delivery);
      expect(item.delivery.event).toBe(item.event.id);
    }
    const [ofOne, ofOther] = [await list(one.id, 9, null), await list(other.id, 9, null)];
    expect([ofOne.items.length, ofOther.items.length]).toEqual([3, 3]);
    expect(ofOne.items.every(({ delivery }) => delivery.endpoint === one.id)).toBe(true);
  });

  test('a cursor of another list, or of no list, is refused', async () => {
    const world = await openWorld(open);
    const tenant = await world.tenant();
    for (let i = 0; i < 3; i++) await world.endpoint(tenant);
    await world.publish([world.draft(tenant)]);
    const { nextCursor } = await world.store.deliveries.list(live(tenant), {}, { limit: 1, cursor: null });
    const { store } = world;
    for (const cursor of [nextCursor, '', 'x', 'YWJjZGVmZ2g', `${nextCursor}=`]) {
      const page = { limit: 1, cursor };
      const invalid = { code: 'cursor_invalid' };
      await expect(store.tenants.list(page)).rejects.toMatchObject(invalid);
      await expect(store.credentials.list(tenant, page)).rejects.toMatchObject(invalid);
      await expect(store.endpoints.list(live(tenant), { ...page, offset: 0 })).rejects.toMatchObject(invalid);
      await expect(store.events.list(live(tenant), page)).rejects.toMatchObject(invalid);
      await expect(store.deliveries.listAttempts(live(tenant), null, page)).rejects.toMatchObject(invalid);
      if (cursor === nextCursor) continue;
      await expect(store.deliveries.list(live(tenant), {}, page)).rejects.toMatchObject(invalid);
    }
  });

  describe('cancel', () => {
    test('ends a delivery that waits, and makes the next of its ordering key due', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id: endpoint } = await world.endpoint(tenant);
      const drafts = ['a', 'b'].map((id) => world.draft(tenant, { id, orderingKey: 'key' }));
      const first = only((await world.publish(drafts, start, 9)).claims);
      await world.record([result(first, 'refused', start)], start);
      expect(await world.store.deliveries.cancel(live(tenant), first.id, start + 5)).toMatchObject({
        state: 'canceled',
        attempts: 1,
        dueAt: null,
        endedAt: start + 5,
      });
      const next = only(await world.claim(endpoint, start + 5));
      expect(next.event.id).toBe('b');
      await world.store.deliveries.cancel(live(tenant), next.id, start + 6);
      expect(await world.record([result(next)], start + 6)).toMatchObject({ stale: 1 });
      expect(await stateOf(world, tenant, next.id)).toBe('canceled');
      expect(await world.store.deliveries.countWaiting()).toBe(0);
      const again = await world.store.deliveries.cancel(live(tenant), next.id, start + 7);
      expect(again).toMatchObject({ state: 'canceled', endedAt: start + 6 });
      const other = live(await world.tenant());
      expect(await world.store.deliveries.cancel(other, next.id, start)).toBeNull();
    });

    test('finds the endpoints that have been disabled for long and have something waiting', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const off = { enabled: false, disabledReason: 'gone' as const };
      const long = { ...off, disabledAt: start };
      const [waits, second] = [await world.endpoint(tenant, long), await world.endpoint(tenant, long)];
      await world.endpoint(tenant);
      await world.endpoint(tenant, { ...off, disabledAt: start + 5 });
      await world.publish([world.draft(tenant)]);
      await world.endpoint(tenant, long);
      const { endpoints } = world.store;
      expect((await endpoints.listDisabled(start + 5, '', 9)).map(({ id }) => id)).toEqual([
        waits.id,
        second.id,
      ]);
      expect(await endpoints.listDisabled(start + 5, waits.id, 9)).toMatchObject([{ id: second.id }]);
      expect(await endpoints.listDisabled(start + 5, '', 1)).toMatchObject([
        { id: waits.id, disabledReason: 'gone' },
      ]);
      expect(await endpoints.listDisabled(start, '', 9)).toEqual([]);
    });

    test('of an endpoint takes what the filter says, in whole queues, and nothing of others', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const [one, other] = [await world.endpoint(tenant), await world.endpoint(tenant)];
      const keyed = ['dropped', 'dropped', 'kept', 'dropped'].map((type, index) =>
        world.draft(tenant, { id: `${type} ${index}`, type, orderingKey: 'key' }),
      );
      const many = Array.from({ length: 1200 }, (_, index) =>
        world.draft(tenant, { id: `plain ${index}`, type: index % 2 === 0 ? 'dropped' : 'kept' }),
      );
      const asked = world.draft(tenant, { id: 'test', type: 'dropped', onlyEndpoint: one.id });
      await world.publish([...keyed, ...many, asked]);
      await world.publish([world.draft(tenant, { id: 'later', type: 'dropped' })], start + 1);
      const { deliveries } = world.store;
      const filter = { until: start, exceptTypes: ['kept', 'also.*'], isScheduledOnly: true };
      expect(await deliveries.cancelWaiting(one.id, filter, start + 9)).toBe(603);
      expect(await deliveries.cancelWaiting(one.id, filter, start + 9)).toBe(0);
      const left = await world.claim(one.id, start + 9, 9999);
      const ids = left.map(({ event }) => event.id).filter((id) => !id.startsWith('plain'));
      expect(ids.toSorted()).toEqual(['kept 2', 'later', 'test']);
      expect(left).toHaveLength(603);
      expect(
        await deliveries.cancelWaiting(one.id, { until: start + 1, isScheduledOnly: false }, start + 9),
      ).toBe(603);
      expect(await deliveries.nextDue([one.id, other.id])).toEqual([{ endpoint: other.id, dueAt: start }]);
      expect(await world.store.deliveries.countWaiting()).toBe(1205);
    });
  });

  test('cancel takes what a new filter does not match, with that of other types', async () => {
    const world = await openWorld(open);
    const tenant = await world.tenant();
    const { id } = await world.endpoint(tenant);
    const drafts = Array.from({ length: 250 }, (_, index) =>
      world.draft(tenant, {
        id: String(index),
        type: index < 50 ? 'a' : 'b',
        text: index % 5 === 0 ? 'yes' : 'no',
      }),
    );
    await world.publish(drafts);
    const { deliveries } = world.store;
    const terms = {
      until: start,
      exceptTypes: ['b'],
      exceptMatching: { text: 'yes' },
      isScheduledOnly: true,
    };
    expect(await deliveries.cancelWaiting(id, terms, start + 1)).toBe(210);
    const left = await world.claim(id, start + 1, 999);
    expect(left.map(({ event }) => Number(event.id))).toEqual(
      Array.from({ length: 40 }, (_, index) => 50 + index * 5),
    );
  });

  describe('redeliver', () => {
    test('gives an ended delivery one more attempt, with any result', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id: endpoint } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 9);
      const { id } = only(claims);
      await world.record([result(only(claims))], start + 1);
      const ordered = await world.store.deliveries.redeliver(live(tenant), id, start + 9);
      expect(ordered).toMatchObject({
        id,
        state: 'pending',
        attempts: 1,
        dueAt: start + 9,
        endedAt: null,
        createdAt: start,
      });
      const again = only(await world.claim(endpoint, start + 9));
      expect(again).toMatchObject({
        id,
        attempts: 1,
        step: singleStep,
        trigger: 'redelivery',
        wasDelivered: true,
      });
      expect(await world.record([result(only(claims))], start + 9)).toMatchObject({ stale: 1 });
      const failed = result(again, 'refused', start + 9, { settlement: { state: 'delivered' } });
      await world.record([failed], start + 9);
      const detail = await world.store.deliveries.get(live(tenant), id);
      expect(detail).toMatchObject({
        delivery: { state: 'delivered', attempts: 2 },
        attempts: [{ number: 1 }, { number: 2 }],
      });
      expect(await world.store.deliveries.countWaiting()).toBe(0);
    });

    test('makes a waiting delivery due now, once, and keeps its schedule', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id: endpoint } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 9);
      const { id } = only(claims);
      await world.record([result(only(claims), 'refused', start)], start);
      expect(await world.store.deliveries.redeliver(live(tenant), id, start + 5)).toMatchObject({
        dueAt: start + 5,
      });
      await world.store.deliveries.redeliver(live(tenant), id, start + 6);
      const again = only(await world.claim(endpoint, start + 6));
      const scheduledAt = start + 60_000;
      expect(again).toMatchObject({ id, step: 1, attempts: 1, trigger: 'redelivery', scheduledAt });
      expect(again).toMatchObject({ wasDelivered: false, replay: null });
      const failed = result(again, 'refused', start + 7, { settlement: { step: 1, dueAt: scheduledAt } });
      await world.record([failed], start + 7);
      expect(await world.claim(endpoint, scheduledAt - 1)).toEqual([]);
      const scheduled = only(await world.claim(endpoint, scheduledAt));
      expect(scheduled).toMatchObject({ step: 1, attempts: 2, trigger: 'schedule', scheduledAt: null });
      expect(await world.store.deliveries.get(live(tenant), id)).toMatchObject({
        attempts: [{ trigger: 'schedule' }, { trigger: 'redelivery' }],
      });
    });

    test('keeps its mark when the claim is released unsent', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id: endpoint } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 9);
      await world.record([result(only(claims), 'refused', start)], start);
      await world.store.deliveries.redeliver(live(tenant), only(claims).id, start + 5);
      await world.store.deliveries.release(await world.claim(endpoint, start + 5), start + 6);
      const again = only(await world.claim(endpoint, start + 6));
      expect(again).toMatchObject({ trigger: 'redelivery', scheduledAt: start + 60_000 });
    });

    test('the first attempt of a test event is marked, its retries are not', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id: endpoint } = await world.endpoint(tenant);
      for (const places of [0, 9]) {
        const { claims } = await world.publish(
          [world.draft(tenant), world.draft(tenant, { onlyEndpoint: endpoint })],
          start,
          places,
        );
        const [plain, marked] = places === 0 ? await world.claim(endpoint, start) : claims;
        expect([plain?.trigger, marked?.trigger]).toEqual(['schedule', 'test']);
        if (plain === undefined || marked === undefined) throw new Error('both were claimed');
        await world.record([result(plain), result(marked, 'refused', start)], start);
        const retry = only(await world.claim(endpoint, start + 60_000));
        expect(retry).toMatchObject({ id: marked.id, trigger: 'schedule' });
        await world.record([result(retry)], start + 60_000);
        const { items } = await world.store.deliveries.listAttempts(live(tenant), endpoint, firstPage);
        expect(items.slice(0, 2).map(({ attempt }) => attempt.trigger)).toEqual(['schedule', 'test']);
      }
    });

    test('leaves what is being sent right now to its sender', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id: endpoint } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 9);
      const { id } = only(claims);
      expect(await world.store.deliveries.redeliver(live(tenant), id, start + 1)).toMatchObject({
        isInFlight: true,
        dueAt: null,
      });
      expect(await world.claim(endpoint, start + 1)).toEqual([]);
      expect(await world.record([result(only(claims))], start + 2)).toMatchObject({ stale: 0 });
      expect(await stateOf(world, tenant, id)).toBe('delivered');
      expect(
        await world.store.deliveries.redeliver(live(tenant), 'dlv_nothing' as DeliveryId, start),
      ).toBeNull();
    });
  });
}
