// Runs the command line in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { mainFile } from './bundle.ts';

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves with the standard output so far when it matches `pattern`; rejects when the process ends before. */
  until(pattern: RegExp): Promise<string>;
  /** The same with the standard error. */
  untilError(pattern: RegExp): Promise<string>;
}

interface SpawnOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Starts `carillon …` with no environment variables but `environment`. */
export function startCommand(
  args: readonly string[],
  { cwd, environment = {}, input }: SpawnOptions,
): Running {
  const child = spawn(process.execPath, [mainFile(), ...args], { cwd, env: environment, stdio: 'pipe' });
  let out = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code) => resolve({ code, out, error }));
  });
  return {
    child,
    finished,
    until: (pattern) => matching(child.stdout, () => out, pattern),
    untilError: (pattern) => matching(child.stderr, () => error, pattern),
  };
  function matching(stream: Readable, text: () => string, pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (pattern.test(text())) resolve(text());
      };
      stream.on('data', check);
      check();
      void finished.then(({ code }) =>
        reject(new Error(`ended with ${code} before ${pattern}:\n${out}${error}`)),
      );
    });
  }
}

export function runCommand(args: readonly string[], options: SpawnOptions): Promise<Finished> {
  return startCommand(args, options).finished;
}
