// The engine thread: owns the store, carries out commands and delivers. The API thread asks it through `Backend`.
import { Registry } from 'prom-client';
import { ClientLimits } from '#commands/client-limits.ts';
import type { CommandDeps } from '#commands/deps.ts';
import { createHandlers } from '#commands/handlers.ts';
import { SecretPool } from '#commands/secret-pool.ts';
import { ensureOperator } from '#commands/tenants.ts';
import { type Config, isSqlite } from '#config.ts';
import { behindMs } from '#core/archive.ts';
import type { Origin } from '#core/audit.ts';
import type { Backend, EngineState, Trouble } from '#core/backend.ts';
import { type CommandName, type EngineHandlers, isAudited } from '#core/commands.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { createSecretBox } from '#core/secrets.ts';
import type { TenantId } from '#core/tenant.ts';
import { byName } from '#dialects/dialect.ts';
import { CheckLoop } from '#engine/checks/loop.ts';
import { contentReadsAtOnce } from '#engine/content.ts';
import { createAlertChannels } from '#engine/alert-channels.ts';
import { AuditRelay } from '#engine/audit-relay.ts';
import { AlertLoop } from '#engine/alert-loop.ts';
import { createCommit, type DeliveryQueue } from '#engine/commit.ts';
import { createHeldRetention } from '#engine/held.ts';
import type { InProgress } from '#engine/in-progress.ts';
import { createHousekeeper, createReadArchive, type Housekeeper } from '#engine/housekeeping.ts';
import { createDeliveryMetrics } from '#engine/metrics.ts';
import { NewsDesk } from '#engine/news.ts';
import { Pause } from '#engine/pause.ts';
import { Pulls } from '#engine/pulls.ts';
import { ReplayLoop } from '#engine/replays.ts';
import { Shortages } from '#engine/shortages.ts';
import { StatsCollector } from '#engine/stats.ts';
import { Targets } from '#engine/targets.ts';
import { findOldestDue } from '#engine/whole-agenda.ts';
import { Worker } from '#engine/worker.ts';
import { FairSemaphore, type Permits } from '#lib/fair-semaphore.ts';
import { createIdSource } from '#lib/ids.ts';
import { Revision } from '#lib/revision.ts';
import { createSeal, keyIdOf } from '#lib/seal.ts';
import { version } from '#lib/version.ts';
import { createAddressRules } from '#sending/address.ts';
import { createMailer } from '#sending/mail.ts';
import { createReachCheck } from '#sending/reach.ts';
import { createResolve } from '#sending/resolve.ts';
import { createSender } from '#sending/send.ts';
import type { Store } from '#store/store.ts';
import { createTransforms } from '#transforms/pool.ts';
import { carryOut } from './backend.ts';
import { openStore } from './database.ts';
import { processName } from './process-name.ts';
import { readFreeSpace } from './disk.ts';
import { divideDescriptors, readOpenFilesMax } from './descriptors.ts';
import type { Keys } from './keys.ts';
import type { RemoteEngine } from './line.ts';
import { startTracing } from './tracing.ts';
import type { World } from './world.ts';

/** Everything built and nothing running yet: `startEngine` runs it, a test steps it. */
/** The default of `CARILLON_HELD_RETENTION` is at least this. */
const heldRetentionMsMin = 30 * 86_400_000;

export interface Engine {
  readonly backend: Backend;
  readonly store: Store;
  readonly worker: Worker;
  readonly inProgress: InProgress;
  readonly replays: ReplayLoop;
  readonly checks: CheckLoop;
  readonly alerts: AlertLoop;
  readonly auditRelay: AuditRelay;
  readonly housekeeper: Housekeeper;
  readonly pause: Pause;
  flushStats(): Promise<void>;
  close(): Promise<void>;
}

/** How often the store is asked which endpoints have work; what this process publishes itself it knows without. */
const rescanMs = 60_000;
/** The same where other processes publish too: their notifications are best-effort. */
const rescanSharedMs = 5_000;

/** Builds the engine and runs the loops that the role of this process has. Throws `StartError`. */
export async function startEngine(config: Config, keys: Keys, world: World): Promise<RemoteEngine> {
  const engine = await buildEngine(config, keys, world);
  const ending = new AbortController();
  // A process of the role `api` runs no loop: it delivers nothing and leaves retention to the workers.
  const { worker, inProgress, replays, checks, alerts, auditRelay, housekeeper } = engine;
  const loops =
    config.role === 'api'
      ? []
      : [
          // Also while it is paused: a publication that was accepted is written to its end.
          inProgress.run(ending.signal),
          ...[worker, replays, checks, alerts, auditRelay, housekeeper].map((loop) =>
            engine.pause.run(loop, ending.signal),
          ),
        ];
  if (engine.pause.isPaused) world.log.warn({ advice: 'carillon resume' }, 'deliveries.paused');
  const pause = async (): Promise<void> => {
    ending.abort();
    worker.pause();
  };
  return {
    ...engine.backend,
    pause,
    flushStats: () => engine.flushStats(),
    async stop(timeoutMs) {
      await pause();
      const waited = new AbortController();
      void world.clock.sleep(timeoutMs, waited.signal).then(() => waited.abort());
      await Promise.all(loops);
      await worker.stop(waited.signal);
      await engine.flushStats();
      waited.abort();
      await engine.close();
    },
  };
}

/** Builds it on an open store. Throws `StartError`. */
export async function buildEngine(config: Config, keys: Keys, world: World): Promise<Engine> {
  const { clock, random, log } = world;
  const { inFlightMax, socketsKeptMax } = divideDescriptors(readOpenFilesMax(), config);
  const limits = { ...config.limits, inFlightMax };
  const dialects = byName(world.dialects);
  const ids = createIdSource(random);
  const seal = createSeal(keys.encryptionKeys, random);
  const secrets = createSecretBox(seal);
  const secretPool = new SecretPool({ clock, random, seal });
  const rules = createAddressRules(config.allowTargets, config.allowPorts);
  const resolve = world.resolve ?? createResolve(rules);
  const store = await openStore(config, { ids, now: clock.now(), seal, processName: processName(config) });
  const stats = new StatsCollector(store);
  const readArchive = createReadArchive(config.archive.place, store.archive);
  const isDelivering = config.role !== 'api';
  const pause = new Pause(config.paused && isDelivering);
  const registry = new Registry();
  const metrics = createDeliveryMetrics(
    registry,
    {
      inFlight: () => worker.counts.inFlight,
      buffered: () => worker.counts.buffered,
      isPaused: () => pause.isPaused,
      store: () => store.counters(),
      isUsable: () =>
        store.check().then(
          () => true,
          () => false,
        ),
      partitions: () => store.spread?.partitions() ?? [],
      retentionBehindMs: () => housekeeper.behindMs(),
      diskFreeBytes: async () => (await readFreeSpace(config))?.bytes ?? null,
      database: {
        async backlog() {
          const waiting = await store.deliveries.countWaiting();
          const oldestDueAt = await findOldestDue(store.deliveries, clock.now());
          return { waiting, oldestMs: Math.max(0, clock.now() - (oldestDueAt ?? Infinity)) };
        },
        async archiveBehindMs() {
          const archive = await readArchive();
          return archive === null ? null : behindMs(archive.progress, clock.now() - config.retentionMs);
        },
        async slotsClosedMs() {
          if (store.spread === undefined) return null;
          return Math.max(0, clock.now() - ((await store.spread.closedSince()) ?? Infinity));
        },
      },
    },
    config.metricsTopMax,
  );
  const sender = createSender({
    rules,
    userAgent: `Carillon/${version}`,
    // Many endpoints may share an origin; the concurrency of each is limited by its lane.
    connectionsPerOriginMax: inFlightMax,
    socketsKeptMax,
    resolve,
    egress: config.egress,
    ...(world.ca === undefined ? {} : { ca: world.ca }),
  });
  const targets = new Targets({ store, dialects, secrets, seal, clock });
  const shortages = new Shortages({ clock, log, metrics });
  const { tracer, stop: stopTracing } = await startTracing(config, world, 'engine');
  const transforms = createTransforms({ threadsMax: config.transformThreads });
  const news = new NewsDesk();
  const found = { store, targets, sender, transforms, clock, random, ids, limits };
  const contentReads = new FairSemaphore<TenantId>(contentReadsAtOnce);
  const made = { ...found, contentReads, metrics, stats, shortages, pause, news, log, tracer };
  const rescan = isSqlite(config.databaseUrl) ? rescanMs : rescanSharedMs;
  const worker = new Worker({ ...made, rescanMs: rescan });
  const invalidate = (changed: readonly EndpointId[]): void =>
    changed.forEach((endpoint) => targets.invalidate(endpoint));

  // What the API thread caches of the keys of the admin API is to be read again.
  const access = new Revision();
  const queue = isDelivering ? worker : withoutWorker(news);
  store.listen?.({
    due: (due) => queue.notify(due),
    changed(changed) {
      invalidate(changed);
      news.due(changed);
    },
    leasesLost: (partition) => worker.releaseLeases(partition),
    accessChanged: () => access.raise(),
    noticed: ({ level, event, detail }) => log[level]({ detail }, event),
  });
  const notify = (endpoints: readonly EndpointId[]): void => queue.notify(endpoints);
  const checks = new CheckLoop(made);
  const commit = createCommit({ store, queue, clock, log, metrics, news, tracer });
  const { retentionMs, auditRetentionMs } = config;
  const heldRetentionMs = config.heldRetentionMs ?? Math.max(retentionMs, heldRetentionMsMin);
  const publish = commit.publishOne;
  const cancelHeld = createHeldRetention({ store, clock, log, metrics, publish, heldRetentionMs });
  const retention = { retentionMs, auditRetentionMs, readArchive };
  const replays = new ReplayLoop({ store, clock, log, notify, retentionMs });
  const housekeeper = createHousekeeper({ store, stats, cancelHeld, clock, log, ...retention });
  const { smtp, mailFrom, backlogMs } = config.alerts;
  const mailer = smtp === null || mailFrom === null ? null : createMailer({ server: smtp, from: mailFrom });
  const deliverAlert = createAlertChannels({
    sender,
    mailer,
    publish,
    seal,
    publicUrl: config.publicUrl,
    log,
  });
  const auditRelay = new AuditRelay({ store, publish, clock, log });
  const alerts = new AlertLoop({
    store,
    deliver: deliverAlert,
    clock,
    ids,
    metrics,
    log,
    backlogMs,
    perHourMax: limits.alertSendsPerHourMax,
  });
  const effects = {
    notify,
    invalidate(changed: readonly EndpointId[]) {
      invalidate(changed);
      news.due(changed);
    },
    replayStarted: () => replays.notify(),
    checkStarted: () => checks.notify(),
    accessChanged: () => access.raise(),
    resume: () => pause.resume(),
    publish: commit.publishOne,
    sendAlert: deliverAlert,
  };
  const checkReach = createReachCheck(rules, resolve);
  const egressNames = config.egress.proxies.map(({ name }) => name);
  const parts = {
    store,
    retentionMs,
    dialects,
    rules,
    checkReach,
    egressNames,
    encryptionKeyId: keyIdOf(keys.encryptionKeys[0]),
    limits,
    clock,
    ids,
    random,
    seal,
    secrets,
    transforms,
    hasMail: mailer !== null,
  };
  const pulls = new Pulls({
    ...made,
    record: (result) => worker.record(result),
    notify(endpoints) {
      queue.notify(endpoints);
      store.notifyDue?.(endpoints);
    },
  });
  const deps: CommandDeps = { ...parts, secretPool, effects, pulls };
  await ensureOperator(deps);
  const handlers = createHandlers(deps);
  const handlersFor = (name: CommandName, origin: Origin | null): EngineHandlers =>
    origin === null || !isAudited(name)
      ? handlers
      : createHandlers({ ...deps, store: store.by({ ...origin, name, at: clock.now() }) });
  // Round the tenants, so that a thousand commands of one do not delay those of others, or deliveries.
  const turns = new FairSemaphore<TenantId | null>(commandPermits(config));
  return {
    store,
    worker,
    inProgress: commit.inProgress,
    replays,
    checks,
    alerts,
    auditRelay,
    pause,
    housekeeper,
    backend: {
      ...carryOut(handlersFor, {
        authenticate: handlers.authenticate,
        limits: new ClientLimits(limits),
        clock,
        inTurn: ({ tenant }, work) => turns.run(tenant, work),
      }),
      publish: commit.publish,
      published: (id) => commit.inProgress.published(id),
      accessChanged: (known) => access.after(known),
      news: () => news.next(),
      placement: () => Promise.resolve(store.spread?.map().slots ?? null),
      async check() {
        const database = await store.check().then(() => [], toTrouble);
        const partitions = countUsable(store);
        return {
          troubles: [...database, ...shortages.troubles()],
          isPaused: pause.isPaused,
          ...(partitions === null ? {} : { partitions }),
        };
      },
      metricsText: () => registry.metrics(),
    },
    flushStats: () => stats.flush(),
    async close() {
      secretPool.close();
      await commit.inProgress.stop();
      await sender.close();
      await transforms.close();
      await stopTracing();
      await store.close();
    },
  };
}

/** Null for a store of one database. */
function countUsable({ spread }: Store): NonNullable<EngineState['partitions']> | null {
  const partitions = spread?.partitions();
  if (partitions === undefined) return null;
  return { usable: partitions.filter(({ isUsable }) => isUsable).length, total: partitions.length };
}

function toTrouble(error: unknown): readonly Trouble[] {
  const summary = 'the database cannot be used';
  return [{ summary, detail: error instanceof Error ? error.message : summary }];
}

/** Connections to a database server that are left to delivering and publishing, whatever commands run. */
const deliveryConnections = 3;
/** Most changes of one tenant wait for each other in the database: more at once would only hold connections. */
const commandsPerTenant = 2;

function commandPermits({ databasePoolMax }: Config): Permits {
  return { total: Math.max(1, databasePoolMax - deliveryConnections), perGroup: commandsPerTenant };
}

/** For a process that does not deliver: fresh deliveries wait in the store, which notifies the other processes. */
function withoutWorker(news: NewsDesk): DeliveryQueue {
  return { capacity: () => 0, enqueue: () => {}, notify: (endpoints) => news.due(endpoints) };
}
