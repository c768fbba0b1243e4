// What every store promises of the audit log: an entry stands and falls with the change that it tells of.
import { describe, expect, test } from 'vitest';
import type { Command } from '#store/store.ts';
import { firstPage, live, openWorld, type OpenStore, start } from './store-world.ts';

const command = (name: string, at = start): Command => ({
  name,
  at,
  actor: { kind: 'root', id: '01234567', name: 'configuration', isConsole: false },
  address: '192.0.2.1',
  requestId: `request of '; ${name}`,
});

export function auditContract(open: OpenStore): void {
  describe('the audit log', () => {
    test('has an entry for a change of a known command, and none for others', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const decide = (description: string) => () => ({ now: start, isUrlUnique: false, description });
      await world.store.endpoints.change(live(tenant), { id }, decide('first'));
      const by = world.store.by(command('changeEndpoint'));
      await by.endpoints.change(live(tenant), { id }, decide('second'));
      const { items } = await world.store.audit.list({}, firstPage);
      expect(items).toMatchObject([
        {
          actor: command('').actor,
          address: '192.0.2.1',
          requestId: `request of '; changeEndpoint`,
          command: 'changeEndpoint',
          at: start,
          tenant,
          mode: 'live',
          noun: 'endpoint',
          target: id,
        },
      ]);
      expect([items[0]?.before, items[0]?.after]).toEqual([
        { description: 'first' },
        { description: 'second' },
      ]);
      expect((await world.openReads().audit.list({}, firstPage)).items).toEqual(items);
    });

    test('has none for a change that is not made', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { id } = await world.endpoint(tenant);
      const by = world.store.by(command('changeEndpoint'));
      const fail = (): never => {
        throw new Error('refused');
      };
      await expect(by.endpoints.change(live(tenant), { id }, fail)).rejects.toThrow('refused');
      await by.tenants.create({
        id: tenant,
        name: 'x',
        dialect: 'x',
        metadata: {},
        contact: null,
        createdAt: start,
      });
      await by.credentials.remove(tenant, 'crd_none' as never);
      expect((await world.store.audit.list({}, firstPage)).items).toEqual([]);
    });

    test('survives a restart, and forgets the oldest entries in steps', async () => {
      const world = await openWorld(open);
      for (let at = start; at < start + 5; at++) {
        const by = world.store.by(command('createTenant', at));
        await by.tenants.create({
          id: world.ids.next('ten', at) as never,
          name: String(at),
          dialect: 'x',
          metadata: {},
          contact: null,
          createdAt: at,
        });
      }
      await world.reopen(start);
      const { audit } = world.store;
      const times = async () => (await audit.list({}, firstPage)).items.map(({ at }) => at - start);
      expect(await times()).toEqual([4, 3, 2, 1, 0]);
      expect(await audit.deleteExpired(start + 3, 2)).toBe(2);
      expect(await times()).toEqual([4, 3, 2]);
      expect(await audit.deleteExpired(start + 3, 2)).toBe(1);
      expect(await audit.deleteExpired(start + 3, 2)).toBe(0);
      expect(await times()).toEqual([4, 3]);
    });
  });
}
