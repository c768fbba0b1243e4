// What every store promises of the keys of the admin API and of the sessions of the console.
import { describe, expect, test } from 'vitest';
import type { AdminKey, KeyId } from '#core/access.ts';
import { allEndpoints } from '#core/stats.ts';
import type { PortalSession } from '#core/portal.ts';
import type { TenantId, WideScope } from '#core/tenant.ts';
import { firstPage, openWorld, type OpenStore, result, start, type World } from './store-world.ts';

function makeKey(world: World, more: Partial<AdminKey> = {}): AdminKey {
  const id = world.ids.next('key', start) as KeyId;
  return {
    id,
    name: 'billing',
    lookup: `hash of ${id}`,
    prefix: 'adm_01234567',
    scopes: ['publish', 'read'],
    tenants: null,
    createdAt: start,
    expiresAt: null,
    lastUsedAt: null,
    ...more,
  };
}

export function keysContract(open: OpenStore): void {
  describe('keys', () => {
    test('are found by their hash, listed newest first, and gone when they are removed', async () => {
      const world = await openWorld(open);
      const { keys } = world.store;
      const tenant = await world.tenant();
      const made = [
        makeKey(world),
        makeKey(world, { tenants: [tenant], expiresAt: start + 5, name: `'; drop` }),
        makeKey(world, { scopes: ['keys'] }),
      ];
      for (const key of made) expect(await keys.create(key, 3)).toBe(true);
      expect(await keys.create(makeKey(world), 3)).toBe(false);
      const first = await keys.list({ limit: 2, cursor: null });
      const rest = await keys.list({ limit: 2, cursor: first.nextCursor });
      expect([...first.items, ...rest.items]).toEqual(made.toReversed());
      for (const key of made) expect(await keys.find(key.lookup)).toEqual(key);
      const [, second] = made;
      if (second === undefined) throw new Error('three were made');
      expect(await keys.remove(second.id)).toEqual(second);
      expect(await keys.remove(second.id)).toBeNull();
      expect(await keys.find(second.lookup)).toBeNull();
      for (const text of ['', 'a\0b', '?', "'"]) expect(await keys.remove(text as KeyId)).toBeNull();
      await world.reopen(start);
      expect((await world.store.keys.list(firstPage)).items).toHaveLength(2);
    });

    test('keep the last time that they were used, whatever the order in which they hear of it', async () => {
      const world = await openWorld(open);
      const key = makeKey(world);
      await world.store.keys.create(key, 9);
      for (const at of [60_000, 180_000, 120_000]) await world.store.keys.used(key.id, at);
      expect(await world.store.keys.find(key.lookup)).toEqual({ ...key, lastUsedAt: 180_000 });
    });

    test('do not reach a tenant that is removed, nor another one that gets its id later', async () => {
      const world = await openWorld(open);
      const [a, b] = [await world.tenant(), await world.tenant()];
      const keys = [makeKey(world, { tenants: [a, b] }), makeKey(world, { tenants: [a] }), makeKey(world)];
      for (const key of keys) await world.store.keys.create(key, 9);
      await world.store.tenants.remove(a, start);
      const found = await Promise.all(keys.map(({ lookup }) => world.store.keys.find(lookup)));
      expect(found.map((key) => key?.tenants)).toEqual([[b], [], null]);
    });
  });

  describe('sessions of the console', () => {
    test('are found with the key that opened them, and end with it, when they are ended, and at their time', async () => {
      const world = await openWorld(open);
      const { keys, consoleSessions: sessions } = world.store;
      const key = makeKey(world);
      await keys.create(key, 9);
      const session = { lookup: 'a', key: key.id, expiresAt: start + 10 };
      const root = { lookup: 'b', key: 'fingerprint', expiresAt: start + 20 };
      await sessions.start(session, start);
      await sessions.start(root, start);
      expect(await sessions.find('a')).toEqual({ session, key });
      expect(await sessions.find('b')).toEqual({ session: root, key: null });
      expect(await sessions.find('c')).toBeNull();
      await keys.remove(key.id);
      expect(await sessions.find('a')).toBeNull();
      await sessions.start({ lookup: 'd', key: 'fingerprint', expiresAt: start + 90 }, start + 20);
      expect(await sessions.find('b')).toBeNull();
      await sessions.end('d');
      expect(await sessions.find('d')).toBeNull();
    });
  });

  describe('sessions of the portal', () => {
    test('are opened once by their secret, found by their token from then on, and removed alone or by tenant', async () => {
      const world = await openWorld(open);
      const { portalSessions: sessions } = world.store;
      const [tenant, other] = [await world.tenant(), await world.tenant()];
      const make = (owner: TenantId, lookup: string): PortalSession => ({
        id: world.ids.next('pts', start),
        tenant: owner,
        mode: 'test',
        lookup,
        permissions: ['read', 'test'],
        embedOrigins: ['https://app.example'],
        returnUrl: null,
        theme: { name: `it's` },
        createdAt: start,
        openedAt: null,
        expiresAt: start + 100,
      });
      const made = [make(tenant, 'a'), make(tenant, 'b'), make(other, 'c')] as const;
      for (const session of made) expect(await sessions.create(session, 2)).toBe(true);
      expect(await sessions.create(make(tenant, 'd'), 2)).toBe(false);
      const [first, second, third] = made;
      expect((await sessions.list(tenant, firstPage)).items).toEqual([second, first]);
      expect(await sessions.get(first.id)).toEqual(first);
      expect(await sessions.find('a')).toBeNull();
      expect(await sessions.open(first.id, 'b', 'token', start)).toBeNull();
      expect(await sessions.open(first.id, 'a', 'late', start + 100)).toBeNull();
      const opened = { ...first, lookup: 'token', openedAt: start + 1 };
      const openings = [1, 2, 3].map(() => sessions.open(first.id, 'a', 'token', start + 1));
      const results = await Promise.all(openings);
      expect(results.filter((one) => one !== null)).toEqual([opened]);
      expect([await sessions.find('token'), await sessions.find('a')]).toEqual([opened, null]);
      expect(await sessions.remove(other, first.id)).toBe(0);
      expect(await sessions.remove(tenant, first.id)).toBe(1);
      expect(await sessions.find('token')).toBeNull();
      expect(await sessions.remove(tenant, null)).toBe(1);
      await world.store.tenants.remove(other, start);
      expect(await sessions.get(third.id)).toBeNull();
      expect(await sessions.create({ ...make(tenant, 'e'), createdAt: start + 200 }, 1)).toBe(true);
    });
  });

  describe('a list over some tenants', () => {
    test('has nothing of the others, whatever is asked', async () => {
      const world = await openWorld(open);
      const tenants = [];
      for (let count = 0; count < 4; count++) tenants.push(await world.tenant());
      for (const tenant of tenants) {
        await world.endpoint(tenant);
        await world.endpoint(tenant, { mode: 'test' });
        for (const mode of ['live', 'test'] as const) {
          const { claims } = await world.publish([world.draft(tenant, { mode })], start, 1);
          await world.record(
            claims.map((claim) => result(claim, 'refused', start)),
            start,
          );
        }
      }
      const own = tenants.slice(1, 3);
      const { store } = world;
      for (const reads of [store, world.openReads()]) {
        for (const mode of [null, 'live'] as const) {
          const scope: WideScope = { tenant: null, tenants: own, mode };
          const count = mode === null ? 2 : 1;
          const page = { limit: 3, cursor: null };
          const lists = [
            await reads.deliveries.list(scope, {}, { limit: 9, cursor: null }),
            await reads.deliveries.list(scope, { state: 'pending' }, { limit: 9, cursor: null }),
            await reads.deliveries.findAttempts(scope, {}, { limit: 9, cursor: null }),
            await reads.endpoints.find(scope, {}, { limit: 9, cursor: null }),
          ];
          for (const [at, { items }] of lists.entries()) {
            expect(items.length, `list ${at}`).toBe(own.length * count);
            const owners = items.map((item) => ('tenant' in item ? item.tenant : null));
            expect(
              owners.filter((owner) => owner === null || !own.includes(owner)),
              `list ${at}`,
            ).toEqual([]);
          }
          const first = await reads.endpoints.find(scope, {}, page);
          const rest =
            first.nextCursor === null
              ? []
              : (await reads.endpoints.find(scope, {}, { ...page, cursor: first.nextCursor })).items;
          expect(first.items.length + rest.length).toBe(own.length * count);
        }
        const none: WideScope = { tenant: null, tenants: [], mode: null };
        expect((await reads.deliveries.list(none, {}, firstPage)).items).toEqual([]);
        expect((await reads.endpoints.find(none, {}, firstPage)).items).toEqual([]);
        expect((await reads.deliveries.findAttempts(none, {}, firstPage)).items).toEqual([]);
        const terms = { failuresMin: 1, dueBefore: start * 2, tenants: own };
        const attention = [];
        for (let cursor: string | null = null; ;) {
          const found: Awaited<ReturnType<typeof reads.endpoints.listAttention>> =
            await reads.endpoints.listAttention(terms, { limit: 1, cursor });
          attention.push(...found.items);
          if (found.nextCursor === null) break;
          cursor = found.nextCursor;
        }
        expect(attention.map(({ endpoint }) => endpoint.tenant).toSorted()).toEqual(
          own.flatMap((tenant) => [tenant, tenant]).toSorted(),
        );
        expect((await reads.tenants.list(firstPage, own)).items.map(({ id }) => id)).toEqual(
          own.toReversed(),
        );
      }
      const row = { minute: start, accepted: 1, refused: 0, unreachable: 0, durations: [1], codes: {} };
      const endpoints = (await store.endpoints.find({ tenant: null, mode: 'live' }, {}, firstPage)).items;
      const counted = endpoints.flatMap(({ id, tenant }) => [
        { tenant, endpoint: id, ...row },
        { tenant, endpoint: allEndpoints, ...row },
      ]);
      await store.stats.add(counted);
      for (const asked of [null, endpoints.map(({ id }) => id)]) {
        const rows = await store.stats.read({
          tenant: null,
          tenants: own,
          endpoints: asked,
          since: 0,
          until: start * 2,
        });
        expect(rows.map(({ tenant }) => tenant).toSorted()).toEqual(own.toSorted());
      }
    });
  });
}
