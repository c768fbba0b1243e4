// A half-delivered world moves from a file to a server and goes on there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import {
  exhausted,
  firstPage,
  live,
  openWorld,
  result,
  start,
  type World,
} from '../../test/contracts/store-world.ts';
import { shareDatabase } from '../../test/support/postgres-stores.ts';
import { copyDatabase } from './copy.ts';
import { openSqliteStore } from './sqlite/index.ts';
import type { TenantId } from '#core/tenant.ts';

async function read(world: World, tenant: TenantId): Promise<unknown[]> {
  const { store } = world;
  const page = { limit: 200, cursor: null };
  const events = await store.events.list(live(tenant), page);
  return [
    await store.tenants.list(firstPage),
    await store.endpoints.list(live(tenant), { ...firstPage, offset: 0 }),
    events.items.map(({ event: { payload, ...event }, deliveries }) => [
      { ...event, seq: null },
      deliveries,
      Buffer.from(payload).toString(),
    ]),
    (await store.deliveries.list(live(tenant), {}, page)).items,
    (await store.deliveries.listAttempts(live(tenant), null, page)).items.map(({ attempt }) => ({
      ...attempt,
      responseBody: Buffer.from(attempt.responseBody).toString(),
    })),
    await store.stats.read({ tenant, endpoint: null, since: 0 }),
  ];
}

test('everything goes on where it stopped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-copy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'old.db');
  const old = await openWorld(async (options) => {
    const store = await openSqliteStore({ path, ...options });
    return { store, close: () => store.close(), reopen: () => Promise.reject(new Error('not here')) };
  });
  const tenant = await old.tenant();
  const { id: endpoint } = await old.endpoint(tenant, {
    eventTypes: ['order.paid', 'with "quotes", {and} more'],
  });
  const keys = ['k', 'k', 'k', null, null, null];
  const drafts = keys.map((orderingKey, i) => old.draft(tenant, { id: `e${i}`, orderingKey }));
  const { claims } = await old.publish(drafts, start, 9);
  const [head, done, failed, sending] = claims;
  if (head === undefined || done === undefined || failed === undefined || sending === undefined)
    throw new Error('four were expected');
  await old.record(
    [result(done), result(failed, 'refused'), result(head, 'refused', start, exhausted)],
    start,
  );
  const stats = {
    tenant,
    endpoint,
    minute: start,
    accepted: 1,
    refused: 2,
    unreachable: 0,
    durations: [0, 3],
  };
  await old.store.stats.add([stats]);
  const before = await read(old, tenant);
  const shared = await shareDatabase(inject('postgresUrl'));
  const copied = { path, url: shared.url, now: start + 1, onProgress: () => {} };
  await expect(copyDatabase(copied)).rejects.toThrow(/another Carillon process/);
  await old.store.close();
  const progress: number[] = [];
  const rows = await copyDatabase({
    ...copied,
    onProgress: ({ done, total }) => progress.push(done / total),
  });
  expect(rows).toMatchObject({ events: 6, deliveries_waiting: 4, deliveries_ended: 2, attempts: 3 });
  expect(progress.at(-1)).toBe(1);
  await expect(copyDatabase(copied)).rejects.toThrow(/not empty/);

  const world = await shared.world(start + 1);
  const after = await read(world, tenant);
  // What was being sent is due at once.
  expect(JSON.parse(JSON.stringify(after).replaceAll(String(start + 1), String(sending.leaseUntil)))).toEqual(
    JSON.parse(JSON.stringify(before)),
  );
  const next = await world.claim(endpoint, start + 1);
  expect(next.map(({ event }) => event.id)).toEqual(['e1', 'e5']);
  expect(await world.record([result(sending)], start + 1)).toMatchObject({ stale: 1 });
  await world.record(
    next.map((claim) => result(claim)),
    start + 1,
  );
  expect((await world.claim(endpoint, start + 60_000)).map(({ event }) => event.id).toSorted()).toEqual([
    'e2',
    'e4',
  ]);
  const { results } = await world.publish([...drafts.slice(0, 1), world.draft(tenant)], start + 2);
  expect(results).toMatchObject([
    { kind: 'published', events: [{ isReplayed: true }] },
    { kind: 'published', events: [{ isReplayed: false }] },
  ]);
});
