// Runs the server in a process of its own, which a test can kill.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { mainFile } from './bundle.ts';
import packageJson from '../../package.json' with { type: 'json' };

export interface ServerProcess {
  readonly url: string;
  readonly adminKey: string;
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  terminate(): Promise<number | null>;
}

/** Running servers, killed at the end of this process, so that none outlives a failed test. */
const living = new Set<ChildProcess>();
process.once('exit', () => living.forEach((child) => child.kill('SIGKILL')));

/** The environment and flags of `npm start`: `NAME=value … node --flag … src/main.ts serve`. */
const startWords = packageJson.scripts.start.split(' ');
const nodeAt = startWords.indexOf('node');
const startSettings = Object.fromEntries(startWords.slice(0, nodeAt).map((word) => word.split('=')));
const nodeFlags = startWords.slice(nodeAt + 1, -2);
const adminKey = 'cak_test_0123456789abcdefghij';

export interface StartOptions {
  /** The limit of open files (`ulimit -n`); this process's own if not given. */
  readonly openFilesMax?: number | undefined;
  /** The file that `node` runs; that of this tree if not given. */
  readonly main?: string;
}

/** Starts `carillon serve` on a folder; resolves when it listens. */
export async function startServer(
  folder: string,
  settings: Record<string, string> = {},
  { openFilesMax, main = mainFile() }: StartOptions = {},
): Promise<ServerProcess> {
  const words = [process.execPath, ...nodeFlags, main, 'serve'];
  const [command = '', ...parameters] =
    openFilesMax === undefined ? words : ['sh', '-c', `ulimit -n ${openFilesMax}; exec "$@"`, 'sh', ...words];
  const child = spawn(command, parameters, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      ...startSettings,
      DATABASE_URL: `sqlite:${join(folder, 'carillon.db')}`,
      CARILLON_ADMIN_KEY: adminKey,
      CARILLON_ALLOW_TARGETS: '127.0.0.0/8,::1/128',
      PORT: '0',
      LOG_FORMAT: 'json',
      // Tests send many wrong keys from one address.
      CARILLON_AUTH_FAILURES_PER_MINUTE: '1000000',
      LOG_LEVEL: 'warn',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  living.add(child);
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      living.delete(child);
      resolve(code);
    });
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const url = await firstUrl(child, ended, () => output);
  return {
    url,
    adminKey,
    pid: child.pid ?? 0,
    output: () => output,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async terminate() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

async function firstUrl(
  child: ChildProcess,
  ended: Promise<number | null>,
  output: () => string,
): Promise<string> {
  const found = new Promise<string>((resolve) => {
    const read = (): void => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output())?.[0];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  });
  const failed = ended.then((code) => {
    throw new Error(`the server ended with ${code} before it listened:\n${output()}`);
  });
  failed.catch(() => {});
  return Promise.race([found, failed]);
}
