// Runs the command line on a pseudo terminal, as a person does: by `script` of util-linux.
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const main = join(import.meta.dirname, '../../src/main.ts');

export interface TerminalSession {
  /** Everything on the screen so far, without colors. */
  screen(): string;
  /** Resolves when the screen, from the last call on, matches; rejects when the program ends before. */
  until(pattern: RegExp): Promise<string>;
  type(keys: string): void;
  readonly finished: Promise<number | null>;
  kill(): void;
}

export function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
}

export function startOnTerminal(
  args: readonly string[],
  { cwd, environment }: { readonly cwd: string; readonly environment: Readonly<Record<string, string>> },
): TerminalSession {
  const command = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
  const path = process.env['PATH'] ?? '';
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { PATH: path, TERM: 'xterm', SHELL: '/bin/sh', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let raw = '';
  let text = '';
  let from = 0;
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    raw += part;
    text = stripVTControlCharacters(raw).replaceAll('\r', '');
  });
  child.stdin.on('error', () => {});
  const finished = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    screen: () => text,
    finished,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = pattern.exec(text.slice(from));
          if (found === null) return;
          child.stdout.off('data', check);
          const seen = text.slice(from);
          from += found.index + found[0].length;
          resolve(seen);
        };
        child.stdout.on('data', check);
        check();
        void finished.then((code) => reject(new Error(`ended with ${code} before ${pattern}:\n${text}`)));
      }),
    type: (keys) => void child.stdin.write(keys),
    kill: () => void child.kill('SIGKILL'),
  };
}
