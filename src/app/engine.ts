// The half of the server that delivers: the store, the loops that work on it, and what they send with.
import { Registry } from 'prom-client';
import { type Config, isSqlite } from '#config.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { createSecretBox } from '#core/secrets.ts';
import { type Commit, createCommit, type Handover } from '#engine/commit.ts';
import { createHousekeeper, type Housekeeper } from '#engine/housekeeping.ts';
import { createDeliveryMetrics } from '#engine/metrics.ts';
import { createReplayLoop, type ReplayLoop } from '#engine/replays.ts';
import { createSender } from '#sending/send.ts';
import { createStats } from '#engine/stats.ts';
import { createTargets } from '#engine/targets.ts';
import { createWorker, type Worker } from '#engine/worker.ts';
import { dialectsByName } from '#dialects/index.ts';
import { createAddressRules } from '#sending/address.ts';
import { createIdSource } from '#lib/ids.ts';
import { createSeal } from '#lib/seal.ts';
import { version } from '#lib/version.ts';
import type { Store } from '#store/store.ts';
import { openStore } from './database.ts';
import type { Keys } from './keys.ts';
import type { World } from './world.ts';

/** What the other half, which answers requests, asks of this one: in the same thread or from another. */
export interface Backend {
  readonly store: Store;
  readonly commit: Commit;
  /** These endpoints have something due. */
  readonly wake: (endpoints: readonly EndpointId[]) => void;
  /** These endpoints are not what they were: when it resolves, nothing more is sent as before. */
  readonly forget: (endpoints: readonly EndpointId[]) => Promise<void>;
  replayStarted(): void;
  flushStats(): Promise<void>;
  /** In the Prometheus text format. */
  metricsText(): Promise<string>;
}

/** An engine that turns by itself. */
export interface RunningEngine extends Backend {
  /** Claims and sends no more once it resolves; what is on its way goes on. */
  rest(): Promise<void>;
  /** Finishes what is on its way for `timeoutMs` at most, gives back the rest, closes the store. */
  stop(timeoutMs: number): Promise<void>;
}

/** Everything built and nothing running yet: `startEngine` runs it, a test steps it. */
export interface Engine {
  readonly backend: Backend;
  readonly worker: Worker;
  readonly replays: ReplayLoop;
  readonly housekeeper: Housekeeper;
  close(): Promise<void>;
}

/** How often the agenda is read anew; what this process publishes itself it knows without. */
const rescanMs = 60_000;
/** The same where others publish too: a word of theirs may be lost. */
const rescanSharedMs = 5_000;

/** Builds the engine and runs its loops, those that the role of this process has. Throws `StartError`. */
export async function startEngine(config: Config, keys: Keys, world: World): Promise<RunningEngine> {
  const engine = await buildEngine(config, keys, world);
  const ending = new AbortController();
  // A process that only takes in runs no loop: it delivers nothing and leaves the sweeping to those who do.
  const parts = config.role === 'api' ? [] : [engine.worker, engine.replays, engine.housekeeper];
  const loops = parts.map((part) => part.run(ending.signal));
  const rest = async (): Promise<void> => {
    ending.abort();
    engine.worker.rest();
  };
  return {
    ...engine.backend,
    rest,
    async stop(timeoutMs) {
      await rest();
      const waited = new AbortController();
      void world.clock.sleep(timeoutMs, waited.signal).then(() => waited.abort());
      await Promise.all(loops);
      await engine.worker.stop(waited.signal);
      await engine.backend.flushStats();
      waited.abort();
      await engine.close();
    },
  };
}

/** Builds it on an open store. Throws `StartError`. */
export async function buildEngine(config: Config, keys: Keys, world: World): Promise<Engine> {
  const { clock, random, log } = world;
  const { limits } = config;
  const ids = createIdSource(random);
  const seal = createSeal(keys.encryptionKey, random);
  const store = await openStore(config, { ids, now: clock.now(), seal });
  const stats = createStats(store);
  const registry = new Registry();
  const metrics = createDeliveryMetrics(registry, {
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
    rules: createAddressRules(config.allowTargets),
    userAgent: `Carillon/${version}`,
    // Many endpoints may share an origin; what one of them may do at once, its lane says.
    connectionsPerOriginMax: limits.inFlightMax,
    ...(world.resolve === undefined ? {} : { resolve: world.resolve }),
    ...(world.ca === undefined ? {} : { ca: world.ca }),
  });
  const targets = createTargets({
    store,
    dialects: dialectsByName,
    secrets: createSecretBox(seal),
    seal,
    clock,
  });
  const rescan = isSqlite(config.databaseUrl) ? rescanMs : rescanSharedMs;
  const made = { store, targets, sender, clock, random, ids, limits, metrics, stats, log };
  const worker = createWorker({ ...made, rescanMs: rescan });
  const forget = (changed: readonly EndpointId[]): void => changed.forEach(worker.forget);
  const isDelivering = config.role !== 'api';
  if (isDelivering) {
    store.listen?.({
      due: (due) => worker.wake(due),
      changed: forget,
      leasesLost: () => worker.disown(),
    });
  }
  const handover = isDelivering ? worker : nobody;
  const wake = (endpoints: readonly EndpointId[]): void => handover.wake(endpoints);
  const replays = createReplayLoop({ store, clock, log, wake });
  return {
    worker,
    replays,
    housekeeper: createHousekeeper({ store, stats, clock, log, retentionMs: config.retentionMs }),
    backend: {
      store,
      commit: createCommit({ store, handover, clock, metrics }),
      wake,
      forget: async (changed) => forget(changed),
      replayStarted: () => replays.look(),
      flushStats: () => stats.flush(),
      metricsText: () => registry.metrics(),
    },
    async close() {
      await sender.close();
      await store.close();
    },
  };
}

/** Where deliveries go of a process that sends nothing: they wait in the store, which tells the others. */
const nobody: Handover = { places: () => 0, take: () => {}, wake: () => {} };
