import { describe, expect, test } from 'vitest';
import {
  leaseMs,
  live,
  only,
  openWorld,
  type OpenStore,
  readAgenda,
  result,
  start,
  stateOf,
} from './store-world.ts';

export function engineContract(open: OpenStore): void {
  describe('claim', () => {
    test('takes what is due, oldest first, no more than wanted, and not what is taken', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      for (let i = 0; i < 5; i++) await world.publish([world.draft(tenant, { id: `e${i}` })], start + i);
      const first = await world.claim(id, start + 2, 2);
      expect(first.map(({ event }) => event.id)).toEqual(['e0', 'e1']);
      expect(first[0]).toMatchObject({ lease: 1, leaseUntil: start + 2 + leaseMs, firstDueAt: start });
      expect(Buffer.from(first[0]?.event.payload ?? []).toString()).toContain('event');
      const second = await world.claim(id, start + 2);
      expect(second.map(({ event }) => event.id)).toEqual(['e2']);
      expect(await world.claim(id, start + 9, 0)).toEqual([]);
      expect(await world.claim(id, start + 9)).toHaveLength(2);
      expect(await world.claim(id, start + 9)).toEqual([]);
    });

    test('asks several endpoints at once, each for its own number', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const [a, b, c] = [
        await world.endpoint(tenant),
        await world.endpoint(tenant),
        await world.endpoint(tenant),
      ];
      await world.publish([1, 2, 3].map(() => world.draft(tenant)));
      const wanted = [
        { endpoint: a.id, count: 2 },
        { endpoint: b.id, count: 1 },
      ];
      const claims = await world.store.deliveries.claim(wanted, start, leaseMs);
      expect(claims.map((claim) => claim.endpoint)).toEqual([a.id, a.id, b.id]);
      expect(await world.claim(c.id, start)).toHaveLength(3);
    });

    test('takes over when a lease has ended, and the late sender changes nothing', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 1);
      const late = only(claims);
      expect(await world.claim(id, late.leaseUntil - 1)).toEqual([]);
      const taken = only(await world.claim(id, late.leaseUntil));
      expect(taken).toMatchObject({ id: late.id, lease: 2 });
      for (const outcome of ['accepted', 'refused'] as const) {
        const recorded = await world.record([result(late, outcome)], late.leaseUntil);
        expect(recorded).toEqual({ stale: 1, kept: new Set(), disabled: [], due: [] });
      }
      await world.store.deliveries.release([late], late.leaseUntil);
      expect(await world.claim(id, late.leaseUntil)).toEqual([]);
      const both = [result(late, 'refused'), result(taken), result(taken)];
      expect(await world.record(both, late.leaseUntil)).toMatchObject({ stale: 2 });
      const detail = await world.store.deliveries.get(live(tenant), late.id);
      expect(detail?.attempts).toHaveLength(1);
      expect(detail?.delivery).toMatchObject({ state: 'delivered', attempts: 1, endedAt: late.leaseUntil });
    });

    test('of one of many, the late result changes nothing and the others count', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.endpoint(tenant);
      const drafts = Array.from({ length: 3 }, () => world.draft(tenant));
      const { claims } = await world.publish(drafts, start, 3);
      const late = only(claims.slice(1, 2));
      await world.store.deliveries.release([late], start + 1);
      const results = claims.map((claim) => result(claim));
      const kept = new Set(results.filter(({ claim }) => claim !== late));
      expect(await world.record(results, start + 2)).toEqual({ stale: 1, kept, disabled: [], due: [] });
      expect(await world.record(results, start + 3)).toMatchObject({ stale: 3 });
      const waiting = await world.store.deliveries.countWaiting();
      expect(waiting).toBe(1);
    });

    test('given back is due at once under another number', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 1);
      await world.store.deliveries.release(claims, start + 5);
      expect(await world.store.deliveries.nextDue([id])).toEqual([{ endpoint: id, dueAt: start + 5 }]);
      expect(await world.record([result(only(claims))], start + 5)).toMatchObject({ stale: 1 });
      const again = only(await world.claim(id, start + 5));
      expect(again.lease).toBeGreaterThan(only(claims).lease);
      expect(again).toMatchObject({ attempts: 0, step: 0 });
    });

    test('of a process that died is due as soon as the store opens again', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant), world.draft(tenant)], start, 1);
      await world.reopen(start + 1);
      expect(await world.store.deliveries.countWaiting()).toBe(2);
      expect(await readAgenda(world)).toEqual([{ endpoint: id, dueAt: start }]);
      const again = await world.claim(id, start + 1);
      expect(again.map((claim) => claim.id).toSorted()).toEqual(
        expect.arrayContaining(claims.map((one) => one.id)),
      );
      expect(await world.record([result(only(claims))], start + 1)).toMatchObject({ stale: 1 });
      expect(
        await world.record(
          again.map((claim) => result(claim)),
          start + 1,
        ),
      ).toMatchObject({ stale: 0 });
      expect(await world.store.deliveries.countWaiting()).toBe(0);
      const more = await world.publish([world.draft(tenant)], start + 2, 1);
      expect(again.map((claim) => claim.id)).not.toContain(only(more.claims).id);
    });
  });

  describe('record', () => {
    test('keeps each attempt whole, oldest first', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 1);
      const first = result(only(claims), 'unreachable', start + 1);
      await world.record([first], start + 1);
      const again = only(await world.claim(id, start + 61_000));
      expect(again).toMatchObject({ attempts: 1, step: 1, firstDueAt: start, trigger: 'schedule' });
      const second = result(again, 'accepted', start + 61_000);
      await world.record([second], start + 61_000);
      const detail = await world.store.deliveries.get(live(tenant), again.id);
      const read = detail?.attempts.map((one) => ({ ...one, responseBody: Buffer.from(one.responseBody) }));
      expect(read).toEqual([first.attempt, second.attempt]);
      expect(detail?.event.id).toBe(again.event.id);
    });

    test('makes a failed delivery due when its settlement says so', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 1);
      const claim = only(claims);
      await world.record([result(claim, 'refused', start + 1)], start + 1);
      const due = [{ endpoint: id, dueAt: start + 60_001 }];
      expect(await world.store.deliveries.nextDue([id])).toEqual(due);
      expect(await readAgenda(world)).toEqual(due);
      expect(await world.claim(id, start + 60_000)).toEqual([]);
      const detail = await world.store.deliveries.get(live(tenant), claim.id);
      expect(detail?.delivery).toMatchObject({ state: 'pending', attempts: 1, dueAt: start + 60_001 });
      expect(await world.record([result(claim, 'accepted')], start + 2)).toMatchObject({ stale: 1 });
      const again = only(await world.claim(id, start + 60_001));
      expect(again.lease).toBeGreaterThan(claim.lease);
    });

    test('ends what is exhausted', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 1);
      await world.record(
        [result(only(claims), 'refused', start, { settlement: { state: 'exhausted' } })],
        start + 3,
      );
      expect(await stateOf(world, tenant, only(claims).id)).toBe('exhausted');
      expect(await world.claim(id, start + leaseMs * 9)).toEqual([]);
      expect(await readAgenda(world)).toEqual([]);
      expect(await world.store.deliveries.countWaiting()).toBe(0);
    });
  });

  describe('owners', () => {
    test('are the tenants of the endpoints that are not removed', async () => {
      const world = await openWorld(open);
      const [one, two] = [await world.tenant(), await world.tenant()];
      const [first, second, gone] = [
        await world.endpoint(one),
        await world.endpoint(two),
        await world.endpoint(two),
      ];
      await world.store.endpoints.remove(live(two), { id: gone.id }, start);
      const asked = [first.id, second.id, gone.id];
      const owners = new Map([
        [first.id, one],
        [second.id, two],
      ]);
      expect(await world.store.endpoints.owners(asked)).toEqual(owners);
      expect(await world.store.endpoints.owners([])).toEqual(new Map());
    });
  });

  describe('agenda', () => {
    test('walks the endpoints with work in order of id, page by page', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const ids = [];
      for (let i = 0; i < 5; i++) ids.push((await world.endpoint(tenant)).id);
      await world.endpoint(tenant, { eventTypes: [] });
      await world.publish([world.draft(tenant), world.draft(tenant)], start);
      const first = await world.store.deliveries.agenda(null, 3);
      expect(first.due).toEqual(ids.slice(0, 3).map((endpoint) => ({ endpoint, dueAt: start })));
      expect(first.reached).toBe(ids[2]);
      const rest = await world.store.deliveries.agenda(first.reached, 3);
      expect(rest.due.map((due) => due.endpoint)).toEqual(ids.slice(3));
      expect(rest.reached).toBeNull();
      expect(await world.store.deliveries.nextDue([])).toEqual([]);
    });

    test('leaves out endpoints that are disabled or removed', async () => {
      const world = await openWorld(open);
      const { store } = world;
      const tenant = await world.tenant();
      const [on, off, gone] = [
        await world.endpoint(tenant),
        await world.endpoint(tenant),
        await world.endpoint(tenant),
      ];
      await world.publish([world.draft(tenant)], start);
      const enabled = { value: false, reason: 'requested' as const };
      await store.endpoints.change(live(tenant), { id: off.id }, () => ({
        now: start,
        isUrlUnique: false,
        enabled,
      }));
      await store.endpoints.remove(live(tenant), { id: gone.id }, start);
      const due = [{ endpoint: on.id, dueAt: start }];
      expect(await readAgenda(world)).toEqual(due);
      expect(await store.deliveries.nextDue([gone.id, off.id, on.id])).toEqual(due);
    });
  });

  describe('counters', () => {
    test('a batch costs few statements and one commit', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      await world.endpoint(tenant);
      const drafts = Array.from({ length: 50 }, () => world.draft(tenant));
      await world.publish([world.draft(tenant)]);
      const before = world.store.counters();
      const { claims } = await world.publish(drafts, start, 50);
      await world.record(
        claims.map((claim) => result(claim)),
        start,
      );
      const after = world.store.counters();
      expect(after.commits - before.commits).toBe(2);
      expect((after.statements - before.statements) / 50).toBeLessThan(0.5);
    });
  });
}
