// Retention of an hour with an archive: the whole server, and the command line that reads what it has written.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { startReader } from '#app/reader.ts';
import type { RemoteReader } from '#app/line.ts';
import type { TenantId } from '#core/tenant.ts';
import { dialects } from '#dialects/index.ts';
import { createHousekeeper, createReadArchive } from '#engine/housekeeping.ts';
import type { Clock } from '#lib/clock.ts';
import { systemRandom } from '#lib/random.ts';
import { readArchiveFiles } from '../support/archive-files.ts';
import { boot, type Harness, temporaryFolder, testKeys } from '../support/harness.ts';
import { runInProcess } from '../support/in-process.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const hour = 3_600_000;
const toClose: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).toReversed()) await close();
});

interface Setting {
  readonly harness: Harness;
  readonly receiver: Receiver;
  readonly archive: string;
}

async function setUp(inFolder = ''): Promise<Setting> {
  const folder = temporaryFolder();
  toClose.push(() => rmSync(folder, { recursive: true, force: true }));
  const receiver = await startReceiver();
  toClose.push(() => receiver.close());
  const archive = join(folder, `archive${inFolder}`);
  const harness = await boot({ CARILLON_RETENTION: '1h', CARILLON_ARCHIVE: archive });
  toClose.push(() => closeWhileTimePasses(harness));
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const { status } = await harness.admin('POST', '/tenants/acme/endpoints', {
    url: `${receiver.url}/hook`,
    eventTypes: ['*'],
  });
  expect(status).toBe(201);
  return { harness, receiver, archive };
}

/** A page that is being read for the archive may wait for its turn, which comes by the clock. */
async function closeWhileTimePasses(harness: Harness): Promise<void> {
  let isClosed = false;
  const closing = harness.close().finally(() => (isClosed = true));
  while (!isClosed) {
    harness.clock.advance(60_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closing;
}

async function publish({ harness }: Setting, id: string, type = 'invoice.paid'): Promise<void> {
  const { status } = await harness.admin('POST', '/tenants/acme/events', {
    id,
    type,
    payload: { invoice: id, amount: '12.50' },
  });
  expect(status).toBe(202);
  await harness.turn();
}

/** Lets the loop of the archive look, and retention delete. */
async function pass({ harness }: Setting, ms: number): Promise<void> {
  harness.clock.advance(ms);
  await harness.engine.housekeeper.step();
}

async function untilArchived({ harness }: Setting, until: number): Promise<void> {
  const reach = async (): Promise<number | null | undefined> => {
    // The loop may sleep since a moment ago.
    harness.clock.advance(60_000);
    return (await harness.engine.store.archive.progress())?.until;
  };
  await expect.poll(reach, { timeout: 20_000 }).toBeGreaterThanOrEqual(until);
}

async function metric({ harness }: Setting, name: string): Promise<number> {
  const response = await harness.engine.http.inject({ method: 'GET', url: '/metrics' });
  const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(response.body) ?? [];
  return Number(value);
}

const first = Date.UTC(2026, 0, 1);
const day = 24 * hour;

test('a process without the setting leaves what is not written, unless the archive is off', async () => {
  const setting = await setUp();
  const { harness } = setting;
  const { store } = harness.engine;
  await publish(setting, 'e1');
  await pass(setting, 26 * hour);
  await untilArchived(setting, first + day);
  await publish(setting, 'e2');
  harness.clock.advance(10 * hour);
  const clean = async (place: { readonly kind: 'off' } | null): Promise<void> => {
    const other = createHousekeeper({
      store,
      stats: { flush: async () => {} },
      cancelHeld: async () => {},
      clock: harness.clock,
      log: pino({ level: 'silent' }),
      retentionMs: hour,
      auditRetentionMs: 1000 * day,
      readArchive: createReadArchive(place, store.archive),
    });
    for (let step = 0; step < 20; step++) await other.step();
  };
  const find = async (id: string) => (await harness.admin('GET', `/tenants/acme/events/${id}`)).status;
  await clean(null);
  expect([await find('e1'), await find('e2')]).toEqual([404, 200]);
  // Postgres keeps the event itself until its day is over.
  await clean({ kind: 'off' });
  expect((await harness.admin('GET', '/tenants/acme/deliveries')).body.data).toEqual([]);
});

test('an ended day leaves for the archive before it is deleted, and is found there', async () => {
  const setting = await setUp();
  const { harness, archive } = setting;
  await publish(setting, 'e1');
  await pass(setting, 23 * hour);
  await publish(setting, 'e2', 'invoice.created');
  // It has been ended for longer than an hour, and its day is not over for so long.
  await pass(setting, 1.5 * hour);
  expect((await harness.admin('GET', '/tenants/acme/events/e1')).status).toBe(200);
  await pass(setting, hour);
  await untilArchived(setting, first + day);
  for (let step = 0; step < 20; step++) await harness.engine.housekeeper.step();
  expect((await harness.admin('GET', '/tenants/acme/events/e1')).status).toBe(404);
  const { days, events, deliveries, attempts } = readArchiveFiles(archive);
  expect(days).toEqual(['2026-01-01']);
  expect(events.map(({ id }) => id)).toEqual(['e1', 'e2']);
  expect(events[0]).toMatchObject({ payload: '{"invoice":"e1","amount":"12.50"}' });
  expect(deliveries).toMatchObject([{ event: 'e1', state: 'delivered', attemptCount: 1 }, { event: 'e2' }]);
  expect(attempts).toMatchObject([{ status: 200, outcome: 'accepted' }, { eventType: 'invoice.created' }]);
  expect(await metric(setting, 'carillon_archive_behind_seconds')).toBe(0);

  const environment = { CARILLON_ARCHIVE: archive };
  const run = (...args: string[]) => runInProcess(['archive', ...args], { environment });
  const all = await run('search', '--json', '--tenant', 'acme');
  const lines = all.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; id: string });
  expect(lines.map(({ kind }) => kind)).toEqual([
    'attempts',
    'attempts',
    'deliveries',
    'deliveries',
    'events',
    'events',
  ]);
  const one = await run('search', '--event', 'e2', '--kind', 'events,deliveries');
  expect(one.out.trimEnd().split('\n')).toHaveLength(2);
  expect(one.out).toContain('event  acme  live  invoice.created  e2');
  expect((await run('search', '--type', 'invoice.paid', '--kind', 'events')).out).toContain('e1');
  expect((await run('search', '--since', '2026-01-01T20:00:00Z', '--kind', 'events')).out).not.toContain(
    'e1',
  );
  expect((await run('search', '--until', '2026-01-01T20:00:00Z', '--kind', 'events')).out).not.toContain(
    'e2',
  );
  expect((await run('search', '--tenant', 'other')).out).toBe('');
  expect(await run('verify')).toMatchObject({
    code: 0,
    out: expect.stringContaining('1 days, 3 files, 6 rows'),
  });
  // By anybody.
  const shown = execFileSync('sh', ['-c', `zcat ${archive}/*/acme/events.ndjson.gz`], { encoding: 'utf8' });
  expect(shown).toBe(
    all.out
      .split('\n')
      .filter((line) => line.includes('"kind":"events"'))
      .map((line) => `${line.replace('"kind":"events",', '')}\n`)
      .join(''),
  );

  truncateSync(join(archive, '2026-01-01/acme/events.ndjson.gz'), 100);
  const broken = await run('verify');
  expect(broken.code).toBe(1);
  expect(broken.out).toContain('events.ndjson.gz is damaged');
  expect((await run('search', '--event', 'e1')).code).toBe(1);
});

test.skipIf(spawnSync('jq', ['--version']).status !== 0)('zcat and jq read it (where jq is)', async () => {
  const setting = await setUp();
  await publish(setting, 'e1');
  await publish(setting, 'e2', 'invoice.created');
  await pass(setting, 26 * hour);
  await untilArchived(setting, first + day);
  const program = 'select(.type == "invoice.paid") | .payload | fromjson | .amount';
  const command = `zcat ${setting.archive}/2026-01-*/acme/events.ndjson.gz | jq -r '${program}'`;
  expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe('12.50\n');
});

test('without an archive, or with a wrong flag, it is said', async () => {
  expect(await runInProcess(['archive', 'search'])).toMatchObject({
    code: 78,
    error: expect.stringContaining('there is no archive to read'),
  });
  const environment = { CARILLON_ARCHIVE: temporaryFolder() };
  const wrong = await runInProcess(['archive', 'search', '--kind', 'event'], { environment });
  expect(wrong.code).toBe(2);
  const verified = await runInProcess(['archive', 'verify', '--json'], { environment });
  expect(JSON.parse(verified.out)).toEqual({ ok: true, days: 0, files: 0, rows: 0, bytes: 0, problems: [] });
  rmSync(environment.CARILLON_ARCHIVE, { recursive: true });
});

test(
  'while the archive cannot be written nothing is deleted, and it is said',
  { timeout: 30_000 },
  async () => {
    const setting = await setUp('/file');
    const { harness, archive } = setting;
    // A file is where the folder should be.
    const blocked = join(archive, '..');
    writeFileSync(blocked, '');
    await publish(setting, 'e1');
    await pass(setting, 60 * hour);
    await expect
      .poll(() => metric(setting, 'carillon_archive_behind_seconds'), { timeout: 10_000 })
      .toBe(35 * 3600);
    for (let step = 0; step < 20; step++) await harness.engine.housekeeper.step();
    expect((await harness.admin('GET', '/tenants/acme/events/e1')).status).toBe(200);
    const doctor = await runInProcess(['doctor', '--json'], { environment: { CARILLON_ARCHIVE: archive } });
    const { checks } = JSON.parse(doctor.out) as {
      checks: { check: string; status: string; advice: string }[];
    };
    expect(checks.find(({ check }) => check === 'archive')).toMatchObject({ status: 'fail' });
    rmSync(blocked);
    await untilArchived(setting, first + day);
    for (let step = 0; step < 20; step++) await harness.engine.housekeeper.step();
    expect((await harness.admin('GET', '/tenants/acme/events/e1')).status).toBe(404);
    expect(readdirSync(archive)).toContain('2026-01-01');
  },
);

test('what the archive reads makes nobody wait', async () => {
  const { harness } = await setUp();
  const { config, clock } = harness;
  let now = clock.now();
  let passes = 0;
  const slow: Clock = { now: () => (now += passes), sleep: (...wait) => clock.sleep(...wait) };
  const world = { clock: slow, random: systemRandom, log: pino({ level: 'silent' }), dialects };
  const day = { from: 0, until: 1, eventsAfter: 0, eventsUntil: 1, lease: 1 };
  const tenant = 'acme' as TenantId;
  const reads: ((reader: RemoteReader) => Promise<unknown>)[] = [
    (reader) => reader.run('listArchivedFiles', { after: '' }),
    (reader) => reader.run('listArchiveTenants', { after: '' }),
    (reader) => reader.run('readArchive', { day, tenant, of: 'events', position: null }),
  ];
  for (const read of reads) {
    const reader = await startReader(config, testKeys, world);
    passes = 100;
    await read(reader);
    // The pause after a read that took so long has no end now.
    passes = 0;
    expect(await reader.run('getTenant', { tenant })).toMatchObject({ id: 'acme' });
    await reader.stop();
  }
});

test('the place of another database is refused', async () => {
  const setting = await setUp();
  const { harness, archive } = setting;
  await publish(setting, 'e1');
  await pass(setting, 26 * hour);
  await untilArchived(setting, first + day);
  writeFileSync(join(archive, 'archive.json'), '{"database":"other"}\n');
  await publish(setting, 'e2');
  await pass(setting, 50 * hour);
  await expect
    .poll(() => metric(setting, 'carillon_archive_behind_seconds'), { timeout: 10_000 })
    .toBeGreaterThan(0);
  expect(readdirSync(archive)).not.toContain('2026-01-02');
  expect((await harness.admin('GET', '/tenants/acme/events/e2')).status).toBe(200);
});
