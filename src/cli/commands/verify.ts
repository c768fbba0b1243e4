// `carillon verify`: is this signature right? Needs no server.
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
    .description('Check the signature of a request (Standard Webhooks v1) and say what is wrong with it.')
    .argument('[file]', 'the body as it arrived, byte for byte; - is standard input', '-')
    .requiredOption('--secret <secret>', 'the signing secret of the endpoint: whsec_…')
    .requiredOption('--id <id>', 'the header webhook-id')
    .requiredOption('--timestamp <seconds>', 'the header webhook-timestamp')
    .requiredOption('--signature <signatures>', 'the header webhook-signature: v1,… (or several)')
    .option('--tolerance <seconds>', 'how far its time may be off', wholeNumber(0, 1_000_000_000), 300)
    .option('--at <time>', 'check as of then instead of now', pointInTime(cli.clock))
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
    cli.endWith(exitCodes.failed);
  } else throw new Failure(`invalid: ${verdict.problem}`, { hint: verdict.hint });
}
