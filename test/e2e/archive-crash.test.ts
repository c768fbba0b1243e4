// The archive through kill -9: processes are killed at random moments while they write and delete days. At the end each event,
// delivery and attempt is in the archive once, and none is left in the database. ARCHIVE_KILLS says how many are killed.
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { leaseMs } from '#archive/write-day.ts';
import { dayMs } from '#core/archive.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { openStore, type Place } from '#store/open.ts';
import { fill } from '../support/fill.ts';
import { createApiClient } from '../support/api-client.ts';
import { type ArchivedRows, readArchiveFiles } from '../support/archive-files.ts';
import { exampleEndpoint } from '../support/examples.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { createDatabase, templateName } from '../support/postgres.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const kills = Number(process.env['ARCHIVE_KILLS'] ?? 3);
const eventCount = 3000;
const dayCount = 3;
const tenants = ['ten_a', 'ten_b', 'ten_c'].map((id) => id as TenantId);
const eventType = 'order.paid';
/** From the start of a process, in which it writes and deletes. */
const livesMsMax = 1500;
const timeout = 120_000 + kills * 10_000;

/** Whole days that have expired: two of three deliveries of a tenant delivered, one exhausted. */
async function fillDays(place: Place): Promise<void> {
  const until = (Math.floor(Date.now() / dayMs) - 2) * dayMs;
  const from = until - dayCount * dayMs;
  const ids = createIdSource(systemRandom);
  const store = await openStore(place, { ids, now: from });
  for (const id of tenants) {
    const about = { name: id, dialect: 'standard', metadata: {}, contact: null };
    await store.tenants.create({ id, ...about, createdAt: from });
    const endpoint = exampleEndpoint({ id: ids.next('ep', from) as EndpointId, tenant: id, createdAt: from });
    await store.endpoints.create(
      { ...endpoint, eventTypes: [eventType, 'order.refused'] },
      { isUrlUnique: false, endpointsMax: 1 },
    );
  }
  await store.close();
  await fill({
    place,
    count: eventCount,
    from,
    until,
    perBatch: 100,
    eventOf: (number) => {
      const isRefused = number % 9 > 5;
      return {
        tenant: tenants[number % tenants.length] ?? ('' as TenantId),
        type: isRefused ? 'order.refused' : eventType,
        state: isRefused ? 'exhausted' : 'delivered',
      };
    },
    onProgress: () => {},
  });
}

/** The files of days without a manifest. */
const countUnfinished = (archive: string): number =>
  existsSync(archive)
    ? readdirSync(archive, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !existsSync(join(archive, entry.name, 'manifest.json')))
        .flatMap(({ name }) => readdirSync(join(archive, name), { recursive: true, encoding: 'utf8' })).length
    : 0;

async function play(place: Place, folder: string, settings: Record<string, string>): Promise<void> {
  await fillDays(place);
  const archive = join(folder, 'archive');
  const clock = join(folder, 'clock');
  let shiftMs = 0;
  const start = (): Promise<ServerProcess> => {
    // The lease of the process that was killed has ended.
    writeFileSync(clock, String((shiftMs += leaseMs + 1000)));
    return startServer(folder, {
      ...settings,
      CARILLON_ARCHIVE: archive,
      CARILLON_RETENTION: '1h',
      NODE_OPTIONS: `--import ${join(import.meta.dirname, '../support/shifted-clock.ts')}`,
      SHIFTED_CLOCK: clock,
    });
  };
  let within = 0;
  for (let kill = 0; kill < kills; kill++) {
    const server = await start();
    await sleep(Math.random() * livesMsMax);
    await server.kill();
    if (countUnfinished(archive) > 0) within++;
  }
  const server = await start();
  const client = createApiClient(server.url, server.adminKey, 4);
  const countKept = async (): Promise<number> => {
    const pages = ['/attempts', '/deliveries', ...tenants.map((tenant) => `/tenants/${tenant}/events`)];
    const lists = await Promise.all(pages.map((path) => client.call('GET', path)));
    expect(lists.map(({ status }) => status)).toEqual(pages.map(() => 200));
    return lists.reduce((sum, { body }) => sum + (body as { data: unknown[] }).data.length, 0);
  };
  await expect.poll(countKept, { timeout: 90_000, interval: 200 }).toBe(0);
  await client.close();
  expect(await server.terminate()).toBe(0);
  check(readArchiveFiles(archive));
  process.stdout.write(
    `archive: ${kills} processes killed, ${within} of them within a day, 0 rows lost, 0 twice\n`,
  );
}

function check({ events, deliveries, attempts }: ArchivedRows): void {
  const rows = { events, deliveries, attempts };
  for (const [kind, found] of Object.entries(rows)) {
    expect([kind, found.length, new Set(found.map(({ id }) => id)).size]).toEqual([
      kind,
      eventCount,
      eventCount,
    ]);
  }
  expect(new Set(deliveries.map(({ event }) => event))).toEqual(new Set(events.map(({ id }) => id)));
  expect(new Set(attempts.map(({ delivery }) => delivery))).toEqual(new Set(deliveries.map(({ id }) => id)));
}

test('kill -9 while days are written loses no row and writes none twice', { timeout }, async () => {
  const folder = temporaryFolder();
  await play({ kind: 'sqlite', path: join(folder, 'carillon.db') }, folder, {});
  rmSync(folder, { recursive: true, force: true });
});

test('the same on Postgres', { timeout }, async () => {
  const folder = temporaryFolder();
  const database = await createDatabase(inject('postgresUrl'), templateName);
  await play({ kind: 'postgres', url: database.url, poolMax: 2 }, folder, {
    ...keySettings,
    DATABASE_URL: database.url,
  });
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});
