// A machine with the systemd unit of deploy/, without systemd: one folder holds what the unit has in /opt, /etc and /var/lib, and the
// command lines of docs/deploy.md run on it as they are written, with the programs of systemd that they name.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

type Variables = Readonly<Record<string, string>>;

export interface Machine {
  readonly folder: string;
  /** Where the folder has what is at this path of a machine. */
  place(path: string): string;
  /** What systemd starts, with `WorkingDirectory` as it is then. */
  start(): void;
  /** Runs lines of a shell, and stops at the first that fails. Returns what they print. */
  run(script: string, variables?: Variables): Promise<string>;
  /** Puts a program, as lines of a shell, before others of its name. */
  addProgram(name: string, text: string): void;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
  close(): void;
}

/** `settings` are those of /etc/carillon/carillon.env. */
export async function openMachine(folder: string, settings: Variables): Promise<Machine> {
  const place = (text: string): string =>
    text
      .replaceAll('/usr/bin/node', process.execPath)
      .replaceAll(/(?<=^|[\s=:-])\/(opt|etc|var|path|run)\//g, `${folder}/$1/`);
  for (const path of ['/opt/', '/etc/carillon/', '/var/lib/carillon/', '/path/to/', '/run/carillon/'])
    mkdirSync(place(path), { recursive: true });
  writeFileSync(
    place('/etc/carillon/carillon.env'),
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  let running: ChildProcess | null = null;
  const start = (): void => {
    running = startUnit(place, settings);
  };
  const stop = async (): Promise<number | null> => {
    if (running === null) return null;
    const ended = once(running, 'exit') as Promise<(number | null)[]>;
    running.kill('SIGTERM');
    return (await ended)[0] ?? null;
  };
  const control = await startControl(async () => {
    if ((await stop()) !== 0) throw new Error('the service did not end well');
    start();
  });
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  const addProgram = (name: string, text: string): void =>
    writeFileSync(join(programs, name), text, { mode: 0o755 });
  addProgram('systemctl', systemctl(control.port));
  addProgram('systemd-run', systemdRun);
  addProgram('carillon', place(readFileSync('deploy/systemd/carillon', 'utf8')));
  return {
    folder,
    place,
    start,
    stop,
    addProgram,
    async run(script, variables = {}) {
      const path = [programs, dirname(process.execPath), process.env['PATH']].join(delimiter);
      const env = { ...process.env, ...variables, PATH: path };
      return (await execute('bash', ['-euc', place(script)], { cwd: folder, env })).stdout;
    },
    close() {
      running?.kill('SIGKILL');
      control.server.close();
    },
  };
}

const unitFile = 'deploy/systemd/carillon.service';

function startUnit(place: Machine['place'], settings: Variables): ChildProcess {
  const unit = readFileSync(unitFile, 'utf8');
  const read = (name: string): string => place(new RegExp(`^${name}=(.+)$`, 'm').exec(unit)?.[1] ?? '');
  const [node = '', ...args] = read('ExecStart').split(' ');
  const given = read('Environment')
    .split(' ')
    .map((word) => word.split(/=(.*)/s).slice(0, 2));
  return spawn(node, args, {
    cwd: read('WorkingDirectory'),
    env: { PATH: process.env['PATH'], ...Object.fromEntries(given), ...settings },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** `systemctl restart` returns when the new process is there. */
const systemctl = (port: number): string => `#!/bin/sh
[ "$*" = "restart carillon" ] &&
  exec node -e 'fetch("http://127.0.0.1:${port}").then(({ ok }) => process.exit(ok ? 0 : 1))'
`;

/** Runs a program with the settings that it is given. */
const systemdRun = `#!/bin/sh
while :; do
  case "$1" in
    --setenv=*) export "\${1#--setenv=}" ;;
    --property=EnvironmentFile=-*) set -a; . "\${1#--property=EnvironmentFile=-}"; set +a ;;
    --*) ;;
    *) break ;;
  esac
  shift
done
exec "$@"
`;

async function startControl(restart: () => Promise<void>): Promise<{ server: Server; port: number }> {
  const server = createServer((_request, response) => {
    restart().then(
      () => response.writeHead(200).end(),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}
