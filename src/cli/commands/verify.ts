// `carillon verify`: checks the signature of a delivery. Needs no server.
import type { Command } from 'commander';
import { formatTime } from '#lib/rfc3339.ts';
import { pointInTime, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { exitCodes, Failure } from '../failure.ts';
import { openInput, readWhole } from '../input.ts';
import { checkSignature } from '../checks/signature.ts';

interface VerifyFlags {
  readonly secret: string;
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly tolerance: number;
  readonly at?: string;
}

const payloadBytesMax = 16 * 1024 * 1024;

export function addVerify(program: Command, cli: Cli): void {
  program
    .command('verify')
    .description(
      'Verify the signature of a request (Standard Webhooks v1), and explain what is wrong with it.',
    )
    .argument('[file]', 'the exact body; - is standard input', '-')
    .requiredOption('--secret <secret>', 'signing secret of the endpoint: whsec_…')
    .requiredOption('--id <id>', 'value of the header webhook-id')
    .requiredOption('--timestamp <seconds>', 'value of the header webhook-timestamp')
    .requiredOption('--signature <signatures>', 'value of the header webhook-signature: v1,… (one or more)')
    .option('--tolerance <seconds>', 'maximum difference of its time', wholeNumber(0, 1_000_000_000), 300)
    .option('--at <time>', 'verify as of this time instead of now', pointInTime(cli.clock))
    .action((file: string, flags: VerifyFlags) => verify(cli, file, flags));
}

async function verify(cli: Cli, file: string, flags: VerifyFlags): Promise<void> {
  const { secret, id, timestamp, signature, tolerance, at } = flags;
  const payload = await readWhole(await openInput(cli, file), payloadBytesMax);
  const now = at === undefined ? cli.clock.now() : Date.parse(at);
  const verdict = checkSignature({ secret, id, timestamp, signature, payload }, now, tolerance);
  if (verdict.valid) {
    const signedAt = formatTime(verdict.signedAt);
    const { green } = cli.terminal.colors;
    cli.answer({ valid: true, signedAt }, () => `${green('valid:')} signed with this secret at ${signedAt}`);
  } else if (cli.flags().json === true) {
    cli.answer(verdict, () => '');
    cli.setExitCode(exitCodes.failed);
  } else throw new Failure(`invalid: ${verdict.problem}`, { hint: verdict.hint });
}
