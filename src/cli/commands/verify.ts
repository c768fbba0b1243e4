// `carillon verify`: checks the signature of a delivery, of any dialect. Needs no server.
import type { Command } from 'commander';
import { formatTime } from '#lib/rfc3339.ts';
import { pointInTime, wholeNumber } from '../arguments.ts';
import { checkSignature } from '../checks/signature.ts';
import type { Cli } from '../cli.ts';
import { exitCodes, Failure } from '../failure.ts';
import { readHeader, readHeaders, toMap } from '../header-input.ts';
import { openInput, readWhole } from '../input.ts';
import { readSecret } from '../secret-input.ts';

interface VerifyFlags {
  readonly secretFile: string;
  readonly header?: readonly (readonly [string, string])[];
  readonly headers?: string;
  readonly tolerance: number;
  readonly at?: string;
}

const payloadBytesMax = 16 * 1024 * 1024;
const headersBytesMax = 256 * 1024;

export function addVerify(program: Command, cli: Cli): void {
  program
    .command('verify')
    .description('Verify the signature of a request of any dialect, and explain what is wrong with it.')
    .argument('[file]', 'the exact body; - is standard input', '-')
    .requiredOption(
      '--secret-file <file>',
      'secret of the endpoint, or its public key in PEM; - is standard input',
    )
    .option('--headers <file>', 'headers of the request: one "name: value" per line, or JSON')
    .option('-H, --header <header>', 'one header, "name: value"; repeatable', readHeader)
    .option('--tolerance <seconds>', 'maximum difference of its time', wholeNumber(0, 1_000_000_000), 300)
    .option('--at <time>', 'verify as of this time instead of now', pointInTime(cli.clock))
    .addHelpText('after', examples)
    .action((file: string, flags: VerifyFlags) => verify(cli, file, flags));
}

const examples = `
Examples:
  carillon verify body.json --headers headers.txt --secret-file secret.txt
  carillon verify body.json -H 'X-Signature: …' --secret-file public-key.pem`;

async function verify(cli: Cli, file: string, flags: VerifyFlags): Promise<void> {
  const headers = toMap([...(await readHeadersFile(cli, flags.headers)), ...(flags.header ?? [])]);
  if (headers.size === 0) {
    const hint = 'give the headers of the request with --headers <file> or --header "name: value"';
    throw new Failure('there are no headers', { hint, exitCode: exitCodes.usage });
  }
  const secret = await readSecret(cli, flags.secretFile);
  const payload = await readWhole(await openInput(cli, file), payloadBytesMax);
  const now = flags.at === undefined ? cli.clock.now() : Date.parse(flags.at);
  const verdict = checkSignature({ headers, payload, secret }, now, flags.tolerance);
  if (verdict.valid) {
    const { scheme, signedAt: ms } = verdict;
    const signedAt = ms === null ? null : formatTime(ms);
    const when = signedAt === null ? '' : ` at ${signedAt}`;
    const { green } = cli.terminal.colors;
    cli.answer(
      { valid: true, scheme, signedAt },
      () => `${green('valid:')} signed with this secret${when}, ${scheme}`,
    );
  } else if (cli.flags().json === true) {
    cli.answer(verdict, () => '');
    cli.setExitCode(exitCodes.failed);
  } else throw new Failure(`invalid: ${verdict.problem}`, { hint: verdict.hint });
}

async function readHeadersFile(cli: Cli, path: string | undefined) {
  if (path === undefined) return [];
  const bytes = await readWhole(await openInput(cli, path), headersBytesMax);
  return readHeaders(Buffer.from(bytes).toString('utf8'), path === '-' ? 'standard input' : path);
}
