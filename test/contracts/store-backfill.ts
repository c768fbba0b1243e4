import { describe, expect, test } from 'vitest';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import type { BackfillTerms, Replay } from '#core/replay.ts';
import type { TenantId } from '#core/tenant.ts';
import {
  firstPage,
  inMode,
  leaseMs,
  live,
  only,
  type OpenStore,
  openWorld,
  result,
  start,
  type World,
} from './store-world.ts';

/** Events of the last seconds are looked at again. */
const settleMs = 5_000;
const day = 86_400_000;

async function makeBackfill(world: World, endpoint: Endpoint, more: Partial<Replay> = {}): Promise<Replay> {
  const replay: Replay = {
    id: world.ids.next('rpl', start),
    kind: 'backfill',
    tenant: endpoint.tenant,
    mode: endpoint.mode,
    endpoint: endpoint.id,
    states: [],
    eventTypes: null,
    since: start,
    until: start + 1000,
    ratePerSecond: 10,
    includeDisabled: true,
    total: 0,
    done: 0,
    delivered: 0,
    failed: 0,
    state: 'running',
    createdAt: start,
    ...more,
  };
  await world.store.replays.create(replay);
  return replay;
}

const termsOf = ({ tenant, mode, id }: Endpoint, more: Partial<BackfillTerms> = {}): BackfillTerms => ({
  tenant,
  mode,
  endpoint: id,
  eventTypes: null,
  since: start,
  until: start + 1000,
  ...more,
});

const later = start + 1000 + settleMs;

/** Steps until it has finished; returns how many deliveries it has created. */
async function finish(world: World, { tenant, id }: Replay, now = later, keptSince = 0): Promise<number> {
  for (let steps = 0; steps < 100; steps++) {
    await world.store.replays.step(id, 100, now, keptSince);
    const replay = await world.store.replays.get(tenant, id);
    if (replay?.state === 'finished') return replay.done;
  }
  throw new Error('the backfill does not end');
}

/** The ids of the events that an endpoint has a delivery of, oldest first. */
async function eventsAt(world: World, tenant: TenantId, endpoint: EndpointId): Promise<string[]> {
  const { items } = await world.store.deliveries.list(inMode(tenant, null), { endpoint }, firstPage);
  return items.map(({ event }) => event).toReversed();
}

async function deleteAll(world: World, before: number): Promise<void> {
  while ((await world.store.deleteExpired(before, before, 1000)) > 0);
}

export function backfillContract(open: OpenStore): void {
  describe('a backfill', () => {
    test('creates the deliveries that an endpoint never got, oldest first, in steps that are remembered', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const before = await world.endpoint(tenant);
      for (let i = 0; i < 7; i++) {
        // The last two have no delivery, as the type has no subscriber then.
        if (i === 5) await world.store.endpoints.remove(live(tenant), { id: before.id }, start + 5);
        await world.publish([world.draft(tenant, { id: `e${i}` })], start + i);
      }
      const endpoint = await world.endpoint(tenant);
      const span = { since: start + 1, until: start + 7 };
      const { replays } = world.store;
      expect(await replays.countBackfill(termsOf(endpoint, span))).toBe(6);
      expect(await world.openReads().replays.countBackfill(termsOf(endpoint, span))).toBe(6);
      const replay = await makeBackfill(world, endpoint, { ...span, total: 6 });
      expect(await replays.listRunning()).toEqual([replay]);
      expect(await replays.step(replay.id, 2, later)).toEqual({ redelivered: 2, due: [endpoint.id] });
      await world.reopen(later);
      expect(await world.store.replays.get(tenant, replay.id)).toMatchObject({ done: 2, state: 'running' });
      expect(await world.store.replays.step(replay.id, 3, later)).toMatchObject({ redelivered: 3 });
      expect(await finish(world, replay)).toBe(6);
      expect(await world.store.replays.step(replay.id, 3, later)).toEqual({ redelivered: 0, due: [] });
      expect(await eventsAt(world, tenant, endpoint.id)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5', 'e6']);

      const claims = await world.claim(endpoint.id, later);
      expect(claims.map(({ event }) => event.id)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5', 'e6']);
      expect(claims[0]).toMatchObject({
        attempts: 0,
        step: 0,
        firstDueAt: later,
        trigger: 'replay',
        replay: replay.id,
        wasDelivered: false,
        event: { createdAt: start + 1 },
      });
      const outcomes = ['accepted', 'refused', 'accepted', 'accepted', 'accepted', 'accepted'] as const;
      await world.record(
        claims.map((claim, nth) => result(claim, outcomes[nth], later)),
        later,
      );
      expect(await world.store.replays.get(tenant, replay.id)).toMatchObject({ delivered: 5, failed: 1 });
      // Again, with a delivery that waits and others that have ended.
      expect(await world.store.replays.countBackfill(termsOf(endpoint))).toBe(1);
      expect(await finish(world, await makeBackfill(world, endpoint))).toBe(1);
      expect(await world.store.replays.countBackfill(termsOf(endpoint))).toBe(0);
      expect(await finish(world, await makeBackfill(world, endpoint))).toBe(0);
    });

    test('is found by its event, and leaves the deliveries of other events of the same ms alone', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const [one, two] = [await world.endpoint(tenant), await world.endpoint(tenant)];
      await world.publish(Array.from({ length: 20 }, (_, i) => world.draft(tenant, { id: `e${i}` })));
      const endpoint = await world.endpoint(tenant);
      expect(await finish(world, await makeBackfill(world, endpoint))).toBe(20);
      for (const event of ['e0', 'e7', 'e19']) {
        const { items } = await world.store.deliveries.list(live(tenant), { event }, firstPage);
        expect(items.map((item) => item.event)).toEqual([event, event, event]);
        expect(items.map((item) => item.endpoint).toSorted()).toEqual([one.id, two.id, endpoint.id]);
        expect(items.map(({ createdAt }) => createdAt)).toEqual([start, start, start]);
        expect(await world.store.events.get(live(tenant), event)).toMatchObject({ deliveries: 3 });
      }
    });

    test('obeys the mode, the event types and the filter of the endpoint as they are now', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.publish([
        world.draft(tenant, { id: 'e1' }),
        world.draft(tenant, { id: 'test', mode: 'test' }),
        world.draft(tenant, { id: 'e2', type: 'order.line.added' }),
        world.draft(tenant, { id: 'refund', type: 'refund.paid' }),
        world.draft(tenant, { id: 'other', text: 'another' }),
        world.draft(await world.tenant(), { id: 'foreign' }),
        world.draft(tenant, { id: 'notice', type: 'endpoint.failing' }),
      ]);
      const endpoint = await world.endpoint(tenant);
      const all = ['e1', 'e2', 'refund', 'other'];
      expect(await world.store.replays.countBackfill(termsOf(endpoint))).toBe(all.length);
      const named = termsOf(endpoint, { eventTypes: ['refund.paid', 'endpoint.failing'] });
      expect(await world.store.replays.countBackfill(named)).toBe(1);
      const replay = await makeBackfill(world, endpoint);
      await world.store.endpoints.change(live(tenant), { id: endpoint.id }, () => ({
        now: start,
        isUrlUnique: false,
        eventTypes: ['order.*'],
        settings: { filter: { text: { $neq: 'another' } } },
      }));
      expect(await finish(world, replay)).toBe(2);
      expect(await eventsAt(world, tenant, endpoint.id)).toEqual(['e1', 'e2']);
    });

    test('spares test events, and goes to a disabled endpoint, not to a removed one', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const [tested, off] = [await world.endpoint(tenant), await world.endpoint(tenant)];
      const test = (id: string) => world.draft(tenant, { id, onlyEndpoint: tested.id });
      const { claims } = await world.publish([test('ended')], start, 1);
      await world.record([result(only(claims))], start);
      await world.publish([test('waits')]);
      await world.store.endpoints.remove(live(tenant), { id: off.id }, start);
      await world.publish([world.draft(tenant, { id: 'e1' })]);
      const endpoint = await world.endpoint(tenant, { enabled: false, disabledReason: 'requested' });
      expect(await finish(world, await makeBackfill(world, endpoint))).toBe(1);
      expect((await world.claim(endpoint.id, later)).map(({ event }) => event.id)).toEqual(['e1']);
      expect(await finish(world, await makeBackfill(world, off))).toBe(0);
    });

    test('joins the end of the queue of an ordering key', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      for (const id of ['a', 'b']) await world.publish([world.draft(tenant, { id, orderingKey: 'k' })]);
      const endpoint = await world.endpoint(tenant);
      await world.publish([world.draft(tenant, { id: 'c', orderingKey: 'k' })], start + 1);
      const replay = await makeBackfill(world, endpoint);
      expect(await world.store.replays.step(replay.id, 1, later)).toEqual({ redelivered: 1, due: [] });
      expect(await finish(world, replay)).toBe(2);
      await world.publish([world.draft(tenant, { id: 'd', orderingKey: 'k' })], later);
      for (const event of ['c', 'a', 'b', 'd']) {
        const claim = only(await world.claim(endpoint.id, later));
        expect(claim.event.id).toBe(event);
        await world.record([result(claim, 'accepted', later)], later);
      }
    });

    test('waits for a publication whose deliveries are being written', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const endpoints: Endpoint[] = [];
      for (let i = 0; i < 25; i++) endpoints.push(await world.endpoint(tenant));
      const last = endpoints.at(-1);
      if (last === undefined) throw new Error('endpoints were expected');
      const drafts = Array.from({ length: 60 }, (_, i) => world.draft(tenant, { id: `e${i}` }));
      const terms = { now: start, leaseMs, capacity: () => 0 };
      await world.publish([world.draft(tenant, { id: 'before' })]);
      const outcome = await world.store.events.publish([drafts], terms);
      await world.publish([world.draft(tenant, { id: 'after' })]);
      let fanOut = (await world.store.events.fanOut(only([...outcome.fanOuts.values()]), 709, start))?.rest;
      const fresh = await world.endpoint(tenant);
      // What is being written is not counted, and does not stop the count.
      expect(await world.store.replays.countBackfill(termsOf(fresh))).toBe(2);
      const [toLast, toFresh] = [await makeBackfill(world, last), await makeBackfill(world, fresh)];
      for (const [{ id }, redelivered] of [
        [toLast, 0],
        [toFresh, 1],
        [toFresh, 0],
      ] as const) {
        expect(await world.store.replays.step(id, 100, later)).toMatchObject({ redelivered });
      }
      while (fanOut !== null && fanOut !== undefined) {
        fanOut = (await world.store.events.fanOut(fanOut, 400, start))?.rest;
      }
      expect(await finish(world, toLast)).toBe(0);
      expect(await finish(world, toFresh)).toBe(62);
      expect(new Set(await eventsAt(world, tenant, last.id)).size).toBe(50);
      const { items } = await world.store.deliveries.list(live(tenant), { event: 'e59' }, firstPage);
      expect(new Set(items.map(({ endpoint }) => endpoint)).size).toBe(26);
    });

    test('looks at the events of the last seconds again before it ends, and not at later ones', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.publish([world.draft(tenant, { id: 'old' })], start);
      await world.publish([world.draft(tenant, { id: 'young' })], start + 999);
      const types = ['order.paid'];
      const endpoint = await world.endpoint(tenant, { eventTypes: ['refund.paid'] });
      const replay = await makeBackfill(world, endpoint);
      await world.store.replays.step(replay.id, 100, start + 1000);
      await world.store.endpoints.change(live(tenant), { id: endpoint.id }, () => ({
        now: start + 1000,
        isUrlUnique: false,
        eventTypes: types,
      }));
      await world.publish([world.draft(tenant, { id: 'new' })], start + 1000);
      expect(await world.store.replays.step(replay.id, 1, start + 1001)).toMatchObject({ redelivered: 1 });
      expect(await world.store.replays.step(replay.id, 9, start + 1002)).toMatchObject({ redelivered: 1 });
      expect(await world.store.replays.step(replay.id, 9, later - 1)).toEqual({ redelivered: 0, due: [] });
      expect(await world.store.replays.get(tenant, replay.id)).toMatchObject({ done: 2, state: 'running' });
      expect(await finish(world, replay)).toBe(2);
      expect(await eventsAt(world, tenant, endpoint.id)).toEqual(['old', 'young', 'new']);
    });

    test('is bounded by retention, which keeps an event as long as its delivery', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.publish([world.draft(tenant, { id: 'old' })], start);
      await world.publish([world.draft(tenant, { id: 'kept' })], start + day);
      const endpoint = await world.endpoint(tenant);
      const replay = await makeBackfill(world, endpoint, { until: start + 2 * day });
      const now = start + 2 * day + settleMs;
      expect(await finish(world, replay, now, start + day)).toBe(1);
      await deleteAll(world, start + 40 * day);
      expect(await world.store.events.get(live(tenant), 'old')).toBeNull();
      expect(await world.store.events.get(live(tenant), 'kept')).not.toBeNull();
      const claim = only(await world.claim(endpoint.id, now));
      await world.record([result(claim, 'accepted', now)], now);
      await deleteAll(world, start + 40 * day);
      expect(await world.store.events.get(live(tenant), 'kept')).toBeNull();
      expect(await world.store.deliveries.get(live(tenant), claim.id)).toBeNull();
    });
  });
}
