// `carillon help`: the help of a command at any depth.
import type { Command } from 'commander';
import { exitCodes, Failure } from '../failure.ts';

export function addHelp(program: Command): void {
  program
    .helpCommand(false)
    .command('help [command...]')
    .description('Show the help of a command: help tenants create.')
    .action((names: readonly string[]) => {
      const command = names.reduce(findCommand, program);
      command.help();
    });
}

function findCommand(parent: Command, name: string): Command {
  const found = parent.commands.find(
    (command) => command.name() === name || command.aliases().includes(name),
  );
  if (found !== undefined) return found;
  const names = parent
    .createHelp()
    .visibleCommands(parent)
    .map((command) => command.name());
  const hint = names.length === 0 ? null : `there are: ${names.join(', ')}`;
  throw new Failure(`unknown command '${name}'`, { hint, exitCode: exitCodes.usage });
}
