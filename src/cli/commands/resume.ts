// `carillon resume`: begins deliveries in a server that was started with `--paused`.
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';

export function addResume(program: Command, cli: Cli): void {
  program
    .command('resume')
    .description('Begin deliveries in a server that was started with --paused.')
    .action(async () => {
      cli.answer(await cli.client().call('resume', {}), ({ resumed }) =>
        resumed ? 'resumed: deliveries go out' : 'nothing to do: the server was not paused',
      );
    });
}
