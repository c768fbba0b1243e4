// The composition root: the only file that knows every room. It builds the world, starts it, and ends it.
import { existsSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { type Config, isSqlite, keyFile, sqlitePath } from '#config.ts';
import type { CommandHandlers } from '#core/commands.ts';
import { createSecretBox } from '#core/secrets.ts';
import { createHousekeeper, type Housekeeper } from '#delivery/housekeeper.ts';
import { createDeliveryLog, createEventLog } from '#delivery/log.ts';
import { createMetrics } from '#delivery/metrics.ts';
import { createPublisher, type Handover, type Publisher } from '#delivery/publish.ts';
import { createOrders } from '#delivery/redeliver.ts';
import { createReplays, type Replays } from '#delivery/replay.ts';
import { createSender, type SenderOptions } from '#delivery/send.ts';
import { createStats, type Stats } from '#delivery/stats.ts';
import { createTargets } from '#delivery/targets.ts';
import { createWorker, type Worker } from '#delivery/worker.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { calypso } from '#dialects/calypso/index.ts';
import { chip } from '#dialects/chip/index.ts';
import { diddo } from '#dialects/diddo/index.ts';
import { spritz } from '#dialects/spritz/index.ts';
import { standard } from '#dialects/standard/index.ts';
import { createEndpoints } from '#endpoints/endpoints.ts';
import { createTenantSecrets } from '#endpoints/tenant-secret.ts';
import { createHttpServer } from '#http/server.ts';
import { createAddressRules, judgeUrl } from '#lib/address.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import { createIdSource } from '#lib/ids.ts';
import { KeyFileError, readOrMakeKey } from '#lib/key-file.ts';
import { createLogger, type Logger } from '#lib/log.ts';
import { type Random, systemRandom } from '#lib/random.ts';
import { createSeal, type Seal } from '#lib/seal.ts';
import { version } from '#lib/version.ts';
import {
  checkDatabase as checkPlace,
  type DatabaseCheck,
  migrateDatabase,
  openStore as openPlace,
  type Place,
  StoreError,
} from '#store/open.ts';
import { copyDatabase, type CopyProgress } from '#store/copy.ts';
import type { Store } from '#store/store.ts';
import { createCredentials } from '#tenants/credentials.ts';
import { createTenants } from '#tenants/tenants.ts';

/** Every dialect that is spoken here. Adding a platform is its folder and one entry. */
export const dialects: readonly Dialect[] = [standard, calypso, chip, diddo, spritz];

/** A running server. */
export interface App {
  /** Where it listens: `http://127.0.0.1:8480`. */
  readonly url: string;
  readonly adminKey: string;
  /** True when this start made the admin key. */
  readonly isFirstStart: boolean;
  /** Not ready, stop claiming, finish what is on its way, give back the rest, close. */
  stop(): Promise<void>;
}

/** Why the server can't start: one line that says what to do. */
export class StartError extends Error {
  readonly exitCode: 1 | 78;

  constructor(message: string, exitCode: 1 | 78, cause?: unknown) {
    super(message, { cause });
    this.name = 'StartError';
    this.exitCode = exitCode;
  }
}

/** What a test replaces of the outside world. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly resolve?: SenderOptions['resolve'];
  readonly ca?: string;
}

/** Everything built and nothing running yet: `startApp` runs it, a test steps it. */
export interface Engine {
  readonly store: Store;
  readonly worker: Worker;
  readonly replays: Replays;
  readonly housekeeper: Housekeeper;
  readonly publisher: Publisher;
  readonly stats: Stats;
  readonly http: FastifyInstance;
  readonly adminKey: string;
  /** Takes it out of readiness. */
  drain(): void;
  close(): Promise<void>;
}

/** How often the agenda is read anew; what this process publishes itself it knows without. */
const rescanMs = 60_000;
/** The same where others publish too: a word of theirs may be lost. */
const rescanSharedMs = 5_000;

/** Builds the server and starts it. Throws `StartError`. */
export async function startApp(config: Config, world: Partial<World> = {}): Promise<App> {
  const keys = loadKeys(config);
  const engine = await buildEngine(config, keys, world);
  const log = world.log ?? systemLog(config);
  const url = await listen(engine, config);
  const ending = new AbortController();
  // A process that only takes in runs no loop: it delivers nothing and leaves the sweeping to those who do.
  const parts = config.role === 'api' ? [] : [engine.worker, engine.replays, engine.housekeeper];
  const loops = parts.map((part) => part.run(ending.signal));
  let stopping: Promise<void> | null = null;
  return {
    url,
    adminKey: keys.adminKey,
    isFirstStart: keys.isFirstStart,
    stop: () => (stopping ??= stop({ engine, loops, ending, log, timeoutMs: config.shutdownTimeoutMs })),
  };
}

async function listen(engine: Engine, config: Config): Promise<string> {
  try {
    return await engine.http.listen({ host: config.host, port: config.port });
  } catch (error) {
    await engine.close();
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const where = `${config.host}:${config.port}`;
    if (code === 'EADDRINUSE') {
      throw new StartError(`${where} is in use; stop what listens there, or choose another PORT`, 1, error);
    }
    throw new StartError(`cannot listen on ${where} (${String(code)}); check HOST and PORT`, 1, error);
  }
}

async function stop(running: {
  engine: Engine;
  loops: readonly Promise<void>[];
  ending: AbortController;
  log: Logger;
  timeoutMs: number;
}): Promise<void> {
  const { engine, loops, ending, log, timeoutMs } = running;
  log.info('server.stopping');
  engine.drain();
  ending.abort();
  const waited = new AbortController();
  void systemClock.sleep(timeoutMs, waited.signal).then(() => waited.abort());
  await engine.http.close();
  await engine.publisher.drain();
  await Promise.all(loops);
  await engine.worker.stop(waited.signal);
  await engine.stats.flush();
  waited.abort();
  await engine.close();
  log.info('server.stopped');
}

/** Builds every part of the server on an open store, without starting any. */
export async function buildEngine(config: Config, keys: Keys, world: Partial<World> = {}): Promise<Engine> {
  const clock = world.clock ?? systemClock;
  const random = world.random ?? systemRandom;
  const log = world.log ?? systemLog(config);
  const ids = createIdSource(random);
  const byName = new Map(dialects.map((dialect) => [dialect.name, dialect]));
  const rules = createAddressRules(config.allowTargets);
  const seal = createSeal(keys.encryptionKey, random);
  const secrets = createSecretBox(seal);
  const store = await openStore(config, { ids, now: clock.now(), seal });
  const { limits } = config;

  const tenants = createTenants({ store, dialects: byName, clock, ids });
  await tenants.ensureOperator();
  const credentials = createCredentials({ store, tenants, dialects: byName, clock, ids, random, seal });

  const stats = createStats(store);
  const metrics = createMetrics({
    inFlight: () => worker.counts.inFlight,
    buffered: () => worker.counts.buffered,
    store: () => store.counters(),
    async backlog() {
      const { waiting, oldestDueAt } = await store.deliveries.backlog(clock.now());
      return {
        waiting,
        oldestSeconds: oldestDueAt === null ? 0 : Math.max(0, clock.now() - oldestDueAt) / 1000,
      };
    },
  });
  const sender = createSender({
    rules,
    userAgent: `Carillon/${version}`,
    // Many endpoints may share an origin; what one of them may do at once, its lane says.
    connectionsPerOriginMax: limits.inFlightMax,
    ...(world.resolve === undefined ? {} : { resolve: world.resolve }),
    ...(world.ca === undefined ? {} : { ca: world.ca }),
  });
  const targets = createTargets({ store, dialects: byName, secrets, seal, clock });
  const worker = createWorker({
    store,
    targets,
    sender,
    clock,
    random,
    ids,
    limits,
    metrics,
    stats,
    log,
    rescanMs: isSqlite(config.databaseUrl) ? rescanMs : rescanSharedMs,
  });
  const handover = config.role === 'api' ? nobody : worker;
  if (config.role !== 'api') {
    store.listen?.({
      woken: (woken) => worker.wake(woken),
      changed: (changed) => changed.forEach(worker.forget),
    });
  }
  const publisher = createPublisher({ store, dialects: byName, handover, limits, clock, metrics });
  const replays = createReplays({ store, dialects: byName, handover, clock, ids, log });
  const housekeeper = createHousekeeper({ store, stats, clock, log, retentionMs: config.retentionMs });
  const commands: CommandHandlers = {
    ...createEndpoints({
      store,
      dialects: byName,
      rules,
      limits,
      clock,
      ids,
      random,
      secrets,
      async onChanged(after, before) {
        worker.forget(after.id);
        if (after.enabled) handover.wake([after.id]);
        if (after.enabled && !before.enabled) await replays.resume(before);
      },
    }),
    ...createTenantSecrets({
      store,
      dialects: byName,
      random,
      seal,
      onChanged: (changed) => changed.forEach(worker.forget),
    }),
    ...createDeliveryLog(store),
    ...createOrders({ store, publisher, handover, clock }),
  };
  let isDraining = false;
  const http = await createHttpServer({
    commands,
    tenants,
    credentials,
    publisher,
    events: createEventLog(store),
    replays,
    stats,
    dialects,
    isPublic: config.role !== 'worker',
    limits,
    clock,
    log,
    adminKey: keys.adminKey,
    version,
    async readiness() {
      if (isDraining) return ['the server is shutting down'];
      return store.check().then(
        () => [],
        (error: unknown) => [error instanceof Error ? error.message : 'the database does not answer'],
      );
    },
    metricsText: () => metrics.registry.metrics(),
  });
  return {
    store,
    worker,
    replays,
    housekeeper,
    publisher,
    stats,
    http,
    adminKey: keys.adminKey,
    drain() {
      isDraining = true;
    },
    async close() {
      await http.close();
      await sender.close();
      await store.close();
    },
  };
}

/** Where deliveries go of a process that sends nothing: they wait in the store, which tells the others. */
const nobody: Handover = { places: () => 0, take: () => {}, wake: () => {} };

function placeOf({ databaseUrl, databasePoolMax }: Config): Place {
  return isSqlite(databaseUrl)
    ? { kind: 'sqlite', path: sqlitePath(databaseUrl) }
    : { kind: 'postgres', url: databaseUrl, poolMax: databasePoolMax };
}

async function openStore(
  config: Config,
  made: { ids: ReturnType<typeof createIdSource>; now: number; seal: Seal },
): Promise<Store> {
  try {
    const store = await openPlace(placeOf(config), made);
    await checkEncryptionKey(store, made.seal);
    return store;
  } catch (error) {
    if (error instanceof StoreError) throw new StartError(error.message, 78, error);
    throw error;
  }
}

/** A database opens only with the key that its secrets were sealed with: better now than at the first delivery. */
async function checkEncryptionKey(store: Store, seal: Seal): Promise<void> {
  const name = 'encryption_check';
  const known = await store.metadata.putIfAbsent(name, seal.close('carillon', name));
  try {
    seal.open(known, name);
  } catch (error) {
    await store.close();
    throw new StartError(
      'CARILLON_ENCRYPTION_KEY is not the key of this database; give the one it was made with (encryption.key)',
      78,
      error,
    );
  }
}

/** Runs the migrations that the database lacks, and nothing else. Throws `StartError`. */
export async function migrate(config: Config): Promise<{ applied: readonly string[] }> {
  try {
    return { applied: await migrateDatabase(placeOf(config)) };
  } catch (error) {
    if (error instanceof StoreError) throw new StartError(error.message, 78, error);
    throw error;
  }
}

/** Copies everything of a SQLite file into an empty Postgres database. Throws `StartError`. */
export async function copy(
  from: string,
  to: string,
  onProgress: (progress: CopyProgress) => void,
): Promise<Readonly<Record<string, number>>> {
  if (!isSqlite(from) || isSqlite(to)) {
    throw new StartError('copying goes from sqlite:<file> to postgres://…; check --from and --to', 78);
  }
  try {
    const path = sqlitePath(from);
    if (!existsSync(path)) throw new StoreError(`${path}: there is no such file to copy from.`);
    return await copyDatabase({ path, url: to, now: systemClock.now(), onProgress });
  } catch (error) {
    if (error instanceof StoreError) throw new StartError(error.message, 78, error);
    throw error;
  }
}

/** The two keys of a server. */
export interface Keys {
  readonly adminKey: string;
  readonly encryptionKey: Uint8Array;
  readonly isFirstStart: boolean;
}

/** Takes the keys of the configuration, or those beside the database, made at the first start. */
function loadKeys(config: Config): Keys {
  const make = (prefix: string, encoding: 'base64' | 'base64url') => (): string =>
    prefix + Buffer.from(systemRandom.bytes(32)).toString(encoding);
  try {
    const admin =
      config.adminKey === null
        ? readOrMakeKey(keyFile(config.databaseUrl, 'admin.key'), make('cak_', 'base64url'))
        : { key: config.adminKey, isNew: false };
    const encryptionKey =
      config.encryptionKey ??
      Buffer.from(
        readOrMakeKey(keyFile(config.databaseUrl, 'encryption.key'), make('', 'base64')).key,
        'base64',
      );
    return { adminKey: admin.key, encryptionKey, isFirstStart: admin.isNew };
  } catch (error) {
    if (error instanceof KeyFileError) throw new StartError(error.message, 78, error);
    throw error;
  }
}

/** What `carillon doctor` says of the database: one line per check. */
export async function checkDatabase(config: Config): Promise<readonly DatabaseCheck[]> {
  return checkPlace(placeOf(config));
}

/** What `carillon doctor` says of a receiver: one POST of an empty object, under the same guard as deliveries. */
export async function probeTarget(config: Config, url: string): Promise<{ ok: boolean; detail: string }> {
  const rules = createAddressRules(config.allowTargets);
  const problem = judgeUrl(url, rules, { urlLengthMax: config.limits.urlLengthMax });
  if (problem !== null) return { ok: false, detail: problem };
  const sender = createSender({ rules, userAgent: `Carillon/${version}`, connectionsPerOriginMax: 1 });
  const headers = { 'content-type': 'application/json' };
  const reply = await sender.send({ url, headers, body: Buffer.from('{}'), timeoutMs: probeTimeoutMs });
  await sender.close();
  if (reply.kind === 'failed') return { ok: false, detail: `${reply.error}: ${reply.message}` };
  return { ok: true, detail: `answered ${reply.status} after ${Math.round(reply.durationMs)} ms` };
}

const probeTimeoutMs = 10_000;
const systemLog = (config: Config): Logger => createLogger(config.log);
