import type { CommandHandlers } from '#core/commands.ts';
import type { CommandDeps } from './deps.ts';

export function createServerCommands({ effects }: CommandDeps): Pick<CommandHandlers, 'resume'> {
  return { resume: async () => effects.resume() };
}
