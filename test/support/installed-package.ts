// The npm package as users install it: packed, and installed with its dependencies into an empty folder.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const bin = 'node_modules/carillon/bin/carillon.js';

type Variables = Readonly<Record<string, string>>;

export interface InstalledPackage {
  readonly folder: string;
  /** The file that `npm pack` made. */
  readonly archive: string;
  /** The reason why it could not be installed, when there is no registry; null when it was. */
  readonly offline: string | null;
  /** Of all files in node_modules. */
  readonly bytes: number;
  /** Runs a program in the folder. Rejects when it fails. */
  run(
    command: string,
    args: readonly string[],
    variables?: Variables,
  ): Promise<{ stdout: string; stderr: string }>;
  /** Runs `carillon`. */
  carillon(args: readonly string[], variables?: Variables): Promise<{ stdout: string; stderr: string }>;
  /** Starts `carillon serve` and waits until it listens. */
  serve(flags: readonly string[], variables?: Variables): Promise<RunningPackage>;
  remove(): void;
}

export interface RunningPackage {
  readonly url: string;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** `npm pack` and `npm install`. */
export async function installPackage(): Promise<InstalledPackage> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-package-'));
  const path = dirname(process.execPath) + delimiter + process.env['PATH'];
  const environment = (variables: Variables = {}): NodeJS.ProcessEnv => ({
    ...process.env,
    PATH: path,
    ...variables,
  });
  const packed = join(folder, 'packed');
  mkdirSync(packed);
  await execute('npm', ['pack', '--pack-destination', packed], { env: environment() });
  const archive = join(packed, readdirSync(packed)[0] ?? '');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const run: InstalledPackage['run'] = (command, args, variables) =>
    execute(command, args, { cwd: folder, env: environment(variables) });
  const flags = [
    '--omit=dev',
    '--prefer-offline',
    '--fetch-retries=0',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
  const offline = await run('npm', ['install', ...flags, archive]).then(
    () => null,
    (error: Error) => {
      const reason = /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH)/.exec(
        error.message,
      )?.[0];
      if (reason === undefined) throw error;
      return reason;
    },
  );
  const running = new Set<ChildProcess>();
  return {
    folder,
    archive,
    offline,
    bytes: offline === null ? sizeOf(join(folder, 'node_modules')) : 0,
    run,
    carillon: (args, variables) => run(process.execPath, [bin, ...args], variables),
    async serve(given, variables) {
      const args = [bin, 'serve', '--log-format', 'json', '--allow-targets', '127.0.0.0/8', ...given];
      const server = spawn(process.execPath, args, { cwd: folder, env: environment(variables) });
      running.add(server);
      const ended = once(server, 'exit').then(([code]: (number | null)[]) => code ?? null);
      return {
        url: await firstUrl(server),
        async stop() {
          server.kill('SIGTERM');
          return ended;
        },
      };
    },
    remove() {
      for (const server of running) server.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function firstUrl({ stdout, stderr }: ReturnType<typeof spawn>): Promise<string> {
  let out = '';
  return new Promise((resolve, reject) => {
    stderr?.setEncoding('utf8').on('data', (text: string) => (out += text));
    stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const url = /"url":"(http[^"]+)".*server\.listening/.exec(out)?.[1];
      if (url !== undefined) resolve(url);
      // The pipe stays open: a server whose log is not read stands still.
    });
    stdout?.once('close', () => reject(new Error(`the server ended before it listened:\n${out}`)));
  });
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => statSync(join(folder, file)))
    .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0);
}
