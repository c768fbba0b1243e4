// Backfills: what was published before an endpoint existed or subscribed, delivered to it by a job like a replay.
// `engine/replays.ts` carries them out.
import type { BackfillOrder, CommandHandlers } from '#core/commands.ts';
import { fieldFault } from '#core/fault.ts';
import type { BackfillTerms, Replay } from '#core/replay.ts';
import { slotOf } from '#core/slot.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { endpointNotFound } from './endpoint-checks.ts';
import { noProgress } from './replays.ts';
import { dialectOf } from './tenant-dialect.ts';

export function createBackfillReads(deps: ReadDeps): Pick<CommandHandlers, 'countBackfill'> {
  return {
    async countBackfill(order) {
      return { total: await deps.store.replays.countBackfill(await readTerms(deps, order)) };
    },
  };
}

export function createBackfillCommands(deps: CommandDeps): Pick<CommandHandlers, 'createBackfill'> {
  const { store, clock, ids, effects } = deps;
  return {
    async createBackfill({ ratePerSecond, ...order }) {
      const terms = await readTerms(deps, order);
      const now = clock.now();
      const replay: Replay = {
        ...terms,
        ...noProgress,
        id: ids.next('rpl', now, slotOf(terms.tenant)),
        kind: 'backfill',
        states: [],
        ratePerSecond,
        includeDisabled: true,
        total: await store.replays.countBackfill(terms),
        state: 'running',
        createdAt: now,
      };
      await store.replays.create(replay);
      effects.replayStarted();
      return replay;
    },
  };
}

/** Only what has been published by now: a backfill ends, also while events are published. */
async function readTerms(
  deps: ReadDeps,
  { tenant, mode, eventTypes, since, until, ...key }: BackfillOrder,
): Promise<BackfillTerms> {
  await dialectOf(deps, tenant);
  const now = deps.clock.now();
  if (since >= now) throw fieldFault('since', 'must be in the past');
  const endpoint = await deps.store.endpoints.get({ tenant, mode }, key);
  if (endpoint === null) throw endpointNotFound(key);
  return {
    tenant,
    mode: endpoint.mode,
    endpoint: endpoint.id,
    eventTypes,
    since,
    until: Math.min(until ?? now, now),
  };
}
