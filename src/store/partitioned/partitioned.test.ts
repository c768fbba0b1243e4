// Several databases as one store. PARTITIONS=long with --testTimeout=600000 runs the whole contract of stores on three of them.
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { slotOf } from '#core/slot.ts';
import { operatorTenant, type TenantId } from '#core/tenant.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { openPostgresStore } from '#store/postgres/index.ts';
import type { Store } from '#store/store.ts';
import {
  exhausted,
  inMode,
  live,
  makeEndpoint,
  only,
  openWorld,
  result,
  start,
} from '../../../test/contracts/store-world.ts';
import { archiveContract } from '../../../test/contracts/store-archive.ts';
import { type OpenStore, storeContract, wideContract } from '../../../test/contracts/store.ts';
import { openAll, openPartitions } from '../../../test/support/partitions.ts';
import { runSql } from '../../../test/support/postgres.ts';

const server = inject('postgresUrl');
const open: OpenStore = (options) => openPartitions(server, options);

if (process.env['PARTITIONS'] === 'long') storeContract('over three partitions', open);
else {
  wideContract('over three partitions', open);
  archiveContract(open);
}

const ids = createIdSource(systemRandom);

async function openThree() {
  const opened = await openPartitions(server, { ids, now: start });
  onTestFinished(() => opened.close());
  const { store, urls } = opened;
  const map = store.spread?.map();
  const tenantIn = (partition: number): TenantId => {
    const candidates = Array.from({ length: 500 }, (_, nth) => `shop-${nth}` as TenantId);
    const found = candidates.find((id) => map?.slots[slotOf(id)] === partition);
    if (found === undefined) throw new Error(`no tenant in ${partition}`);
    return found;
  };
  /** One of the databases alone. */
  const alone = async <Result>(
    partition: number,
    work: (store: Store) => Promise<Result>,
  ): Promise<Result> => {
    const own = await openPostgresStore({ url: urls[partition] ?? '', poolMax: 2, ids, now: start });
    try {
      return await work(own);
    } finally {
      await own.close();
    }
  };
  return { ...opened, tenantIn, alone };
}

const tenantNamed = (id: TenantId) => ({
  id,
  name: 'a shop',
  dialect: 'standard',
  metadata: {},
  contact: null,
  createdAt: start,
});

describe('a tenant in two databases', () => {
  test('whose process died after the directory is created in its partition by whatever needs it', async () => {
    const { store, tenantIn, alone } = await openThree();
    const [tenant, other] = [tenantIn(1), tenantIn(2)];
    for (const id of [tenant, other]) {
      await alone(0, (directory) => directory.tenants.create(tenantNamed(id)));
    }
    // Its process comes again.
    expect(await store.tenants.create(tenantNamed(tenant))).toBe(false);
    await store.endpoints.create(makeEndpoint(ids, tenant, 1), { isUrlUnique: false, endpointsMax: 9 });
    // An endpoint of the other.
    await store.endpoints.create(makeEndpoint(ids, other, 2), { isUrlUnique: false, endpointsMax: 9 });
    expect(await store.tenants.get(other)).toMatchObject({ name: 'a shop' });
    expect(await alone(2, (own) => own.tenants.get(other))).toMatchObject({ name: 'a shop' });
  });

  test('that is removed from the directory alone is removed from its partition when it is removed again, or later', async () => {
    const { store, urls, tenantIn, alone } = await openThree();
    const [tenant, other] = [tenantIn(1), tenantIn(2)];
    for (const id of [tenant, other]) {
      await store.tenants.create(tenantNamed(id));
      await store.endpoints.create(makeEndpoint(ids, id, 1), { isUrlUnique: false, endpointsMax: 9 });
      await alone(0, (directory) => directory.tenants.remove(id, start));
    }
    expect(await store.tenants.remove(tenant, start)).toBe(true);
    expect(await store.tenants.get(tenant)).toBeNull();
    expect(await store.tenants.remove(tenant, start)).toBe(false);
    // The note that the process of the other has left, from long ago.
    await runSql(urls[0] ?? '', `insert into unfinished_tenants (id, begun_at) values ('${other}', 0)`);
    await store.deleteExpired(0, start, 1);
    expect(await store.tenants.get(other)).toBeNull();
    expect(await runSql(urls[0] ?? '', 'select * from unfinished_tenants')).toEqual([]);
  });

  test('is not created by a map that is old: the one that assigns empty slots sees it', async () => {
    const { store, urls, tenantIn } = await openThree();
    const tenant = tenantIn(1);
    // Another process has given the slot to partition 2.
    await runSql(
      urls[0] ?? '',
      `update slot_map set version = version + 1, slots = set_byte(slots, ${slotOf(tenant)}, 2)`,
    );
    await store.tenants.create(tenantNamed(tenant));
    expect(await runSql(urls[1] ?? '', `select id from tenants where id = '${tenant}'`)).toEqual([]);
    expect(await runSql(urls[2] ?? '', `select id from tenants where id = '${tenant}'`)).toHaveLength(1);
    expect(store.spread?.map().version).toBe(2);
  });
});

test('the operator has its endpoints on every partition, and its events where they are born', async () => {
  const { store, tenantIn, alone } = await openThree();
  const world = await openWorld(async () => ({
    store,
    reopen: () => Promise.reject(new Error('not here')),
    close: async () => {},
  }));
  await store.tenants.create(tenantNamed(operatorTenant));
  const endpoint = makeEndpoint(ids, operatorTenant, 1);
  await store.endpoints.create(endpoint, { isUrlUnique: false, endpointsMax: 9 });
  for (const partition of [1, 2]) {
    const copy = await alone(partition, (own) =>
      own.endpoints.get(live(operatorTenant), { id: endpoint.id }),
    );
    expect(copy?.url).toBe(endpoint.url);
  }
  const { items } = await store.endpoints.find({ tenant: null, mode: null }, {}, { cursor: null, limit: 9 });
  expect(items.map(({ id }) => id)).toEqual([endpoint.id]);
  const tenant = tenantIn(2);
  await store.tenants.create(tenantNamed(tenant));
  await store.endpoints.create(makeEndpoint(ids, tenant, 2), { isUrlUnique: false, endpointsMax: 9 });
  const claim = only((await world.publish([world.draft(tenant)], start, 1)).claims);
  // The notice is written with the result, in partition 2.
  await world.record([result(claim, 'refused', start, exhausted)], start + 1, {
    noticeExhausted: () => world.draft(operatorTenant, { id: 'born-in-c' }),
  });
  await world.publish([world.draft(operatorTenant, { id: 'of-the-directory' })]);
  const listed = await store.events.list(inMode(operatorTenant, null), { cursor: null, limit: 9 });
  expect(listed.items.map(({ event }) => event.id)).toEqual(['born-in-c', 'of-the-directory']);
  const claimed = await world.claim(endpoint.id, start + 2);
  expect(claimed.map(({ event, partition }) => `${event.id} ${partition}`).toSorted()).toEqual([
    'born-in-c 2',
    'of-the-directory 0',
  ]);
  await store.endpoints.remove(live(operatorTenant), { id: endpoint.id }, start);
  expect(await alone(1, (own) => own.endpoints.get(live(operatorTenant), { id: endpoint.id }))).toBeNull();
});

test('a database in the place of another, or of a spread store alone, is refused', async () => {
  const { urls, store } = await openThree();
  await store.tenants.create(tenantNamed('x' as TenantId));
  const [a = '', b = '', c = ''] = urls;
  await expect(openAll([a, c, b], ids, start)).rejects.toThrow(/partition b is that of the partition c of/);
  await expect(openAll([a, b], ids, start)).rejects.toThrow(/does not name: c/);
});
