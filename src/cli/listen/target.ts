// Where `listen` sends what it takes: a port or a URL of this machine.
import { connect } from 'node:net';
import { InvalidArgumentError } from 'commander';
import { exitCodes, Failure } from '../failure.ts';

/** Where applications listen during development; tried in this order when no target is given. */
const usualPorts = [3000, 8000, 8080, 4000, 5000, 5173, 8888] as const;

/** `3000`, `3000/hook`, `localhost:3000` or a URL. */
export function readTarget(text: string): URL {
  const [, port, path = ''] = /^:?(\d{1,5})(\/.*)?$/.exec(text) ?? [];
  const url =
    port === undefined ? URL.parse(text.includes('://') ? text : `http://${text}`) : onPort(port, path);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new InvalidArgumentError(
    'It must be a port such as 3000, or a URL such as http://localhost:3000/hook.',
  );
}

function onPort(port: string | number, path: string): URL | null {
  return URL.parse(`http://localhost:${port}${path || '/'}`);
}

export interface TargetFlags {
  readonly path?: string;
  readonly allowExternal?: true;
}

/** Throws `Failure` for a target off this machine, and when there is no target. */
export async function chooseTarget(given: URL | undefined, flags: TargetFlags): Promise<URL> {
  const target = new URL(given ?? (await findTarget()));
  if (flags.path !== undefined) target.pathname = flags.path;
  if (!isLocal(target.hostname) && flags.allowExternal !== true) {
    throw new Failure(`${target.host} is not this machine`, {
      hint: 'events may hold private data; add --allow-external if they are meant to go there',
      exitCode: exitCodes.usage,
    });
  }
  return target;
}

/** As the URL parser writes it: IPv4 in four decimal parts, IPv6 in brackets. */
function isLocal(hostname: string): boolean {
  return /^(?:.+\.)?localhost$|^127(?:\.\d{1,3}){3}$|^\[::1\]$/.test(hostname);
}

async function findTarget(): Promise<URL> {
  for (const port of usualPorts) {
    const url = onPort(port, '');
    if (url !== null && (await isOpen(port))) return url;
  }
  throw new Failure(`nothing listens on the usual ports (${usualPorts.join(', ')})`, {
    hint: 'start your application, or give its port: carillon listen 3000',
    exitCode: exitCodes.usage,
  });
}

const connectMs = 500;

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: 'localhost', timeout: connectMs });
    const end = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });
}
