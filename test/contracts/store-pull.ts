import { describe, expect, test } from 'vitest';
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Lease } from '#core/pull.ts';
import {
  type OpenStore,
  openWorld,
  leaseMs,
  live,
  only,
  readAgenda,
  result,
  start,
  type World,
} from './store-world.ts';

const leaseOf = ({ id, lease }: Claim): Lease => ({ delivery: id, lease });

/** One tenant with an endpoint that clients pull from. */
async function pulling(open: OpenStore): Promise<{
  world: World;
  endpoint: EndpointId;
  publish: (id: string, orderingKey?: string, at?: number) => Promise<unknown>;
  pull: (now: number, count?: number) => Promise<readonly Claim[]>;
}> {
  const world = await openWorld(open);
  const tenant = await world.tenant();
  const { id } = await world.endpoint(tenant, { kind: 'pull', url: '' });
  return {
    world,
    endpoint: id,
    publish: (event, orderingKey, at = start) =>
      world.publish([world.draft(tenant, { id: event, orderingKey: orderingKey ?? null })], at, 10),
    pull: (now, count = 100) => world.store.deliveries.pull(id, count, now, leaseMs),
  };
}

export function pullContract(open: OpenStore): void {
  describe('pull', () => {
    test('what is published is not claimed for this process, and told as due', async () => {
      const { world, endpoint, publish } = await pulling(open);
      expect(await publish('a')).toMatchObject({ claims: [], due: [endpoint] });
      expect(await readAgenda(world)).toEqual([]);
      expect(await world.store.endpoints.owners([endpoint])).toEqual(new Map());
      expect(await world.store.deliveries.nextDue([endpoint])).toEqual([{ endpoint, dueAt: start }]);
    });

    test('it needs a person when it has waited for too long', async () => {
      const { world, endpoint, publish } = await pulling(open);
      await publish('a');
      const page = await world.store.endpoints.listAttention(
        { failuresMin: 5, dueBefore: start + 1 },
        { limit: 10, cursor: null },
      );
      expect(page.items).toMatchObject([{ endpoint: { id: endpoint, kind: 'pull' }, troubles: ['backlog'] }]);
    });

    test('a client gets what is due, oldest first, and what is behind it under its key comes after it', async () => {
      const { world, publish, pull } = await pulling(open);
      await publish('a', 'key');
      await publish('b', 'key', start + 1);
      await publish('c', undefined, start + 2);
      const first = await pull(start + 2);
      expect(first.map(({ event }) => event.id)).toEqual(['a', 'c']);
      expect(await pull(start + 3)).toEqual([]);
      await world.record([result(first[0] ?? only([]))], start + 3);
      expect(only(await pull(start + 3)).event.id).toBe('b');
    });

    test('claims are found by their leases, also by another process after this one has died', async () => {
      const { world, endpoint, publish, pull } = await pulling(open);
      await publish('a');
      const claim = only(await pull(start));
      await world.reopen(start + 1);
      expect(await world.store.deliveries.pull(endpoint, 10, start + 1, leaseMs)).toEqual([]);
      expect(await world.store.deliveries.findClaims(endpoint, [leaseOf(claim)])).toEqual([claim]);
      expect(await world.record([result(claim)], start + 2)).toMatchObject({ stale: 0 });
      expect(await world.store.deliveries.findClaims(endpoint, [leaseOf(claim)])).toEqual([]);
    });

    test('a lease that ends is lost: the delivery is handed out under another number', async () => {
      const { world, endpoint, publish, pull } = await pulling(open);
      await publish('a');
      const late = only(await pull(start));
      const again = only(await pull(late.leaseUntil));
      expect(again.lease).toBeGreaterThan(late.lease);
      const leases = [late, again].map(leaseOf);
      expect(await world.store.deliveries.findClaims(endpoint, leases)).toEqual([again]);
      const recorded = await world.record([result(late), result(again)], late.leaseUntil);
      expect(recorded.stale).toBe(1);
      expect([...recorded.kept].map(({ claim }) => claim)).toEqual([again]);
    });

    test('nothing is found of what is not leased, of another endpoint, or under another number', async () => {
      const { world, endpoint, publish, pull } = await pulling(open);
      await publish('a');
      const { items } = await world.store.deliveries.list(
        live(only(await pull(start, 1)).event.tenant),
        {},
        { limit: 1, cursor: null },
      );
      const delivery = only(items).id;
      const { deliveries } = world.store;
      const other = await world.endpoint(only(items).tenant, { kind: 'pull', url: '' });
      expect(await deliveries.findClaims(endpoint, [{ delivery, lease: 2 }])).toEqual([]);
      expect(await deliveries.findClaims(other.id, [{ delivery, lease: 1 }])).toEqual([]);
      const [claim] = await deliveries.findClaims(endpoint, [{ delivery, lease: 1 }]);
      await deliveries.release([claim ?? only([])], start);
      expect(await deliveries.findClaims(endpoint, [{ delivery, lease: 2 }])).toEqual([]);
    });

    test('a lease is extended while it is held', async () => {
      const { world, endpoint, publish, pull } = await pulling(open);
      await publish('a');
      const claim = only(await pull(start));
      const until = start + 10 * leaseMs;
      const { deliveries } = world.store;
      const stale = { delivery: claim.id, lease: claim.lease + 1 };
      expect(await deliveries.extend(endpoint, [leaseOf(claim), stale], until)).toEqual([leaseOf(claim)]);
      expect(await pull(until - 1)).toEqual([]);
      expect(await deliveries.extend(endpoint, [], until)).toEqual([]);
      expect(only(await pull(until)).id).toBe(claim.id);
      expect(await deliveries.extend(endpoint, [leaseOf(claim)], until)).toEqual([]);
    });

    test('what waits is counted: due or parked, not what is leased', async () => {
      const { world, endpoint, publish, pull } = await pulling(open);
      const { deliveries } = world.store;
      expect(await deliveries.countMissed(endpoint, start, 10)).toEqual({ count: 0, since: null });
      for (const [index, id] of ['a', 'b', 'c'].entries()) await publish(id, 'key', start + index);
      await publish('d', undefined, start + 3);
      expect(await deliveries.countMissed(endpoint, start + 3, 10)).toEqual({ count: 4, since: start });
      expect((await deliveries.countMissed(endpoint, start + 3, 2)).count).toBe(2);
      await pull(start + 3);
      expect(await deliveries.countMissed(endpoint, start + 3, 10)).toEqual({ count: 2, since: start + 1 });
    });

    test('a scope of push endpoints has no others', async () => {
      const { world, endpoint } = await pulling(open);
      const { tenant } = only(
        (await world.store.endpoints.find({ tenant: null, mode: null }, {}, { limit: 1, cursor: null }))
          .items,
      );
      const scope = { ...live(tenant), kind: 'push' } as const;
      const { endpoints } = world.store;
      expect((await endpoints.get(live(tenant), { id: endpoint }))?.kind).toBe('pull');
      expect(await endpoints.get(scope, { id: endpoint })).toBe(null);
      expect(await endpoints.list(scope, { limit: 10, cursor: null, offset: 0 })).toMatchObject({
        items: [],
        total: 0,
      });
      expect(await endpoints.remove(scope, { id: endpoint }, start)).toBe(null);
    });
  });
}
