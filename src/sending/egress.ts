// Egress proxies: HTTP CONNECT proxies of the operator that requests leave through. Only the configuration names them; the
// variables that other programs take proxies from are not read. `no-proxy.ts` has the hosts that are reached without one.
import type { Target } from './target.ts';
import { createExemptions } from './no-proxy.ts';

export interface EgressProxy {
  readonly name: string;
  /** Whether the connection to the proxy itself is encrypted. */
  readonly isTls: boolean;
  /** A name or an address without brackets. The operator gives it, so the SSRF guard does not judge it. */
  readonly host: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`; null for none. */
  readonly authorization: string | null;
}

/** As the configuration has it. */
export interface EgressConfig {
  /** The default proxy. */
  readonly proxy: EgressProxy | null;
  /** Those that endpoints choose by name. */
  readonly proxies: readonly EgressProxy[];
  /** Entries of `NO_PROXY`: what the default proxy is not for. */
  readonly exempt: readonly string[];
}

/** Chosen in place of a name: no proxy. */
export const direct = 'direct';
/** In the log, the default proxy. */
const defaultName = 'default';
const proxiesMax = 50;

/** Finds the proxy for a target: null for none, `unknown` for a name that the configuration does not have any more. */
export function createEgress({
  proxy,
  proxies,
  exempt,
}: EgressConfig): (target: Target, name: string | null) => EgressProxy | null | 'unknown' {
  const byName = new Map(proxies.map((one) => [one.name, one]));
  const isExempt = createExemptions(exempt);
  return (target, name) => {
    if (name === direct) return null;
    if (name !== null) return byName.get(name) ?? 'unknown';
    return proxy === null || isExempt(target) ? null : proxy;
  };
}

/** The default proxy from its URL. Throws an Error that says what the text must be, and quotes nothing of it. */
export function readProxy(text: string): EgressProxy {
  return parseProxy(defaultName, text);
}

/** Proxies from `name=url`, separated by commas or spaces. Throws an Error as `readProxy` does. */
export function readProxies(text: string): readonly EgressProxy[] {
  const proxies = text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map(readNamed);
  const names = proxies.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`must name each proxy once; "${twice}" is there twice`);
  if (proxies.length > proxiesMax) throw new Error(`must name at most ${proxiesMax} proxies`);
  return proxies;
}

function readNamed(part: string): EgressProxy {
  const [, name, url] = /^([a-z][a-z0-9-]{0,39})=(.+)$/.exec(part) ?? [];
  if (name === undefined || url === undefined) {
    throw new Error(
      'must be name=http://user:password@host:port, separated by commas; names have a-z, 0-9 and -',
    );
  }
  if (name === direct || name === defaultName) throw new Error(`must not name a proxy "${name}"`);
  return parseProxy(name, url);
}

function parseProxy(name: string, text: string): EgressProxy {
  const url = URL.parse(text);
  const isPlain = url !== null && /^https?:\/\/[^/?#]+\/?$/i.test(text);
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    throw new Error('must be the URL of an HTTP proxy: http://user:password@host:port, or https:');
  }
  const isTls = url.protocol === 'https:';
  return {
    name,
    isTls,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    authorization: url.username === '' && url.password === '' ? null : toBasic(url),
  };
}

function toBasic({ username, password }: URL): string {
  try {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(credentials).toString('base64')}`;
  } catch {
    throw new Error('must have a user and a password that are percent-encoded where they have a %');
  }
}
