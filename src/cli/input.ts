// Input of a command: a file, or standard input for `-`.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Cli } from './cli.ts';
import { type ExitCode, exitCodes, Failure } from './failure.ts';

/** A file can be read many times, standard input and a pipe once. */
export interface OpenInput {
  readonly isFile: boolean;
  read(): AsyncIterable<Uint8Array>;
}

/** Throws `Failure`, with this exit code when the file cannot be read. */
export async function openInput(
  cli: Cli,
  path: string,
  exitCode: ExitCode = exitCodes.failed,
): Promise<OpenInput> {
  if (path === '-') {
    const input = cli.takeInput();
    if (input.isTTY === true) cli.terminal.note('reading from the terminal; press Ctrl-D to end');
    return { isFile: false, read: () => input };
  }
  const isFile = await inspect(path, exitCode);
  return { isFile, read: () => createReadStream(path) };
}

/** Reads everything. Throws `Failure` when it is longer than `bytesMax`. */
export async function readWhole(input: OpenInput, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytesCount = 0;
  for await (const chunk of input.read()) {
    chunks.push(chunk);
    bytesCount += chunk.length;
    if (bytesCount > bytesMax) throw new Failure(`the input is longer than ${bytesMax / 1024} KiB`);
  }
  return Buffer.concat(chunks);
}

/** True for a plain file, which can be read twice; false for a named pipe. Throws `Failure`. */
async function inspect(path: string, exitCode: ExitCode): Promise<boolean> {
  try {
    const file = await open(path);
    const found = await file.stat();
    await file.close();
    if (!found.isDirectory()) return found.isFile();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new Failure(`cannot read ${path}: ${reasons[code] ?? code}`, { cause: error, exitCode });
  }
  throw new Failure(`cannot read ${path}: it is a directory`, { exitCode });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
};
