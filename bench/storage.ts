// npm run bench -- --only storage: bytes of a delivery on disk, in the log of Postgres and in an archive, and what is left after
// retention. Written by the stores' own `publish` and `record`, in transactions of the size that a busy server has.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openDirectory } from '#archive/directory.ts';
import { archiveDay } from '#archive/loop.ts';
import { createArchiveCommands, createArchiveReads } from '#commands/archive.ts';
import type { CommandDeps, ReadDeps } from '#commands/deps.ts';
import type { Backend } from '#core/backend.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { openStore, type Place } from '#store/open.ts';
import type { Store } from '#store/store.ts';
import { exampleEndpoint } from '../test/support/examples.ts';
import { runSql } from '../test/support/postgres.ts';
import { fill } from '../test/support/fill.ts';
import { describeLog, readPosition } from './log.ts';
import { openPostgres } from './postgres.ts';
import { formatTable } from './report.ts';

const count = 50_000;
/** Events of one transaction: what group commit makes of some thousand events per second. */
const perBatch = 20;
/** For a payload of 1 KiB. */
const noteLength = 954;
const tenant = 'acme' as TenantId;
const eventType = 'invoice.paid';
const dayMs = 86_400_000;
/** All are published within a minute, as a busy server does it: there is one row of statistics per minute. */
const spanMs = 60_000;
const from = Date.UTC(2026, 0, 1);

/** What a store says of its space. All in bytes. */
interface Meter {
  readonly stored: () => Promise<number>;
  /** Written to the log since the beginning; null where the log is part of the file. */
  readonly logged: () => Promise<number | null>;
  /** Begins to look at the log; then what of it was written for which table since. */
  readonly watch: () => Promise<() => Promise<string>>;
}

interface Measured {
  readonly name: string;
  readonly storedPerDelivery: number;
  readonly loggedPerDelivery: number | null;
  readonly loggedByRetention: number | null;
  readonly archivedPerDelivery: number;
  /** Of what was stored, after retention. */
  readonly left: number;
  readonly archiveSeconds: number;
  /** Of the log, by table; empty where that is not known. */
  readonly log: string;
}

export async function measureStorage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-storage-'));
  const postgres = await openPostgres();
  try {
    const database = await postgres.createDatabase();
    const path = join(folder, 'carillon.db');
    const measured = [
      await measure('SQLite', { kind: 'sqlite', path }, fileMeter(path), join(folder, 'a')),
      await measure(
        'Postgres',
        { kind: 'postgres', url: database.url, poolMax: 4 },
        serverMeter(database.url),
        join(folder, 'b'),
      ),
    ];
    await database.drop();
    return format(measured);
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function fileMeter(path: string): Meter {
  const sizeOf = (suffix: string): number => statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0;
  return { stored: async () => sizeOf(''), logged: async () => null, watch: async () => async () => '' };
}

function serverMeter(url: string): Meter {
  const ask = async (what: string): Promise<number> =>
    Number((await runSql(url, `select (${what})::text as n`))[0]?.['n']);
  return {
    async stored() {
      await runSql(url, 'checkpoint');
      return ask(
        "select sum(pg_total_relation_size(oid)) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
      );
    },
    logged: () => ask("pg_current_wal_lsn() - '0/0'"),
    async watch() {
      const before = await readPosition(url);
      return async () => describeLog(url, before, await readPosition(url), count);
    },
  };
}

async function measure(name: string, place: Place, meter: Meter, root: string): Promise<Measured> {
  const ids = createIdSource(systemRandom);
  const prepared = await openStore(place, { ids, now: from });
  await createOwner(prepared);
  await prepared.close();
  const empty = await meter.stored();
  const describe = await meter.watch();
  const loggedBefore = await meter.logged();
  await fill({
    place,
    count,
    from,
    until: from + spanMs,
    eventOf: () => ({ tenant, type: eventType, state: 'delivered' }),
    perBatch,
    noteLength,
    onProgress: () => {},
  });
  const loggedAfter = await meter.logged();
  const log = await describe();
  const full = await meter.stored();

  const now = from + 2 * dayMs;
  const store = await openStore(place, { ids, now });
  const startedAt = performance.now();
  const archived = await archive(store, root, now);
  const archiveSeconds = (performance.now() - startedAt) / 1000;
  const loggedArchived = await meter.logged();
  while ((await store.deleteExpired(from + dayMs, now, 500)) > 0);
  const loggedDeleted = await meter.logged();
  await store.close();
  const left = await meter.stored();
  const perDelivery = (after: number | null, before: number | null): number | null =>
    after === null || before === null ? null : (after - before) / count;
  return {
    name,
    storedPerDelivery: (full - empty) / count,
    loggedPerDelivery: perDelivery(loggedAfter, loggedBefore),
    loggedByRetention: perDelivery(loggedDeleted, loggedArchived),
    archivedPerDelivery: archived / count,
    left: left / full,
    archiveSeconds,
    log,
  };
}

async function createOwner(store: Store): Promise<void> {
  const owner = {
    id: tenant,
    name: 'Acme',
    dialect: 'standard',
    metadata: {},
    contact: null,
    createdAt: from,
  };
  await store.tenants.create(owner);
  const id = 'ep_01kdvdna00e008002z1j3hkg3k' as EndpointId;
  await store.endpoints.create(exampleEndpoint({ id, tenant, eventTypes: [eventType] }), {
    isUrlUnique: false,
    endpointsMax: 10,
  });
}

/** Bytes of its files. */
async function archive(store: Store, root: string, now: number): Promise<number> {
  let bytes = 0;
  const clock = { now: () => now, sleep: async () => {} };
  const handlers = {
    ...createArchiveReads({ store } as unknown as ReadDeps),
    ...createArchiveCommands({ store, clock, ids: createIdSource(systemRandom) } as unknown as CommandDeps),
  } as unknown as Record<string, (input: unknown) => Promise<unknown>>;
  const backend = {
    run: (command: string, input: unknown) => handlers[command]?.(input),
  } as unknown as Backend;
  const log = pino({ level: 'silent' });
  log.info = (fields: { bytes?: number }) => void (bytes += fields.bytes ?? 0);
  const deps = { backend, place: openDirectory(root), clock, log, retentionMs: dayMs };
  while (await archiveDay(deps, new AbortController().signal));
  return bytes;
}

function format(measured: readonly Measured[]): string {
  const round = (value: number | null): string => (value === null ? '-' : value.toFixed(0));
  const head = [
    'bytes per delivery',
    'stored',
    'log',
    'log of retention',
    'archived',
    'left after retention',
    'archived/s',
  ];
  const rows = measured.map((one) => [
    one.name,
    round(one.storedPerDelivery),
    round(one.loggedPerDelivery),
    round(one.loggedByRetention),
    round(one.archivedPerDelivery),
    `${(100 * one.left).toFixed(0)} %`,
    (count / one.archiveSeconds).toFixed(0),
  ]);
  const terms = `${count} deliveries of one event and one attempt each, random payload of 1 KiB, ${perBatch} in a transaction`;
  const logs = measured.flatMap(({ log }) => (log === '' ? [] : [`${log}\n`]));
  return [`${terms}\n`, `${formatTable(head, rows)}\n`, ...logs].join('\n');
}
