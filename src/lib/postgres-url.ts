// The URL of a Postgres database, as libpq reads it: also with several hosts, as `postgres://user@a:5432,b:5432/database`.

/** Each host is one question when the primary is looked for. */
export const hostsMax = 16;

/** The values of `target_session_attrs` that ask for a server that takes writes. */
const writing: readonly string[] = ['read-write', 'primary'];

export interface SplitUrl {
  /** The URL once for each host; the URL as it is when it names one. */
  readonly urls: readonly [string, ...string[]];
  /** Whether a server is asked if it takes writes: it is one of several, or the URL demands it. */
  readonly isAsked: boolean;
}

/** Throws an error that says what is wrong, and has no part of the URL with a password. */
export function splitHosts(url: string): SplitUrl {
  const { before, hosts, path, query } = divide(url);
  const target = query.get('target_session_attrs');
  if (target !== null && !writing.includes(target)) {
    throw new Error(`must have the target_session_attrs ${writing.join(' or ')}, because Carillon writes`);
  }
  const inQuery = query.get('host')?.split(',');
  const ports = query.get('port')?.split(',') ?? [];
  const [first = '', ...others] = inQuery ?? hosts.split(',');
  const count = others.length + 1;
  const isAsked = target !== null || count > 1;
  if (count > hostsMax) throw new Error(`must not have more than ${hostsMax} hosts`);
  if (ports.length > 1 && ports.length !== count) {
    throw new Error(`must have one port for all hosts, or one for each of ${count}`);
  }
  if (count === 1) return { urls: [url], isAsked };
  const only = (host: string, index: number): string => {
    if (host === '') throw new Error('must not have an empty name among its hosts');
    const own = new URLSearchParams(query);
    if (inQuery !== undefined) own.set('host', host);
    const port = ports[index] ?? ports[0];
    if (port !== undefined) own.set('port', port);
    const named = inQuery === undefined ? host : hosts;
    return `${before}${named}${path}${own.size === 0 ? '' : `?${own.toString()}`}`;
  };
  return { urls: [only(first, 0), ...others.map((host, index) => only(host, index + 1))], isAsked };
}

/** Whether everybody who may read the arguments of a process would read a password. */
export function hasPassword(url: string): boolean {
  return /^\w+:\/\/[^/?#:@]*:[^/?#]+@|[?&]password=/.test(url);
}

/** `before` ends with the `@` behind user and password; `hosts` may be empty. */
function divide(url: string): { before: string; hosts: string; path: string; query: URLSearchParams } {
  const [, before = '', hosts = '', path = '', query = ''] =
    /^(\w+:\/\/(?:[^/?#]*@)?)([^/?#@]*)([^?#]*)\??(.*)$/s.exec(url) ?? [];
  return { before, hosts, path, query: new URLSearchParams(query) };
}
