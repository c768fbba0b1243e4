// Real processes on three databases: tenants are spread over them, and one that is down refuses its own tenants alone.
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { withPartitions } from '#store/partitioned/slot-map.ts';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { partitionNames as names, spreadSettings } from '../support/partitions.ts';
import { createDatabase, runSql, templateName, type TestDatabase } from '../support/postgres.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** As the first start assigns the slots. */
const map = withPartitions(null, names.slice(1), new Set());
/** Tenants of each partition. */
const tenantsOf = (partition: number, count: number): string[] =>
  Array.from({ length: 500 }, (_, nth) => `shop-${nth}`)
    .filter((id) => map.slots[slotOf(id as TenantId)] === partition)
    .slice(0, count);

let databases: TestDatabase[];
let proxies: TcpProxy[];
let receiver: Receiver;
let carillon: ServerProcess;
let client: ApiClient;

beforeEach(async () => {
  const server = new URL(inject('postgresUrl'));
  databases = await Promise.all(names.map(() => createDatabase(server.href, templateName)));
  proxies = await Promise.all(names.map(() => startTcpProxy(Number(server.port))));
  receiver = await startReceiver();
  const urls = databases.map(({ url }, index) => {
    const own = new URL(url);
    own.port = String(proxies[index]?.port);
    return own.href;
  });
  carillon = await startServer(temporaryFolder(), {
    ...keySettings,
    ...spreadSettings(urls),
  });
  client = createApiClient(carillon.url, carillon.adminKey);
});

afterEach(async () => {
  await client.close();
  await carillon.kill();
  await receiver.close();
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await Promise.all(databases.map((database) => database.drop()));
});

async function openShop(id: string): Promise<void> {
  const { status } = await client.call('POST', '/tenants', { id, name: id, dialect: 'standard' });
  expect(status).toBe(201);
  const endpoint = { url: `${receiver.url}/${id}`, eventTypes: ['*'] };
  expect((await client.call('POST', `/tenants/${id}/endpoints`, endpoint)).status).toBe(201);
}

const publish = (tenant: string, id: string) =>
  client.call('POST', `/tenants/${tenant}/events`, { id, type: 'order.paid', payload: { id } });

const readiness = async (): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(`${carillon.url}/readyz`);
  return { status: response.status, body: await response.json() };
};

/** The ids of events that the receiver has got. */
const received = (): Set<string> =>
  new Set(receiver.requests.map(({ headers }) => String(headers['webhook-id'])));

test('tenants live on three databases as on one: deliveries, lists, numbers and removal', async () => {
  const shops = names.flatMap((_, partition) => tenantsOf(partition, 2));
  for (const shop of shops) await openShop(shop);
  for (const [index, { url }] of databases.entries()) {
    const rows = await runSql(url, 'select distinct tenant from endpoints');
    expect(rows.map(({ tenant }) => String(tenant)).toSorted()).toEqual(tenantsOf(index, 2).toSorted());
  }
  const ids = shops.flatMap((shop) => [1, 2, 3].map((nth) => ({ shop, id: `${shop}.${nth}` })));
  for (const { shop, id } of ids) expect((await publish(shop, id)).status).toBe(202);
  await receiver.until(() => received().size === ids.length);
  await vi.waitFor(
    async () => {
      const { body } = await client.call('GET', '/deliveries?state=delivered&limit=100');
      expect(body.data).toHaveLength(ids.length);
    },
    { timeout: 20_000 },
  );
  const found: string[] = [];
  for (let cursor = ''; ;) {
    const { body } = await client.call('GET', `/deliveries?limit=4${cursor}`);
    found.push(...body.data.map((one: { id: string }) => one.id));
    if (body.nextCursor === null) break;
    cursor = `&cursor=${body.nextCursor}`;
  }
  expect(found).toEqual(found.toSorted().toReversed());
  expect(new Set(found).size).toBe(ids.length);
  expect(found).toHaveLength(ids.length);
  // The events of a day come ten seconds after its first moment at the earliest.
  const readFeed = async (): Promise<string[]> =>
    (await client.call('GET', '/feed?limit=100')).body.data.map((one: { id: string }) => one.id).toSorted();
  await expect.poll(readFeed).toEqual(ids.map(({ id }) => id).toSorted());
  expect(await readiness()).toEqual({ status: 200, body: { status: 'ready', partitions: '3 of 3' } });
  const metrics = await (await fetch(`${carillon.url}/metrics`)).text();
  expect(metrics).toContain('carillon_partition_usable{partition="b"} 1');
  expect(metrics).toMatch(/carillon_partition_slots\{partition="c"\} 1365/);
  expect(metrics).toMatch(/^carillon_slots_closed_seconds 0$/m);
  const [shop = ''] = tenantsOf(1, 1);
  expect((await client.call('DELETE', `/tenants/${shop}`)).status).toBe(204);
  expect((await publish(shop, 'late')).status).toBe(404);
});

interface Tally {
  readonly accepted: string[];
  readonly refused: { readonly status: number; readonly retryAfter: string | null }[];
  slowestMs: number;
}

/** Publishes for a tenant without a pause until `isOver`. */
async function load(tenant: string, isOver: () => boolean): Promise<Tally> {
  const tally: Tally = { accepted: [], refused: [], slowestMs: 0 };
  for (let nth = 0; !isOver(); nth++) {
    const id = `${tenant}.${nth}`;
    const began = performance.now();
    const { status, retryAfter } = await publish(tenant, id);
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - began);
    if (status === 202) tally.accepted.push(id);
    else {
      tally.refused.push({ status, retryAfter });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return tally;
}

/** The longer one with PARTITIONS=long. */
const outages =
  process.env['PARTITIONS'] === 'long' ? (['is cut off', 'is silent'] as const) : (['is cut off'] as const);

test.each(outages)(
  'while one of three databases %s under load, its tenants get 503 and the others go on; nothing is lost',
  async (how) => {
    const shops = names.map((_, partition) => tenantsOf(partition, 1)[0] ?? '');
    for (const shop of shops) await openShop(shop);
    let isOver = false;
    const loads = shops.map((shop) => load(shop, () => isOver));
    await receiver.until(() => received().size > 20);
    const proxy = proxies[1];
    if (how === 'is cut off') proxy?.cut();
    else proxy?.swallow();
    await vi.waitFor(
      async () =>
        expect(await readiness()).toEqual({ status: 200, body: { status: 'ready', partitions: '2 of 3' } }),
      { timeout: 15_000, interval: 100 },
    );
    const before = receiver.requests.length;
    await receiver.until(() => receiver.requests.length > before + 40);
    proxy?.restore();
    await vi.waitFor(async () => expect((await readiness()).body).toMatchObject({ partitions: '3 of 3' }), {
      timeout: 15_000,
      interval: 100,
    });
    await vi.waitFor(async () => expect((await publish(shops[1] ?? '', 'after')).status).toBe(202), {
      timeout: 15_000,
      interval: 100,
    });
    isOver = true;
    const [first, second, third] = await Promise.all(loads);
    expect([first?.refused, third?.refused]).toEqual([[], []]);
    // The database of the others was never waited for.
    expect(Math.max(first?.slowestMs ?? 0, third?.slowestMs ?? 0)).toBeLessThan(4000);
    expect(second?.refused.length).toBeGreaterThan(0);
    for (const { status, retryAfter } of second?.refused ?? []) {
      expect([status, Number(retryAfter) > 0]).toEqual([503, true]);
    }
    const accepted = [first, second, third].flatMap((one) => one?.accepted ?? []);
    await vi.waitFor(() => expect(accepted.filter((id) => !received().has(id))).toEqual([]), {
      timeout: 30_000,
      interval: 200,
    });
  },
);

test('publishing goes on while the directory is down, also with a credential and a key that are stored there', async () => {
  const [shop = ''] = tenantsOf(1, 1);
  await openShop(shop);
  const credential = (await client.call('POST', `/tenants/${shop}/credentials`, { mode: 'live' })).body;
  const { body: key } = await client.call('POST', '/keys', { name: 'a', scopes: ['publish'] });
  const keyed = createApiClient(carillon.url, key.key);
  const listEndpoints = async () =>
    (
      await fetch(`${carillon.url}/v1/endpoints`, {
        headers: { authorization: `Bearer ${credential.token}` },
      })
    ).status;
  const send = (id: string) =>
    keyed.call('POST', `/tenants/${shop}/events`, { id, type: 'order.paid', payload: {} });
  expect([await listEndpoints(), (await send('before')).status]).toEqual([200, 202]);
  proxies[0]?.cut();
  await vi.waitFor(async () => expect((await readiness()).body).toMatchObject({ partitions: '2 of 3' }), {
    timeout: 15_000,
    interval: 100,
  });
  expect((await publish(shop, 'by-a-key-of-the-configuration')).status).toBe(202);
  expect((await send('by-a-key-of-the-store')).status).toBe(202);
  expect(await listEndpoints()).toBe(200);
  expect((await client.call('GET', '/tenants')).status).toBe(503);
  const metrics = await (await fetch(`${carillon.url}/metrics`)).text();
  expect(metrics).toContain('carillon_partition_usable{partition="directory"} 0');
  expect(metrics).not.toMatch(/^carillon_slots_closed_seconds /m);
  const [other = ''] = tenantsOf(0, 1);
  expect((await publish(other, 'of-the-directory')).status).toBe(503);
  await receiver.until(() => received().size === 3);
  proxies[0]?.restore();
  await vi.waitFor(async () => expect((await client.call('GET', '/tenants')).status).toBe(200), {
    timeout: 15_000,
    interval: 100,
  });
  await keyed.close();
});
