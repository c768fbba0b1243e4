// The reading thread: carries out the commands that only read, each bounded, on connections of its own. Reads of many
// tenants take turns, and those of one take at most a quarter of a core.
import { authenticate } from '#commands/credentials.ts';
import { ClientLimits } from '#commands/client-limits.ts';
import { createReadHandlers } from '#commands/handlers.ts';
import type { Config } from '#config.ts';
import { Fault } from '#core/fault.ts';
import { createSecretBox } from '#core/secrets.ts';
import { byName } from '#dialects/dialect.ts';
import { FairQueue } from '#lib/fair-queue.ts';
import { createSeal } from '#lib/seal.ts';
import { carryOut } from './backend.ts';
import { openReads } from './database.ts';
import type { Keys } from './keys.ts';
import type { RemoteReader } from './line.ts';
import type { World } from './world.ts';

const shareMax = 0.25;
const retryAfterSeconds = 1;
/** No tenant has these ids. */
const operator = '';
const background = ' ';

/** The database is opened with the first read, when the engine has opened it. */
export async function startReader(config: Config, keys: Keys, world: World): Promise<RemoteReader> {
  const { clock, random } = world;
  const { limits } = config;
  const seal = createSeal(keys.encryptionKeys, random);
  const { store, slots } = await openReads(config);
  const deps = {
    store,
    dialects: byName(world.dialects),
    clock,
    seal,
    secrets: createSecretBox(seal),
    retentionMs: config.retentionMs,
  };
  const overflow = (key: string): Fault =>
    new Fault(
      key === operator ? 'unavailable' : 'rate_limited',
      `at most ${limits.readsMax} reads wait at once; try again in ${retryAfterSeconds} s`,
      { retryAfterSeconds },
    );
  const queue = new FairQueue({ clock, slots, perKeyMax: limits.readsMax, shareMax, overflow });
  const handlers = createReadHandlers(deps);
  return {
    ...carryOut(() => handlers, {
      authenticate: (client) => authenticate(deps, client),
      limits: new ClientLimits(limits),
      clock,
      inTurn: ({ tenant, isClient, isBackground }, work) =>
        queue.run(isBackground ? background : isClient && tenant !== null ? tenant : operator, work),
    }),
    check: async () => ({ troubles: [], isPaused: false }),
    async stop() {
      queue.close();
      await store.close();
    },
  };
}
