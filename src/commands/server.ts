import type { Change } from '#core/audit.ts';
import type { CommandHandlers } from '#core/commands.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';

export function createServerReads({ store }: ReadDeps): Pick<CommandHandlers, 'describeDatabase'> {
  return { describeDatabase: () => store.server.describe() };
}

export function createServerCommands({ store, effects }: CommandDeps): Pick<CommandHandlers, 'resume'> {
  return {
    async resume() {
      const isResumed = effects.resume();
      if (isResumed) await store.audit.append(resumed);
      return isResumed;
    },
  };
}

/** The pause is of this process alone, and not in the store. */
const resumed: Change = {
  tenant: null,
  mode: null,
  noun: 'server',
  target: 'deliveries',
  before: { isPaused: true },
  after: { isPaused: false },
};
