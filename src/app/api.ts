// The half of the server that answers requests: the admin API, every dialect, and what looks after the server.
import type { FastifyInstance } from 'fastify';
import type { Config } from '#config.ts';
import type { CommandHandlers } from '#core/commands.ts';
import { createSecretBox } from '#core/secrets.ts';
import { createDeliveryLog, createEventLog } from '#commands/log.ts';
import { createPublishMetrics } from '#intake/metrics.ts';
import { createPublisher } from '#intake/publish.ts';
import { createOrders } from '#commands/redeliver.ts';
import { createReplays } from '#commands/replays.ts';
import { createCharts } from '#commands/stats.ts';
import { dialects, dialectsByName } from '#dialects/index.ts';
import { createEndpoints } from '#commands/endpoints.ts';
import { createTenantSecrets } from '#commands/tenant-secrets.ts';
import { createHttpServer } from '#http/server.ts';
import { createAddressRules } from '#sending/address.ts';
import { createIdSource } from '#lib/ids.ts';
import { createProcessRegistry } from '#lib/metrics.ts';
import { createSeal } from '#lib/seal.ts';
import { version } from '#lib/version.ts';
import { createCredentials } from '#commands/credentials.ts';
import { createTenants } from '#commands/tenants.ts';
import type { Backend } from './engine.ts';
import type { Keys } from './keys.ts';
import type { World } from './world.ts';

export interface Api {
  readonly http: FastifyInstance;
  /** Takes it out of readiness. */
  drain(): void;
  /** Answers what is under way, and resolves when all that was accepted is on disk. */
  close(): Promise<void>;
}

/** Builds it, ready to listen. */
export async function buildApi(config: Config, keys: Keys, backend: Backend, world: World): Promise<Api> {
  const { clock, random, log } = world;
  const { limits } = config;
  const { store, wake, forget } = backend;
  const ids = createIdSource(random);
  const seal = createSeal(keys.encryptionKey, random);
  const registry = createProcessRegistry();

  const tenants = createTenants({ store, dialects: dialectsByName, clock, ids });
  await tenants.ensureOperator();
  const metrics = createPublishMetrics(registry);
  const { commit } = backend;
  const publisher = createPublisher({ store, commit, dialects: dialectsByName, limits, clock, metrics });
  const onStarted = (): void => backend.replayStarted();
  const replays = createReplays({ store, dialects: dialectsByName, clock, ids, onStarted });
  const commands: CommandHandlers = {
    ...createEndpoints({
      store,
      dialects: dialectsByName,
      rules: createAddressRules(config.allowTargets),
      limits,
      clock,
      ids,
      random,
      secrets: createSecretBox(seal),
      async onChanged(after, before) {
        await forget([after.id]);
        if (after.enabled) wake([after.id]);
        if (after.enabled && !before.enabled) await replays.resume(before);
      },
    }),
    ...createTenantSecrets({ store, dialects: dialectsByName, random, seal, onChanged: forget }),
    ...createDeliveryLog(store),
    ...createOrders({ store, publisher, wake, clock }),
  };
  let isDraining = false;
  const http = await createHttpServer({
    commands,
    tenants,
    credentials: createCredentials({ store, tenants, dialects: dialectsByName, clock, ids, random, seal }),
    publisher,
    events: createEventLog(store),
    replays,
    stats: createCharts(store, () => backend.flushStats()),
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
    metricsText: async () => (await registry.metrics()) + (await backend.metricsText()),
  });
  return {
    http,
    drain() {
      isDraining = true;
    },
    async close() {
      await http.close();
      await publisher.drain();
    },
  };
}
