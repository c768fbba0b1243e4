// The API thread: answers requests (admin API, every dialect, health) from what the engine thread is asked.
import type { FastifyInstance } from 'fastify';
import { type Config, isSqlite, nameDatabase } from '#config.ts';
import type { Backend } from '#core/backend.ts';
import { byName } from '#dialects/dialect.ts';
import type { SelfDescription } from '#http/deps.ts';
import { createHttpMetrics } from '#http/metrics.ts';
import { shuttingDown } from '#http/health.ts';
import { pagesFolder } from '#http/pages/files.ts';
import { createHttpServer } from '#http/server.ts';
import { createPublishMetrics } from '#intake/metrics.ts';
import { createCatalogue } from '#intake/catalogue.ts';
import { createPublisher } from '#intake/publish.ts';
import { addBuildInfo, createProcessRegistry } from '#lib/metrics.ts';
import { version } from '#lib/version.ts';
import { startArchive } from './archive.ts';
import { divideDescriptors, readOpenFilesMax } from './descriptors.ts';
import type { Keys } from './keys.ts';
import { watchPlacement } from './placement.ts';
import { startOutbox } from './outbox.ts';
import { processName } from './process-name.ts';
import { createReadinessLog } from './readiness-log.ts';
import { startTracing } from './tracing.ts';
import type { World } from './world.ts';

export interface Api {
  readonly http: FastifyInstance;
  /** Takes it out of readiness. */
  drain(): void;
  /** Answers the requests in progress, and resolves when all that was accepted is on disk. */
  close(): Promise<void>;
}

/** Builds it, ready to listen. */
export async function buildApi(config: Config, keys: Keys, backend: Backend, world: World): Promise<Api> {
  const { clock, log, dialects } = world;
  const { limits } = config;
  const registry = createProcessRegistry();
  addBuildInfo(registry, {
    version,
    node: process.versions.node,
    role: config.role,
    process: String(process.pid),
  });
  const metrics = createPublishMetrics(registry);
  const { tracer, stop: stopTracing } = await startTracing(config, world, 'api');
  const catalogue = createCatalogue({ backend, clock, rule: config.eventTypes });
  const placement = config.partitions.length === 0 ? null : watchPlacement(backend, clock);
  const publisher = createPublisher({
    ...(placement === null ? {} : { partitionOf: placement.partitionOf }),
    backend,
    dialects: byName(dialects),
    catalogue,
    limits,
    clock,
    metrics,
    tracer,
  });

  let isDraining = false;
  const logReadiness = createReadinessLog({ clock, log });
  const http = await createHttpServer({
    backend,
    publisher,
    catalogue,
    dialects,
    isShared: !isSqlite(config.databaseUrl),
    isPublic: config.role !== 'worker',
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    limits,
    connectionsMax: divideDescriptors(readOpenFilesMax(), config).connectionsMax,
    metrics: createHttpMetrics(registry),
    clock,
    log,
    rootKeys: keys.adminKeys,
    version,
    self: describeSelf(config, clock.now()),
    pagesFolder,
    async readiness() {
      if (isDraining) return { troubles: [shuttingDown], isPaused: false };
      const state = await backend.check();
      logReadiness(state.troubles);
      return state;
    },
    metricsText: async () => (await registry.metrics()) + (await backend.metricsText()),
  });
  const outbox = await startOutbox(config, { publisher, registry, clock, log });
  const archive = await startArchive(config, { backend, clock, log });
  return {
    http,
    drain() {
      isDraining = true;
    },
    async close() {
      await Promise.all([http.close(), outbox?.stop(), archive?.stop()]);
      await publisher.drain();
      placement?.stop();
      await stopTracing();
    },
  };
}

function describeSelf(config: Config, startedAt: number): SelfDescription {
  const { databaseUrl, shown } = config;
  return {
    name: processName(config),
    startedAt,
    database: { kind: isSqlite(databaseUrl) ? 'sqlite' : 'postgres', name: nameDatabase(databaseUrl) },
    settings: shown.map(({ isGiven, isSecret, ...setting }) => ({
      ...setting,
      given: isGiven,
      secret: isSecret,
    })),
  };
}
