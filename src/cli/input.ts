// What a command reads: a file, or standard input for `-`.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Cli } from './cli.ts';
import { Failure } from './failure.ts';

/** Something that can be read once, or (a file) as often as one likes. */
export interface OpenInput {
  readonly isFile: boolean;
  read(): AsyncIterable<Uint8Array>;
}

/** Throws `Failure` when the file cannot be read. */
export async function openInput(cli: Cli, path: string): Promise<OpenInput> {
  if (path === '-') {
    if (cli.input.isTTY === true) cli.terminal.note('reading from the terminal; end with Ctrl-D');
    return { isFile: false, read: () => cli.input };
  }
  const isFile = await inspect(path);
  return { isFile, read: () => createReadStream(path) };
}

/** All of it. Throws `Failure` when it is longer than `bytesMax`. */
export async function readWhole(input: OpenInput, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytesCount = 0;
  for await (const chunk of input.read()) {
    chunks.push(chunk);
    bytesCount += chunk.length;
    if (bytesCount > bytesMax) throw new Failure(`it is longer than ${bytesMax / 1024 / 1024} MiB`);
  }
  return Buffer.concat(chunks);
}

/** Whether it is a plain file, which can be read twice; a named pipe can't. */
async function inspect(path: string): Promise<boolean> {
  try {
    // A pipe without a writer would block the opening.
    const file = await open(path);
    const found = await file.stat();
    await file.close();
    if (!found.isDirectory()) return found.isFile();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new Failure(`cannot read ${path}: ${reasons[code] ?? code}`, { cause: error });
  }
  throw new Failure(`cannot read ${path}: it is a folder`);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};
