import { describe, expect, test } from 'vitest';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { allEndpoints, allTenants } from '#core/stats.ts';
import type { StatsRow } from '#store/store.ts';
import type { Replay } from '#core/replay.ts';
import {
  exhausted,
  firstPage,
  live,
  only,
  openWorld,
  type OpenStore,
  result,
  start,
  stateOf,
  type World,
} from './store-world.ts';

const disabled = { value: false, reason: 'requested' as const };

function makeReplay(world: World, tenant: TenantId, more: Partial<Replay> = {}): Replay {
  return {
    id: world.ids.next('rpl', start),
    kind: 'replay',
    tenant,
    mode: 'live',
    endpoint: null,
    states: ['delivered', 'exhausted', 'held'],
    eventTypes: null,
    since: start,
    until: start + 1_000_000,
    ratePerSecond: 12.5,
    includeDisabled: false,
    total: 0,
    done: 0,
    delivered: 0,
    failed: 0,
    state: 'running',
    createdAt: start,
    ...more,
  };
}

/** Deletes in steps of `rowsMax` until nothing is left to do; returns all rows touched. */
async function deleteAll(world: World, before: number, rowsMax = 1000): Promise<number> {
  let touched = 0;
  for (let step = 0; step < 1000; step++) {
    const rows = await world.store.deleteExpired(before, before, rowsMax);
    if (rows === 0) return touched;
    touched += rows;
  }
  throw new Error('retention does not end');
}

export function upkeepContract(open: OpenStore): void {
  describe('replays', () => {
    test('order again what matches, oldest first, in steps that are remembered', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const ids: string[] = [];
      for (let i = 0; i < 6; i++) {
        const type = i === 4 ? 'other' : 'order.paid';
        const { claims } = await world.publish([world.draft(tenant, { type })], start + i, 9);
        ids.push(only(claims).id);
        await world.record(
          [result(only(claims), i % 2 === 0 ? 'accepted' : 'refused', start, exhaustedUnless(i % 2 === 0))],
          start,
        );
      }
      const terms = { since: start + 1, until: start + 6, eventTypes: ['order.paid'] };
      const replay = makeReplay(world, tenant, {
        ...terms,
        total: await world.store.replays.count(makeReplay(world, tenant, terms)),
      });
      expect(replay.total).toBe(4);
      await world.store.replays.create(replay);
      expect(await world.store.replays.get(tenant, replay.id)).toEqual(replay);
      expect(await world.store.replays.listRunning()).toEqual([replay]);
      expect(await world.store.replays.step(replay.id, 3, start + 50)).toEqual({ redelivered: 3, due: [id] });
      await world.reopen(start + 50);
      const first = await world.claim(id, start + 50);
      expect(first.map((claim) => claim.id)).toEqual(ids.slice(1, 4));
      expect(first[0]).toMatchObject({
        attempts: 1,
        step: 0,
        firstDueAt: start + 50,
        trigger: 'replay',
        scheduledAt: null,
        replay: replay.id,
        wasDelivered: false,
      });
      expect(first[1]).toMatchObject({ wasDelivered: true });
      const outcomes = ['accepted', 'refused', 'unreachable'] as const;
      const ended = first.map((claim, index) => result(claim, outcomes[index], start + 50));
      await world.record(ended, start + 50);
      await world.record(ended, start + 51);
      expect(await world.store.replays.get(tenant, replay.id)).toMatchObject({ delivered: 1, failed: 2 });
      expect(await world.store.replays.get(tenant, replay.id)).toMatchObject({ done: 3, state: 'running' });
      expect(await world.store.replays.step(replay.id, 3, start + 60)).toMatchObject({ redelivered: 1 });
      expect(only(await world.claim(id, start + 60)).id).toBe(ids[5]);
      expect(await world.store.replays.get(tenant, replay.id)).toMatchObject({ done: 4, state: 'finished' });
      expect(await world.store.replays.listRunning()).toEqual([]);
      expect(await world.store.replays.step(replay.id, 3, start + 60)).toEqual({ redelivered: 0, due: [] });
      expect(await world.store.replays.stop(tenant, replay.id)).toBe(false);
    });

    test('leave out disabled endpoints unless they are asked for', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const [off, on] = [await world.endpoint(tenant), await world.endpoint(tenant)];
      const { claims } = await world.publish([world.draft(tenant)], start, 9);
      const results = claims.map((claim) => result(claim));
      await world.record(results, start);
      const change = { now: start, isUrlUnique: false, enabled: disabled };
      await world.store.endpoints.change(live(tenant), { id: off.id }, () => change);
      const { replays } = world.store;
      const named = makeReplay(world, tenant, { endpoint: off.id });
      const all = makeReplay(world, tenant, { includeDisabled: true });
      const byDefault = makeReplay(world, tenant);
      expect(await replays.count(named)).toBe(1);
      expect(await replays.count(all)).toBe(2);
      expect(await replays.count(byDefault)).toBe(1);
      await replays.create(byDefault);
      expect(await replays.step(byDefault.id, 9, start)).toEqual({ redelivered: 1, due: [on.id] });
    });

    test('that overlap count each redelivery once; they are listed newest first', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant), world.draft(tenant)], start, 9);
      await world.record(
        claims.map((claim) => result(claim)),
        start,
      );
      const states = ['delivered', 'pending'] as const;
      const [one, two] = [makeReplay(world, tenant, { states }), makeReplay(world, tenant, { states })];
      const { replays } = world.store;
      for (const replay of [one, two]) await replays.create(replay);
      expect(await replays.step(one.id, 9, start)).toMatchObject({ redelivered: 2 });
      expect(await replays.step(two.id, 9, start)).toMatchObject({ redelivered: 0 });
      const { items, nextCursor } = await replays.list(tenant, { limit: 1, cursor: null });
      expect(items).toMatchObject([{ id: two.id, total: 0, done: 0, state: 'finished' }]);
      const rest = await replays.list(tenant, { limit: 1, cursor: nextCursor });
      // Counted as 0 at its order: what came to match since is in the total.
      expect(rest).toMatchObject({ items: [{ id: one.id, total: 2, done: 2 }], nextCursor: null });
      expect((await replays.list(await world.tenant(), firstPage)).items).toEqual([]);
    });

    test('send what is held while its endpoint is disabled, and spare what is removed', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const [held, gone] = [await world.endpoint(tenant), await world.endpoint(tenant)];
      await world.publish([world.draft(tenant), world.draft(tenant)]);
      const change = { now: start, isUrlUnique: false, enabled: disabled };
      await world.store.endpoints.change(live(tenant), { id: held.id }, () => change);
      await world.store.endpoints.remove(live(tenant), { id: gone.id }, start);
      const replay = makeReplay(world, tenant, {
        states: ['held', 'canceled'],
        mode: null,
        includeDisabled: true,
      });
      expect(await world.store.replays.count(replay)).toBe(2);
      await world.store.replays.create(replay);
      expect(await world.store.replays.step(replay.id, 10, start)).toEqual({
        redelivered: 2,
        due: [held.id],
      });
      expect(await world.claim(held.id, start)).toHaveLength(2);
    });

    test('of one endpoint leave the others alone; a stopped one redelivers nothing', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const [one, other] = [await world.endpoint(tenant), await world.endpoint(tenant)];
      const { claims } = await world.publish([world.draft(tenant)], start, 9);
      await world.record(
        claims.map((claim) => result(claim)),
        start,
      );
      const foreign = makeReplay(world, await world.tenant());
      expect(await world.store.replays.count(foreign)).toBe(0);
      const replay = makeReplay(world, tenant, { endpoint: one.id });
      await world.store.replays.create(replay);
      expect(await world.store.replays.get(foreign.tenant, replay.id)).toBeNull();
      expect(await world.store.replays.stop(foreign.tenant, replay.id)).toBe(false);
      expect(await world.store.replays.step(replay.id, 10, start + 1)).toEqual({
        redelivered: 1,
        due: [one.id],
      });
      expect(await world.claim(other.id, start + 1)).toEqual([]);
      const stopped = makeReplay(world, tenant, { endpoint: other.id });
      await world.store.replays.create(stopped);
      expect(await world.store.replays.stop(tenant, stopped.id)).toBe(true);
      expect(await world.store.replays.get(tenant, stopped.id)).toMatchObject({ state: 'stopped' });
      expect(await world.store.replays.step(stopped.id, 10, start + 1)).toEqual({ redelivered: 0, due: [] });
    });

    test('keep the order per key', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      await world.publish(
        ['a', 'b', 'c'].map((event) => world.draft(tenant, { id: event, orderingKey: 'k' })),
      );
      for (let i = 0; i < 3; i++) await world.record([result(only(await world.claim(id, start)))], start);
      const replay = makeReplay(world, tenant);
      await world.store.replays.create(replay);
      await world.store.replays.step(replay.id, 2, start);
      await world.store.replays.step(replay.id, 2, start);
      for (const event of ['a', 'b', 'c']) {
        const claim = only(await world.claim(id, start));
        expect(claim.event.id).toBe(event);
        await world.record([result(claim)], start);
      }
    });
  });

  describe('stats', () => {
    test('add up per endpoint and minute, and are read oldest first, up to a time', async () => {
      const { store } = await openWorld(open);
      const [a, b] = ['ten_a' as TenantId, 'ten_b' as TenantId];
      await store.stats.add([
        row(a, 'ep_1', 120_000, [1]),
        row(a, 'ep_1', 60_000, [1, 1]),
        row(b, 'ep_2', 60_000, []),
      ]);
      await store.stats.add([
        row(a, 'ep_1', 60_000, [0, 1, 4]),
        { ...row(a, 'ep_1', 60_000, [1]), codes: { a200: 1, r503: 2, utimeout: 1 } },
        row(a, 'ep_3', 0, []),
        row(a, allEndpoints, 60_000, [2]),
        row(allTenants, allEndpoints, 120_000, [3]),
      ]);
      await store.stats.add([]);
      const read = async (tenant: TenantId | null, endpoint: string | null, since: number, until = start) => {
        const endpoints = endpoint === null ? null : [endpoint as EndpointId];
        return store.stats.read({ tenant, endpoints, since, until });
      };
      expect(await read(a, 'ep_1', 0)).toEqual([
        {
          ...row(a, 'ep_1', 60_000, [2, 2, 4]),
          accepted: 3,
          refused: 6,
          unreachable: 9,
          codes: { a200: 3, r503: 6, utimeout: 1 },
        },
        row(a, 'ep_1', 120_000, [1]),
      ]);
      expect((await read(a, 'ep_1', 60_000, 120_000)).map(({ minute }) => minute)).toEqual([60_000]);
      expect((await read(a, 'ep_1', 60_001)).map(({ minute }) => minute)).toEqual([120_000]);
      expect(await read(a, null, 0)).toEqual([row(a, allEndpoints, 60_000, [2])]);
      expect(await read(null, null, 0)).toEqual([row(allTenants, allEndpoints, 120_000, [3])]);
      expect(await read(b, 'ep_1', 0)).toEqual([]);
    });
  });

  describe('retention', () => {
    test('removes what ended before, with attempts and events, and keeps what is owed', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.endpoint(tenant);
      await world.endpoint(tenant);
      const { claims } = await world.publish(
        ['old', 'half', 'young'].map((id) => world.draft(tenant, { id })),
        start,
        9,
      );
      const of = (id: string) => claims.filter(({ event }) => event.id === id).map((claim) => result(claim));
      const [halfDone, halfOwed] = of('half');
      if (halfDone === undefined || halfOwed === undefined) throw new Error('two were expected');
      await world.record([...of('old'), halfDone], start + 10);
      await world.record([result(halfOwed.claim, 'refused', start + 10)], start + 10);
      await world.record(of('young'), start + 20);
      await world.publish([world.draft(tenant, { id: 'unheard', type: 'x', mode: 'test' })], start);
      expect(await world.store.deleteExpired(start, start + 30, 100)).toBe(0);
      expect(await deleteAll(world, start + 20, 1)).toBeGreaterThan(0);
      const { items } = await world.store.events.list({ tenant, mode: null }, firstPage);
      expect(items.map(({ event }) => event.id)).toEqual(['young', 'half']);
      const kept = await world.store.deliveries.list(live(tenant), {}, firstPage);
      expect(kept.items.map(({ event, state }) => [event, state])).toEqual([
        ['young', 'delivered'],
        ['young', 'delivered'],
        ['half', 'pending'],
      ]);
      expect(await stateOf(world, tenant, halfDone.claim.id)).toBe('missing');
      const attempts = await world.store.deliveries.listAttempts(live(tenant), null, firstPage);
      expect(attempts.items).toHaveLength(3);
      const [again] = await world.claim(halfOwed.claim.endpoint, start + 99_000);
      if (again === undefined) throw new Error('the owed one was expected');
      expect(again.event.id).toBe('half');
      await world.record([result(again)], start + 99_000);
      await deleteAll(world, start + 100_000);
      expect((await world.store.events.list({ tenant, mode: null }, firstPage)).items).toEqual([]);
      const reused = await world.publish(
        [world.draft(tenant, { id: 'old', text: 'a new one' })],
        start + 200_000,
      );
      expect(reused.results).toMatchObject([{ kind: 'published' }]);
    });

    test('cancels what waits for removed endpoints, in steps, and then deletes them', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      await world.publish([1, 2, 3].map(() => world.draft(tenant)));
      await world.store.endpoints.remove(live(tenant), { id }, start + 5);
      const before = await world.store.deliveries.list(live(tenant), {}, firstPage);
      expect(await world.store.deleteExpired(start, start + 9, 2)).toBe(2);
      expect(await world.store.deliveries.countWaiting()).toBe(1);
      expect(await world.store.deliveries.list(live(tenant), {}, firstPage)).toEqual(before);
      expect(await deleteAll(world, start)).toBe(1);
      expect(await world.store.deliveries.list(live(tenant), {}, firstPage)).toEqual(before);
      expect(before.items[0]).toMatchObject({ state: 'canceled', endedAt: start + 5 });
      await deleteAll(world, start + 6);
      expect((await world.store.deliveries.list(live(tenant), {}, firstPage)).items).toEqual([]);
      expect((await world.store.events.list(live(tenant), firstPage)).items).toEqual([]);
    });

    test('gives the id of a removed tenant away only when nothing of it is left', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant('mine');
      await world.endpoint(tenant);
      await world.publish([world.draft(tenant)]);
      await world.store.tenants.remove(tenant, start);
      const again = {
        id: tenant,
        name: 'again',
        dialect: 'standard',
        metadata: {},
        contact: null,
        createdAt: start,
      };
      await world.store.deleteExpired(start, start, 1000);
      expect(await world.store.tenants.create(again)).toBe(false);
      await deleteAll(world, start + 1);
      expect(await world.store.tenants.create(again)).toBe(true);
    });

    test('removes old stats and old replays that have ended', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const stats = { tenant, accepted: 1, refused: 0, unreachable: 0, durations: [], codes: {} };
      const endpoints = ['ep_a', 'ep_b', 'ep_c'] as EndpointId[];
      for (const endpoint of endpoints) {
        await world.store.stats.add(
          [1, 2, 3].map((n) => ({ ...stats, endpoint, minute: start + n * 60_000 })),
        );
      }
      const [running, stopped] = [makeReplay(world, tenant), makeReplay(world, tenant)];
      await world.store.replays.create(running);
      await world.store.replays.create(stopped);
      await world.store.replays.stop(tenant, stopped.id);
      await deleteAll(world, start + 3 * 60_000, 4);
      const left = await world.store.stats.read({ tenant, endpoints, since: 0, until: start + 600_000 });
      expect(left.map((row) => [row.endpoint, row.minute])).toEqual([
        ['ep_a', start + 180_000],
        ['ep_b', start + 180_000],
        ['ep_c', start + 180_000],
      ]);
      expect(await world.store.replays.get(tenant, running.id)).not.toBeNull();
      expect(await world.store.replays.get(tenant, stopped.id)).toBeNull();
    });
  });

  describe('the store itself', () => {
    test('keeps everything when it is closed and opened again', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const endpoint = await world.endpoint(tenant);
      const { claims } = await world.publish(
        [world.draft(tenant, { id: 'a' }), world.draft(tenant, { id: 'b' })],
        start,
        1,
      );
      await world.record([result(only(claims))], start);
      expect(await world.store.metadata.putIfAbsent('name', 'one')).toBe('one');
      const read = async () => [
        await world.store.tenants.list(firstPage),
        await world.store.endpoints.list(live(tenant), { ...firstPage, offset: 0 }),
        await world.store.events.list(live(tenant), firstPage),
        await world.store.deliveries.list(live(tenant), {}, firstPage),
        await world.store.deliveries.listAttempts(live(tenant), endpoint.id, firstPage),
      ];
      const before = await read();
      await world.reopen(start + 1);
      expect(await read()).toEqual(before);
      expect(await world.store.metadata.putIfAbsent('name', 'two')).toBe('one');
      const again = await world.publish([world.draft(tenant, { id: 'c' })], start + 1, 9);
      expect(only(again.claims).event.seq).toBeGreaterThan(only(claims).event.seq);
    });

    test('says when it can not answer', async () => {
      const world = await openWorld(open);
      await expect(world.store.check()).resolves.toBeUndefined();
      await world.store.close();
      await expect(world.store.check()).rejects.toThrow(/closed/);
    });
  });
}

function exhaustedUnless(isAccepted: boolean): typeof exhausted | undefined {
  return isAccepted ? undefined : exhausted;
}

function row(tenant: TenantId, endpoint: string, minute: number, durations: number[]): StatsRow {
  return {
    tenant,
    endpoint: endpoint as EndpointId,
    minute,
    accepted: 1,
    refused: 2,
    unreachable: 3,
    durations,
    codes: { a200: 1, r503: 2 },
  };
}
