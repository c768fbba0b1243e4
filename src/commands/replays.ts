// A person's order for many: durable, paced, stoppable. `replay-loop.ts` carries it out.
import type { Endpoint } from '#core/endpoint.ts';
import { Fault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { Clock } from '#lib/clock.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Store } from '#store/store.ts';
import type { Replay, ReplayTerms } from '#core/replay.ts';

export type { Replay } from '#core/replay.ts';

export interface Replays {
  /** Starts one. Faults: `tenant_not_found`, `endpoint_not_found`. */
  create(input: ReplayTerms): Promise<Replay>;
  /** How many deliveries it would order. */
  count(input: ReplayTerms): Promise<number>;
  /** Fault `replay_not_found`. */
  get(tenant: TenantId, id: string): Promise<Replay>;
  /** What it has ordered stays ordered. */
  stop(tenant: TenantId, id: string): Promise<void>;
  /** After an endpoint was enabled: orders again what it missed, where its dialect's policy says so. */
  resume(before: Endpoint): Promise<void>;
}

/** How far before the first failure of a run its event may have been published; longest schedule of a dialect. */
const missedMs = 4 * 24 * 60 * 60 * 1000;
const resumeRate = 100;

export function createReplays(deps: {
  store: Store;
  dialects: ReadonlyMap<string, Dialect>;
  clock: Clock;
  ids: IdSource;
  /** One has been started: whoever steps them need not wait until it looks again. */
  onStarted: () => void;
}): Replays {
  const { store, clock } = deps;

  const check = async (input: ReplayTerms): Promise<void> => {
    const { tenant, mode, endpoint } = input;
    if ((await store.tenants.get(tenant)) === null) {
      throw new Fault('tenant_not_found', `there is no tenant "${tenant}"`);
    }
    if (endpoint !== null && (await store.endpoints.get({ tenant, mode }, { id: endpoint })) === null) {
      throw new Fault('endpoint_not_found', `this tenant has no endpoint "${endpoint}"`);
    }
  };

  const get = async (tenant: TenantId, id: string): Promise<Replay> => {
    const replay = await store.replays.get(tenant, id);
    if (replay === null) throw new Fault('replay_not_found', `this tenant has no replay "${id}"`);
    return replay;
  };

  const start = async (input: ReplayTerms): Promise<Replay> => {
    const now = clock.now();
    const total = await store.replays.count(input);
    const id = deps.ids.next('rpl', now);
    const replay: Replay = { ...input, id, total, done: 0, state: 'running', createdAt: now };
    await store.replays.create(replay);
    deps.onStarted();
    return replay;
  };

  return {
    async create(input) {
      await check(input);
      return start(input);
    },
    async resume({ id, tenant, mode, health, disabledAt }) {
      const owner = await store.tenants.get(tenant);
      const policy = owner === null ? undefined : deps.dialects.get(owner.dialect)?.policy;
      if (policy?.onEnable !== 'release-and-replay') return;
      // Everything that failed since the run of failures began; what waits for a retry comes due at once.
      const until = clock.now() + 1;
      const since = health.firstFailureAt ?? disabledAt ?? until;
      const missed = { eventTypes: null, since: since - missedMs, until, ratePerSecond: resumeRate };
      await start({ tenant, mode, endpoint: id, states: ['pending', 'exhausted'], ...missed });
    },
    async count(input) {
      await check(input);
      return store.replays.count(input);
    },
    get,
    async stop(tenant, id) {
      await get(tenant, id);
      await store.replays.stop(tenant, id);
    },
  };
}
