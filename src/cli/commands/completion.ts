// `carillon completion`: prints the completion script of a shell, and `complete` what the script asks for.
import { Argument, type Command } from 'commander';
import type { Cli } from '../cli.ts';
import { findCandidates } from '../completion/candidates.ts';
import { type Shell, scripts, shells } from '../completion/scripts.ts';

export function addCompletion(program: Command, cli: Cli): void {
  program
    .command('completion')
    .description('Print the completion script of a shell.')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText('after', '\nExample:\n  source <(carillon completion bash)')
    .action((shell: Shell) => cli.terminal.print(scripts[shell].trimEnd()));

  program.command('complete <words...>', { hidden: true }).action((words: readonly string[]) => {
    const lines = findCandidates(program, words).map(({ value, about }) => `${value}\t${about}`);
    if (lines.length > 0) cli.terminal.print(lines.join('\n'));
  });
}
