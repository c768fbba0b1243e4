import { describe, expect, test } from 'vitest';
import type { Credential, CredentialId, TenantId } from '#core/tenant.ts';
import { Fault } from '#core/fault.ts';
import { goodHealth } from '#core/endpoint.ts';
import {
  firstPage,
  inMode,
  live,
  loadOne,
  makeEndpoint,
  only,
  openWorld,
  type OpenStore,
  result,
  start,
} from './store-world.ts';

const anyRules = { isUrlUnique: false, endpointsMax: 100 };
const everything = { ...firstPage, offset: 0 };

export function ownersContract(open: OpenStore): void {
  describe('tenants', () => {
    test('are made once, read, renamed and listed newest first', async () => {
      const { store } = await openWorld(open);
      for (const id of ['b', 'a', 'c']) {
        const tenant = {
          id: id as TenantId,
          name: id.toUpperCase(),
          dialect: 'standard',
          metadata: {},
          contact: null,
          createdAt: start,
        };
        expect(await store.tenants.create(tenant)).toBe(true);
        expect(await store.tenants.create({ ...tenant, name: 'another' })).toBe(false);
      }
      expect(await store.tenants.change('a' as TenantId, { name: 'new' })).toMatchObject({
        id: 'a',
        name: 'new',
      });
      expect(await store.tenants.get('a' as TenantId)).toEqual({
        id: 'a',
        name: 'new',
        dialect: 'standard',
        metadata: {},
        contact: null,
        createdAt: start,
      });
      expect(await store.tenants.get('x' as TenantId)).toBeNull();
      expect(await store.tenants.change('x' as TenantId, { name: 'new' })).toBeNull();
      const page = await store.tenants.list({ limit: 2, cursor: null });
      expect(page.items.map((tenant) => tenant.id)).toEqual(['c', 'a']);
      const last = await store.tenants.list({ limit: 2, cursor: page.nextCursor });
      expect(last.items.map((tenant) => tenant.id)).toEqual(['b']);
      expect(last.nextCursor).toBeNull();
    });

    test('keep metadata, and change only in what is given', async () => {
      const { store } = await openWorld(open);
      const id = 'a' as TenantId;
      const metadata = { plan: 'gold', note: `'"$1?` };
      const made = { id, name: 'A', dialect: 'chip', metadata, contact: null, createdAt: start };
      await store.tenants.create(made);
      expect(await store.tenants.get(id)).toEqual(made);
      expect(await store.tenants.change(id, { name: 'B' })).toEqual({ ...made, name: 'B' });
      expect(await store.tenants.change(id, { metadata: {} })).toEqual({ ...made, name: 'B', metadata: {} });
      expect(await store.tenants.get(id)).toEqual({ ...made, name: 'B', metadata: {} });
    });

    test('that are removed take keys and endpoints with them, and keep their id', async () => {
      const world = await openWorld(open);
      const { store } = world;
      const tenant = await world.tenant();
      const endpoint = await world.endpoint(tenant);
      await store.credentials.create(makeCredential(tenant, 'one'));
      await world.publish([world.draft(tenant)]);
      expect(await store.tenants.remove(tenant, start)).toBe(true);
      expect(await store.tenants.remove(tenant, start)).toBe(false);
      expect(await store.tenants.get(tenant)).toBeNull();
      expect(await store.credentials.find('standard', 'one')).toBeNull();
      expect(await store.endpoints.get(live(tenant), { id: endpoint.id })).toBeNull();
      expect(await loadOne(store, endpoint.id)).toBeUndefined();
      expect((await store.tenants.list(firstPage)).items).toEqual([]);
      expect(await world.claim(endpoint.id, start)).toEqual([]);
      const again = {
        id: tenant,
        name: 'again',
        dialect: 'standard',
        metadata: {},
        contact: null,
        createdAt: start,
      };
      expect(await store.tenants.create(again)).toBe(false);
      const published = await world.publish([world.draft(tenant)]);
      expect(published.results).toEqual([{ kind: 'tenant_not_found', tenant }]);
    });
  });

  describe('credentials', () => {
    test('are found by what is presented, within their dialect', async () => {
      const world = await openWorld(open);
      const { store } = world;
      const [one, other] = [await world.tenant('one', 'chip'), await world.tenant('other', 'spritz')];
      const [mine, foreign] = [makeCredential(one, 'same'), makeCredential(other, 'same')];
      await store.credentials.create(mine);
      await store.credentials.create(foreign);
      expect(await store.credentials.find('chip', 'same')).toEqual(mine);
      expect(await store.credentials.find('spritz', 'same')).toEqual(foreign);
      expect(await store.credentials.find('diddo', 'same')).toBeNull();
      expect((await store.credentials.list(one, firstPage)).items).toEqual([mine]);
      expect(await store.credentials.remove(one, foreign.id)).toBe(false);
      expect(await store.credentials.remove(one, mine.id)).toBe(true);
      expect(await store.credentials.find('chip', 'same')).toBeNull();
      await expect(store.credentials.create(makeCredential('x' as TenantId, 'y'))).rejects.toThrow(Fault);
    });
  });

  describe('secrets of tenants', () => {
    test('are one per mode, kept when there is one, and replaced when asked', async () => {
      const world = await openWorld(open);
      const { tenantSecrets } = world.store;
      const [tenant, other] = [await world.tenant(), await world.tenant()];
      const [mine, testing] = [await world.endpoint(tenant), await world.endpoint(tenant, { mode: 'test' })];
      const [one, two] = [
        { sealed: 'one', attributes: { key: 'public' } },
        { sealed: 'two', attributes: {} },
      ];
      expect(await tenantSecrets.get(tenant, 'live')).toBeNull();
      expect(await tenantSecrets.putIfAbsent(tenant, 'live', one)).toEqual(one);
      expect(await tenantSecrets.putIfAbsent(tenant, 'live', two)).toEqual(one);
      expect(await tenantSecrets.get(tenant, 'test')).toBeNull();
      expect(await tenantSecrets.get(other, 'live')).toBeNull();
      expect(await loadOne(world.store, mine.id)).toMatchObject({ tenantSecret: 'one' });
      expect(await loadOne(world.store, testing.id)).toMatchObject({ tenantSecret: null });
      expect(await tenantSecrets.set(tenant, 'live', two)).toEqual([mine.id]);
      expect(await tenantSecrets.get(tenant, 'live')).toEqual(two);
      const { claims } = await world.publish([world.draft(tenant)], start, 1);
      expect(only(claims).revision).toBe(2);
      await world.store.tenants.remove(tenant, start);
      expect(await tenantSecrets.get(tenant, 'live')).toBeNull();
      await expect(tenantSecrets.set(tenant, 'live', one)).rejects.toMatchObject({
        code: 'tenant_not_found',
      });
    });
  });

  describe('endpoints', () => {
    test('come back as they were made', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant(undefined, 'chip');
      const made = await world.endpoint(tenant, {
        alias: 'mine',
        description: 'as it was',
        eventTypes: ['a', 'b'],
        attributes: { deep: { list: [1, null, 'x'] } },
        metadata: { region: 'eu' },
        settings: { filter: { amount: { $gte: 1000 }, 'a "b"': 'é\u0000' } },
        sealedSettings: 'sealed settings',
        secrets: [
          { sealed: 'new', expiresAt: null },
          { sealed: 'old', expiresAt: start + 5 },
        ],
      });
      expect(await world.store.endpoints.get(live(tenant), { id: made.id })).toEqual(made);
      expect(await world.store.endpoints.get(live(tenant), { alias: 'mine' })).toEqual(made);
      expect(await loadOne(world.store, made.id)).toEqual({
        endpoint: made,
        dialect: 'chip',
        tenantSecret: null,
      });
    });

    test('of another tenant or mode are not there', async () => {
      const world = await openWorld(open);
      const { endpoints } = world.store;
      const [tenant, other] = [await world.tenant(), await world.tenant()];
      const { id } = await world.endpoint(tenant, { mode: 'test', alias: 'mine' });
      const change = { now: start, isUrlUnique: false, url: 'https://x.example/' };
      for (const scope of [live(tenant), live(other), inMode(other, null), inMode(other, 'test')]) {
        expect(await endpoints.get(scope, { id })).toBeNull();
        expect(await endpoints.get(scope, { alias: 'mine' })).toBeNull();
        expect(await endpoints.change(scope, { id }, () => change)).toBeNull();
        expect(await endpoints.remove(scope, { id }, start)).toBeNull();
        expect(await endpoints.list(scope, everything)).toMatchObject({ items: [], total: 0 });
      }
      expect(await endpoints.get(inMode(tenant, null), { id })).not.toBeNull();
      expect(await endpoints.get(inMode(tenant, 'test'), { id })).not.toBeNull();
    });

    test('obey the rules for URL, alias and number, per tenant and mode', async () => {
      const world = await openWorld(open);
      const { endpoints } = world.store;
      const [tenant, other] = [await world.tenant(), await world.tenant()];
      const rules = { isUrlUnique: true, endpointsMax: 3 };
      const make = (more: object) => ({
        ...makeEndpoint(world.ids, tenant, 1),
        url: 'https://a.example/',
        ...more,
      });
      const first = make({ alias: 'one' });
      expect(await endpoints.create(first, rules)).toBe('created');
      expect(await endpoints.create(make({}), rules)).toBe('url_taken');
      expect(await endpoints.create(make({ mode: 'test' }), rules)).toBe('created');
      expect(await endpoints.create(make({ tenant: other }), rules)).toBe('created');
      expect(await endpoints.create(make({}), { ...rules, isUrlUnique: false })).toBe('created');
      expect(await endpoints.create(make({ url: 'https://b.example/', alias: 'one' }), rules)).toBe(
        'alias_taken',
      );
      const third = make({ url: 'https://b.example/' });
      expect(await endpoints.create(third, rules)).toBe('created');
      expect(await endpoints.create(make({ url: 'https://c.example/' }), rules)).toBe('limit_reached');
      const change = { now: start, isUrlUnique: true, url: first.url };
      expect(await endpoints.change(live(tenant), { id: third.id }, () => change)).toBe('url_taken');
      expect(
        await endpoints.change(live(tenant), { id: third.id }, () => ({ ...change, url: third.url })),
      ).toMatchObject({ before: { url: third.url }, after: { url: third.url } });
      await endpoints.remove(live(tenant), { id: first.id }, start);
      expect(await endpoints.create(make({ url: 'https://c.example/', alias: 'one' }), rules)).toBe(
        'created',
      );
      const orphan = make({ tenant: 'x' as TenantId });
      await expect(endpoints.create(orphan, rules)).rejects.toMatchObject({ code: 'tenant_not_found' });
    });

    test('are listed newest first, filtered, with a total and by offset', async () => {
      const world = await openWorld(open);
      const { endpoints } = world.store;
      const tenant = await world.tenant();
      const made = [];
      for (let i = 0; i < 5; i++)
        made.unshift(await world.endpoint(tenant, { eventTypes: i === 2 ? ['*'] : [`t${i}`] }));
      await world.endpoint(tenant, { mode: 'test' });
      const ids = made.map((endpoint) => endpoint.id);
      const page = await endpoints.list(live(tenant), { limit: 2, cursor: null, offset: 0 });
      expect(page).toMatchObject({ total: 5, items: [{ id: ids[0] }, { id: ids[1] }] });
      const next = await endpoints.list(live(tenant), { limit: 2, cursor: page.nextCursor, offset: 1 });
      expect(next.items.map((endpoint) => endpoint.id)).toEqual([ids[3], ids[4]]);
      expect(next.nextCursor).toBeNull();
      expect(await endpoints.list(inMode(tenant, null), everything)).toMatchObject({ total: 6 });
      const typed = await endpoints.list(live(tenant), { ...everything, eventType: 't4' });
      expect(typed.items.map((endpoint) => endpoint.id)).toEqual([ids[0], ids[2]]);
      const off = { now: start, isUrlUnique: false, enabled: { value: false, reason: 'requested' as const } };
      await endpoints.change(live(tenant), { id: only(made.slice(1, 2)).id }, () => off);
      const disabled = await endpoints.list(live(tenant), { ...everything, enabled: false });
      expect(disabled).toMatchObject({ total: 1, items: [{ id: ids[1], disabledReason: 'requested' }] });
      expect(await endpoints.list(live(tenant), { ...everything, enabled: true })).toMatchObject({
        total: 4,
      });
    });

    test('change only in what is given, and rise in revision', async () => {
      const world = await openWorld(open);
      const { endpoints } = world.store;
      const tenant = await world.tenant();
      const made = await world.endpoint(tenant, { description: 'old' });
      const now = start + 5;
      const renamed = await endpoints.change(live(tenant), { id: made.id }, () => ({
        now,
        isUrlUnique: true,
        description: null,
      }));
      expect(renamed).toEqual({
        before: made,
        after: { ...made, description: null, updatedAt: now, revision: 2 },
      });
      const secrets = [{ sealed: 'fresh', expiresAt: null }];
      const eventTypes = ['only.this'];
      await endpoints.change(live(tenant), { id: made.id }, () => ({
        now,
        isUrlUnique: true,
        secrets,
        eventTypes,
        metadata: { region: 'us' },
        settings: { filter: { b: 1, a: 1 } },
        sealedSettings: null,
      }));
      expect(await endpoints.get(live(tenant), { id: made.id })).toMatchObject({
        secrets,
        eventTypes,
        metadata: { region: 'us' },
        settings: { filter: { b: 1, a: 1 } },
        sealedSettings: null,
        revision: 3,
      });
    });

    test('are disabled with a reason and enabled with a clean record', async () => {
      const world = await openWorld(open);
      const { endpoints } = world.store;
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const { claims } = await world.publish([world.draft(tenant)], start, 1);
      await world.record([result(only(claims), 'refused', start + 1)], start + 1);
      expect(await endpoints.get(live(tenant), { id })).toMatchObject({ health: { failureCount: 1 } });
      const set = (value: boolean, now: number) =>
        endpoints.change(live(tenant), { id }, () => ({
          now,
          isUrlUnique: false,
          enabled: { value, reason: 'requested' },
        }));
      expect(await set(false, start + 2)).toMatchObject({ after: { enabled: false, disabledAt: start + 2 } });
      expect(await set(false, start + 3)).toMatchObject({ after: { enabled: false, disabledAt: start + 2 } });
      const enabled = { enabled: true, disabledReason: null, disabledAt: null, health: goodHealth };
      expect(await set(true, start + 4)).toMatchObject({ after: enabled });
      expect(await endpoints.get(live(tenant), { id })).toMatchObject(enabled);
    });

    test('that are removed are gone, and a removed one stays removed', async () => {
      const world = await openWorld(open);
      const { endpoints } = world.store;
      const tenant = await world.tenant();
      const made = await world.endpoint(tenant, { alias: 'mine' });
      expect(await endpoints.remove(live(tenant), { id: made.id }, start)).toMatchObject({
        id: made.id,
        url: made.url,
      });
      expect(await endpoints.remove(live(tenant), { id: made.id }, start)).toBeNull();
      expect(await endpoints.get(live(tenant), { id: made.id })).toBeNull();
      expect(await endpoints.get(live(tenant), { alias: 'mine' })).toBeNull();
      expect((await endpoints.load([made.id])).size).toBe(0);
      expect(await endpoints.list(live(tenant), everything)).toMatchObject({ items: [], total: 0 });
      expect(await endpoints.create({ ...makeEndpoint(world.ids, tenant, 9), alias: 'mine' }, anyRules)).toBe(
        'created',
      );
    });

    test('endpoints are known after they are removed, newest first, in pages', async () => {
      const world = await openWorld(open);
      const { store } = world;
      const tenant = await world.tenant();
      const first = await world.endpoint(tenant);
      const second = await world.endpoint(tenant, { mode: 'test' });
      const third = await world.endpoint(tenant);
      await world.endpoint(await world.tenant());
      await store.endpoints.remove(live(tenant), { id: first.id }, start + 7);
      const scope = inMode(tenant, null);
      const page = await store.endpoints.listKnown(scope, { limit: 2, cursor: null });
      const rest = await store.endpoints.listKnown(scope, { limit: 2, cursor: page.nextCursor });
      expect(page.items).toEqual([
        { endpoint: third, removedAt: null },
        { endpoint: second, removedAt: null },
      ]);
      expect(rest).toMatchObject({
        items: [
          { endpoint: { id: first.id, eventTypes: first.eventTypes, secrets: [] }, removedAt: start + 7 },
        ],
        nextCursor: null,
      });
      const inTest = await world.openReads().endpoints.listKnown(inMode(tenant, 'test'), firstPage);
      expect(inTest.items.map(({ endpoint }) => endpoint.id)).toEqual([second.id]);
    });
  });
}

let credentials = 0;

function makeCredential(tenant: TenantId, lookup: string): Credential {
  const id = `crd_${String(++credentials).padStart(26, '0')}` as CredentialId;
  return { id, tenant, mode: 'live', kind: 'bearer', lookup, sealedSecret: null, createdAt: start };
}
