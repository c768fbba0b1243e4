// Replays: a redelivery of many, durable, paced and stoppable. `engine/replays.ts` carries them out.
import type { CommandHandlers, CommandInput } from '#core/commands.ts';
import type { Endpoint } from '#core/endpoint.ts';
import { Fault } from '#core/fault.ts';
import type { Replay, ReplayTerms } from '#core/replay.ts';
import { slotOf } from '#core/slot.ts';
import { endpointNotFound } from './endpoint-checks.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { dialectOf } from './tenant-dialect.ts';

/** The longest retry schedule of a dialect: how long before a first failure its event may have been published. */
const missedMs = 4 * 24 * 60 * 60 * 1000;
const resumeRate = 100;
export const noProgress = { done: 0, delivered: 0, failed: 0 };

export function createReplayReads(
  deps: ReadDeps,
): Pick<CommandHandlers, 'countReplay' | 'listReplays' | 'getReplay'> {
  const { store } = deps;
  return {
    async countReplay(terms) {
      await check(deps, terms);
      const total = await store.replays.count(terms);
      const all = await store.replays.count({ ...terms, includeDisabled: true });
      return { total, leftOut: Math.max(0, all - total) };
    },
    async listReplays({ tenant, limit, cursor }) {
      await dialectOf(deps, tenant);
      return store.replays.list(tenant, { limit, cursor });
    },
    getReplay: (ref) => find(deps, ref),
  };
}

export function createReplayCommands(
  deps: CommandDeps,
): Pick<CommandHandlers, 'createReplay' | 'stopReplay'> {
  return {
    async createReplay(terms) {
      await check(deps, terms);
      return start(deps, terms);
    },
    async stopReplay({ tenant, id }) {
      await find(deps, { tenant, id });
      await deps.store.replays.stop(tenant, id);
      return null;
    },
  };
}

async function check(deps: ReadDeps, { tenant, mode, endpoint }: ReplayTerms): Promise<void> {
  await dialectOf(deps, tenant);
  if (endpoint === null) return;
  const found = await deps.store.endpoints.get({ tenant, mode }, { id: endpoint });
  if (found === null) throw endpointNotFound({ id: endpoint });
}

async function find(deps: ReadDeps, { tenant, id }: CommandInput<'getReplay'>): Promise<Replay> {
  const replay = await deps.store.replays.get(tenant, id);
  if (replay !== null) return replay;
  await dialectOf(deps, tenant);
  throw new Fault('replay_not_found', `this tenant has no replay "${id}"`);
}

/** Replays what an endpoint missed before it was enabled, where the policy of its dialect says so. */
export async function replayMissed(deps: CommandDeps, before: Endpoint): Promise<void> {
  const { id, tenant, mode, health, disabledAt } = before;
  const { policy } = await dialectOf(deps, tenant);
  if (policy.onEnable !== 'release-and-replay') return;
  // All deliveries that failed since the run of failures began; pending retries become due at once.
  const until = deps.clock.now();
  const since = (health.firstFailureAt ?? disabledAt ?? until) - missedMs;
  const missed = { eventTypes: null, since, until, ratePerSecond: resumeRate, includeDisabled: false };
  await start(deps, { tenant, mode, endpoint: id, states: ['pending', 'exhausted'], ...missed });
}

/** Only what has been created by now: a replay ends, also while events are published. */
async function start({ store, clock, ids, effects }: CommandDeps, given: ReplayTerms): Promise<Replay> {
  const now = clock.now();
  const terms = { ...given, until: Math.min(given.until, now) };
  const total = await store.replays.count(terms);
  const id = ids.next('rpl', now, slotOf(given.tenant));
  const facts = { kind: 'replay', state: 'running', createdAt: now } as const;
  const replay: Replay = { ...terms, ...facts, ...noProgress, id, total };
  await store.replays.create(replay);
  effects.replayStarted();
  return replay;
}
