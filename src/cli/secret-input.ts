// Secrets come from a file or from standard input, never from an argument, which every user of the machine can read.
import { Option } from 'commander';
import type { Cli } from './cli.ts';
import { type ExitCode, exitCodes, Failure } from './failure.ts';
import { openInput, readWhole } from './input.ts';

/** A key pair in PEM has some 3 KiB. */
const secretBytesMax = 64 * 1024;

/** The text of the file without white space at its ends; `-` is standard input. Throws `Failure`. */
export async function readSecret(
  cli: Cli,
  path: string,
  exitCode: ExitCode = exitCodes.failed,
): Promise<string> {
  const bytes = await readWhole(await openInput(cli, path, exitCode), secretBytesMax);
  const text = Buffer.from(bytes).toString('utf8').trim();
  if (text !== '') return text;
  const place = path === '-' ? 'standard input' : path;
  throw new Failure(`${place} is empty: it should hold a secret`, { exitCode });
}

export interface SecretFlags {
  readonly secretFile?: string;
}

/** The flag of a signing secret that the caller brings. */
export function secretFileOption(): Option {
  return new Option('--secret-file <file>', 'a signing secret of your own; - is standard input');
}

export async function readOwnSecret(cli: Cli, { secretFile }: SecretFlags): Promise<string | undefined> {
  return secretFile === undefined ? undefined : readSecret(cli, secretFile, exitCodes.usage);
}
