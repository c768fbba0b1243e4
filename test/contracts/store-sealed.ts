// What every store promises of sealed texts: each is listed once, and replaced only while it is as it was read.
import { describe, expect, test } from 'vitest';
import { keyCheck } from '#core/secrets.ts';
import type { CredentialId } from '#core/tenant.ts';
import { sealedColumns } from '#store/records/sealed.ts';
import type { ReadStore, SealedValue } from '#store/store.ts';
import { live, openWorld, type OpenStore, start } from './store-world.ts';

async function readAll({ sealed }: Pick<ReadStore, 'sealed'>, limit: number): Promise<SealedValue[]> {
  const found: SealedValue[] = [];
  for (let cursor: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof sealed.list>> = await sealed.list({ cursor, limit });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items);
    if (page.nextCursor === null) return found;
    cursor = page.nextCursor;
  }
}

export function sealedContract(open: OpenStore): void {
  describe('sealed texts', () => {
    test('are listed in pages of any size, column by column, the check of the key last', async () => {
      const world = await openWorld(open);
      const { store } = world;
      await store.metadata.putIfAbsent(keyCheck, 'check');
      await store.metadata.putIfAbsent('other', 'not sealed');
      const tenants = [await world.tenant(), await world.tenant()];
      for (const tenant of tenants) {
        for (const mode of ['live', 'test'] as const) {
          await store.tenantSecrets.set(tenant, mode, { sealed: `of ${tenant} ${mode}`, attributes: {} });
          const more = { tenant, mode, createdAt: start };
          const id = world.ids.next('crd', start) as CredentialId;
          await store.credentials.create({ ...more, id, kind: 'key-pair', lookup: id, sealedSecret: id });
          const bearer = world.ids.next('crd', start) as CredentialId;
          await store.credentials.create({
            ...more,
            id: bearer,
            kind: 'bearer',
            lookup: bearer,
            sealedSecret: null,
          });
          await world.endpoint(tenant, { mode, sealedSettings: `settings of ${tenant} ${mode}` });
        }
      }
      const removed = await world.endpoint(tenants[0] ?? (await world.tenant()), { sealedSettings: 'gone' });
      await store.endpoints.remove(live(removed.tenant), { id: removed.id }, start);
      const all = await readAll(store, 100);
      for (const limit of [1, 2, 3, 5]) expect(await readAll(store, limit)).toEqual(all);
      expect(await readAll(world.openReads(), 4)).toEqual(all);
      const countOf = (name: string) =>
        all.filter(({ column, text }) => column === name && text !== '[]').length;
      expect(sealedColumns.map((name) => [name, countOf(name)])).toEqual([
        ['endpoints.secrets', 4],
        ['endpoints.sealed_settings', 4],
        ['credentials.sealed_secret', 4],
        ['tenant_secrets.sealed', 4],
        ['alerts.via', 0],
        ['metadata.value', 1],
      ]);
      expect(all.at(-1)).toMatchObject({ text: 'check', context: keyCheck });
      expect(new Set(all.map(({ column, keys }) => JSON.stringify([column, keys]))).size).toBe(all.length);
    });

    test('are replaced unless they have changed since they were read', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      const { endpoints, sealed } = world.store;
      const [one, other] = [await world.endpoint(tenant), await world.endpoint(tenant)];
      const values = (await readAll(world.store, 100)).filter(({ column }) => column === 'endpoints.secrets');
      const secrets = [{ sealed: 'rotated', expiresAt: null }];
      await endpoints.change(live(tenant), { id: one.id }, () => ({
        now: start,
        isUrlUnique: false,
        secrets,
      }));
      const anew = values.map((value) => ({ ...value, by: value.text.replace('sealed ', 'anew ') }));
      expect(await sealed.replace(anew)).toBe(1);
      expect(await sealed.replace(anew)).toBe(0);
      const read = async (id: typeof one.id) => (await endpoints.get(live(tenant), { id }))?.secrets;
      expect(await read(one.id)).toEqual(secrets);
      expect(await read(other.id)).toEqual([{ sealed: expect.stringMatching(/^anew /), expiresAt: null }]);
      await world.reopen(start);
      expect(await readAll(world.store, 100)).not.toEqual(values);
    });

    test('are replaced in one transaction, with one entry of the audit log', async () => {
      const world = await openWorld(open);
      const tenant = await world.tenant();
      for (let count = 0; count < 3; count++) await world.endpoint(tenant);
      const values = (await readAll(world.store, 100)).filter(({ text }) => text !== '[]');
      const actor = { kind: 'root', id: '01234567', name: 'configuration', isConsole: false } as const;
      const by = world.store.by({
        name: 'rotateEncryption',
        at: start,
        actor,
        address: null,
        requestId: null,
      });
      await by.sealed.replace(values.map((value) => ({ ...value, by: '[]' })));
      const { items } = await world.store.audit.list({}, { limit: 9, cursor: null });
      expect(items).toMatchObject([
        { noun: 'server', target: 'encryption', before: null, after: { resealed: 3 } },
      ]);
    });
  });
}
