// A real process on three databases, under load, while the slot of one of its tenants moves to another database.
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { systemClock } from '#lib/clock.ts';
import { version } from '#lib/version.ts';
import { moveSlots } from '#store/moves/move.ts';
import { withPartitions } from '#store/partitioned/slot-map.ts';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { partitionNames as names, spreadSettings } from '../support/partitions.ts';
import { createDatabase, runSql, templateName, type TestDatabase } from '../support/postgres.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

/** With a failure, whose retry takes seconds. */
const isLong = process.env['PARTITIONS'] === 'long';
const map = withPartitions(null, names.slice(1), new Set());
const tenantOf = (partition: number): string =>
  Array.from({ length: 500 }, (_, nth) => `shop-${nth}`).find(
    (id) => map.slots[slotOf(id as TenantId)] === partition,
  ) ?? '';

let databases: TestDatabase[];
let receiver: Receiver;
let carillon: ServerProcess;
let client: ApiClient;

const places = () => databases.slice(1).map(({ url }, index) => ({ name: names[index + 1] ?? '', url }));

beforeEach(async () => {
  databases = await Promise.all(names.map(() => createDatabase(inject('postgresUrl'), templateName)));
  receiver = await startReceiver();
  carillon = await startServer(temporaryFolder(), {
    ...keySettings,
    ...spreadSettings(databases.map(({ url }) => url)),
  });
  client = createApiClient(carillon.url, carillon.adminKey);
});

afterEach(async () => {
  await client.close();
  await carillon.kill();
  await receiver.close();
  await Promise.all(databases.map((database) => database.drop()));
});

async function openShop(id: string): Promise<void> {
  expect((await client.call('POST', '/tenants', { id, name: id, dialect: 'standard' })).status).toBe(201);
  const endpoint = { url: `${receiver.url}/${id}`, eventTypes: ['*'] };
  expect((await client.call('POST', `/tenants/${id}/endpoints`, endpoint)).status).toBe(201);
}

const publish = (tenant: string, id: string, orderingKey: string) =>
  client.call('POST', `/tenants/${tenant}/events`, { id, type: 'order.paid', orderingKey, payload: { id } });

interface Tally {
  readonly accepted: string[];
  readonly refused: { readonly status: number; readonly retryAfter: string | null }[];
}

/** Publishes without a pause until `isOver`, under three ordering keys; what is refused is sent again. */
async function load(tenant: string, isOver: () => boolean): Promise<Tally> {
  const tally: Tally = { accepted: [], refused: [] };
  for (let nth = 0; !isOver();) {
    const id = `${tenant}.${nth % 3}.${nth}`;
    const { status, retryAfter } = await publish(tenant, id, `key-${nth % 3}`);
    if (status === 202) {
      tally.accepted.push(id);
      nth++;
    } else {
      tally.refused.push({ status, retryAfter });
      await systemClock.sleep(20);
    }
  }
  return tally;
}

const idsAt = (tenant: string): string[] =>
  receiver.requests
    .filter(({ path }) => path === `/${tenant}`)
    .map(({ headers }) => String(headers['webhook-id']));

async function readFeed(tenant: string, after: string): Promise<{ ids: string[]; cursor: string }> {
  const ids: string[] = [];
  for (let cursor = after; ;) {
    const query = cursor === '' ? '' : `?after=${encodeURIComponent(cursor)}`;
    const { body } = await client.call('GET', `/tenants/${tenant}/feed${query}`);
    ids.push(...body.data.map((one: { id: string }) => one.id));
    if (body.data.length === 0) return { ids, cursor: body.cursor ?? body.nextCursor };
    cursor = body.cursor ?? body.nextCursor;
  }
}

test('a tenant that moves under load loses nothing, keeps its order and is refused for a moment; the others never', async () => {
  const [first, moving, last] = [tenantOf(0), tenantOf(1), tenantOf(2)];
  for (const shop of [first, moving, last]) await openShop(shop);
  // One request in ten is slow, so that some are always under way; in the long form one fails, and its key waits.
  receiver.answer = async ({ path }) => {
    const nth = path === `/${moving}` ? idsAt(moving).length : 1;
    if (nth % 10 === 0) await systemClock.sleep(100);
    return isLong && nth === 18 ? 500 : 200;
  };
  let isOver = false;
  const loads = [first, moving, last].map((shop) => load(shop, () => isOver));
  await receiver.until(() => idsAt(moving).length > 20);
  const before = await readFeed(moving, '');
  const done = await moveSlots(
    {
      directory: databases[0]?.url ?? '',
      others: places(),
      clock: systemClock,
      version,
      settleMs: 500,
      drainMs: 3_000,
    },
    { slots: [slotOf(moving as TenantId)], to: 'c' },
  );
  expect(done).toMatchObject({ slots: 1, tenants: 1 });
  const count = idsAt(moving).length;
  await receiver.until(() => idsAt(moving).length > count + 20);
  isOver = true;
  const [others, own, more] = await Promise.all(loads);
  expect([others?.refused, more?.refused]).toEqual([[], []]);
  for (const { status, retryAfter } of own?.refused ?? []) {
    expect([status, Number(retryAfter) > 0]).toEqual([503, true]);
  }
  const accepted = own?.accepted ?? [];
  receiver.answer = () => 200;
  await vi.waitFor(() => expect(accepted.filter((id) => !idsAt(moving).includes(id))).toEqual([]), {
    timeout: 30_000,
    interval: 200,
  });
  // In the order of each key, by when each came last: a failure is repeated before the next is sent.
  const lastAt = new Map(idsAt(moving).map((id, index) => [id, index]));
  for (const key of [0, 1, 2]) {
    const ofKey = accepted.filter((id) => id.startsWith(`${moving}.${key}.`));
    const order = ofKey.map((id) => lastAt.get(id) ?? 0);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  }
  // All of it is in the new place, and nothing in the old one.
  const countIn = async (partition: number): Promise<number> => {
    const [row] = await runSql(
      databases[partition]?.url ?? '',
      `select count(*)::int as count from events where tenant = '${moving}'`,
    );
    return Number(row?.['count']);
  };
  expect([await countIn(1), await countIn(2)]).toEqual([0, accepted.length]);
  // Repeats of what was published before the move are known, and a cursor of before leaves nothing out.
  const [early = ''] = accepted;
  expect((await publish(moving, early, 'key-0')).status).toBe(202);
  expect(await countIn(2)).toBe(accepted.length);
  const after = await readFeed(moving, before.cursor);
  expect(new Set([...before.ids, ...after.ids])).toEqual(new Set(accepted));
  expect((await readFeed(moving, after.cursor)).ids).toEqual([]);
  const changed = await client.call('PATCH', `/tenants/${moving}`, { name: 'moved' });
  expect(changed.status).toBe(200);
}, 60_000);
