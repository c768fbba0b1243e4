// Upserts: a request that creates an endpoint under the client's own id, or replaces the one that has this id.
import { describe, expect, test } from 'vitest';
import type { TenantId } from '#core/tenant.ts';
import type { DialectClient, OperationName } from './dialect-client.ts';
import { hostileSegments } from './dialect-values.ts';
import type { Answer } from './dialect-wire.ts';
import type { Key, Tenant, World } from './dialect-world.ts';

export function describeUpsert(world: World, client: DialectClient): void {
  const { roles, created, replaced, idOf, itemOf, newId } = client;
  const { upsert } = roles;
  if (upsert === null) {
    test.skip('no operation of this dialect creates or replaces an endpoint by its id', () => {});
    return;
  }
  if (newId === null) throw new Error(`the client of ${client.name} has upserts and makes no ids`);
  describe('an upsert', () => describeOperation(upsert, newId));

  function describeOperation(operation: OperationName, newId: () => string): void {
    /** A right request; each one has a URL of its own. */
    const put = (tenant: Tenant, id: string, key: Key = tenant.live): Promise<Answer> =>
      world.ask(tenant, key, operation, { id });
    const urlOf = (item: unknown): unknown => client.repeated[client.urlMember]?.(item);

    test('creates the endpoint under the id that the client chose', async () => {
      const [tenant, id] = [await world.openTenant(), newId()];
      const answer = await put(tenant, id);
      expect(answer.status).toBe(created);
      expect(idOf(itemOf(answer.body))).toBe(id);
      expect((await world.list(tenant)).map(idOf)).toEqual([id]);
    });

    test('replaces the endpoint that has the id, and keeps its secret', async () => {
      const [tenant, id] = [await world.openTenant(), newId()];
      const first = await put(tenant, id);
      const other = idOf(await world.create(tenant));
      const secrets = await readSecrets(tenant, id);
      const second = await put(tenant, id);
      expect(second.status).toBe(replaced);
      expect(urlOf(itemOf(second.body))).not.toBe(urlOf(itemOf(first.body)));
      expect(await readSecrets(tenant, id)).toEqual(secrets);
      const listed = await world.list(tenant);
      expect(listed.map(idOf).toSorted()).toEqual([id, other].toSorted());
      expect(urlOf(listed.find((item) => idOf(item) === id))).toBe(urlOf(itemOf(second.body)));
    });

    test('of the same content again changes nothing that is shown', async () => {
      const [tenant, id] = [await world.openTenant(), newId()];
      const body = world.write(tenant, operation, { id }).body ?? Buffer.from('');
      const first = await world.ask(tenant, tenant.live, operation, { id, body });
      const before = await world.list(tenant);
      const again = await world.ask(tenant, tenant.live, operation, { id, body });
      expect([first.status, again.status]).toEqual([created, replaced]);
      expect(await world.list(tenant)).toEqual(before);
    });

    test('of another tenant or mode is about another endpoint', async () => {
      const [tenant, other, id] = [await world.openTenant(), await world.openTenant(), newId()];
      const first = await put(tenant, id);
      expect((await put(other, id)).status).toBe(created);
      expect((await put(tenant, id, tenant.test)).status).toBe(created);
      expect((await world.list(tenant)).map(urlOf)).toEqual([urlOf(itemOf(first.body))]);
    });

    test('creates the endpoint anew after it was removed', async (context) => {
      const { remove } = roles;
      if (remove === null) {
        context.skip('no operation of this dialect removes an endpoint');
        return;
      }
      const [tenant, id] = [await world.openTenant(), newId()];
      await put(tenant, id);
      await world.ask(tenant, tenant.live, remove, { id });
      expect((await put(tenant, id)).status).toBe(created);
      expect((await world.list(tenant)).map(idOf)).toEqual([id]);
    });

    test('that is sent several times at once creates one endpoint', async () => {
      const [tenant, id] = [await world.openTenant(), newId()];
      const answers = await Promise.all([1, 2, 3, 4, 5].map(() => put(tenant, id)));
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === created)).toHaveLength(created === replaced ? 5 : 1);
      expect(statuses.filter((status) => status === replaced)).toHaveLength(created === replaced ? 5 : 4);
      expect(await world.list(tenant)).toHaveLength(1);
    });

    test.each(hostileSegments)(
      'with %s as the id is refused, or creates an endpoint of this id',
      async (id) => {
        const tenant = await world.openTenant();
        const answer = await world.ask(tenant, tenant.live, operation, { id, isRaw: true });
        const ids = (await world.list(tenant)).map(idOf);
        expect(ids).toEqual(answer.status < 300 ? [decodeURIComponent(id)] : []);
      },
    );
  }

  async function readSecrets(tenant: Tenant, id: string): Promise<unknown> {
    const scope = { tenant: tenant.id as TenantId, mode: 'live' } as const;
    const { store } = world.harness.engine;
    return (await store.endpoints.get(scope, { alias: id }))?.secrets;
  }
}
