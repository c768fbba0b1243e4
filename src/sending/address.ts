// SSRF rules: which URLs and addresses a delivery may reach. An allow list: what is not known to be public is
// refused, so a range that is missing here stays closed. The check by URL gives a clear early answer; the
// SSRF guard (guard.ts) checks again, the address that is dialled.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Cidr = readonly [network: Address, prefixBits: number];

/** What may be reached besides public addresses; made once from the configuration. */
export interface AddressRules {
  /** True when at least one CIDR is allowed explicitly. */
  readonly hasAllowed: boolean;
  /** Ports at which public addresses may be reached. */
  readonly ports: readonly number[];
  /** Public unicast, explicitly allowed by CIDR, or refused. What is not an IP address is refused. */
  judge(ip: string): 'public' | 'allowed' | 'refused';
}

/** Ports at which public addresses may be reached when the operator names none. */
export const defaultPublicPorts: readonly number[] = [443, 8443];

/** Longest host name and longest label by RFC 1035, in characters. */
const nameLengthMax = 253;
const labelLengthMax = 63;

/** Only 2000::/3 is handed out as global unicast; ipaddr.js calls all it has no name for `unicast`. */
const globalUnicast: Cidr = [ipaddr.IPv6.parse('2000::'), 3];

/**
 * Rules that allow `allowedCidrs` (`127.0.0.0/8`, `::1/128`) at any port besides public addresses at `ports`.
 * Throws a plain Error that names the first CIDR or port which is not one.
 */
export function createAddressRules(
  allowedCidrs: readonly string[],
  ports: readonly number[] = defaultPublicPorts,
): AddressRules {
  const allowed = allowedCidrs.map(parseCidr);
  const noPort = ports.find((port) => !Number.isInteger(port) || port < 1 || port > 65_535);
  if (noPort !== undefined) throw new Error(`"${noPort}" is not a port; write one like 443.`);
  return {
    hasAllowed: allowed.length > 0,
    ports,
    judge(ip) {
      const address = parseAddress(ip);
      if (address === null) return 'refused';
      // A mapped address is dialled as the IPv4 it maps, so that is what a CIDR has to cover.
      const dialled = isMapped(address) ? address.toIPv4Address() : address;
      if (allowed.some((cidr) => isWithin(dialled, cidr))) return 'allowed';
      return isPublic(address) ? 'public' : 'refused';
    },
  };
}

/** True when a public address may be reached this way: by TLS and at one of the ports for it. */
export function mayReachPublic(
  { isTls, port }: { isTls: boolean; port: number },
  rules: AddressRules,
): boolean {
  return isTls && rules.ports.includes(port);
}

/** The port of an `http:` or `https:` URL. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** The sentence for a public host that is not reached by https at one of the ports for it. */
export function publicOnly(rules: AddressRules): string {
  const ports = new Intl.ListFormat('en', { type: 'disjunction' }).format(rules.ports.map(String));
  return (
    `Public hosts are reached by https on port ${ports} only; use such a URL (operators: ` +
    'CARILLON_ALLOW_PORTS sets the ports, CARILLON_ALLOW_TARGETS allows other addresses).'
  );
}

/**
 * Checks a URL without any network: null if it is acceptable, or one sentence that says what is wrong and
 * what would be right. A host name is accepted here when some address behind it could be acceptable; which
 * one it is shows at connect time. `urlLengthMax` is in characters.
 */
export function judgeUrl(url: string, rules: AddressRules, limits: { urlLengthMax: number }): string | null {
  if (url.length > limits.urlLengthMax) {
    return `The URL has ${url.length} characters; at most ${limits.urlLengthMax} are accepted.`;
  }
  const parsed = URL.parse(url);
  return judgeText(url, parsed) ?? (parsed === null ? null : judgeTarget(parsed, rules));
}

/** What a URL parser repairs in silence is refused: readers of a repaired URL disagree on its host. */
function judgeText(url: string, parsed: URL | null): string | null {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for.
  if (/[\u0000-\u0020\u007f\\]/.test(url)) {
    return 'The URL contains a space, a control character or a backslash; percent-encode it.';
  }
  if (parsed === null) return 'This is not a valid URL; write one like https://example.com/path.';
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
    return `The scheme ${parsed.protocol} is not supported; use https.`;
  }
  if (!/^https?:\/\/[^/?#]/i.test(url))
    return 'The URL has no host; write one like https://example.com/path.';
  if (/^https?:\/\/[^/?#]*@/i.test(url)) {
    return 'The URL contains a user name or password; remove what stands before the @.';
  }
  if (url.includes('#')) return 'The URL contains a fragment; remove the # and what follows it.';
  return null;
}

function judgeTarget(url: URL, rules: AddressRules): string | null {
  if (url.port === '0') return 'The port 0 cannot be reached; use another port.';
  const ip = literalOf(url.hostname);
  return ip === null ? judgeName(url, rules) : judgeLiteral(url, ip, rules);
}

function judgeLiteral(url: URL, ip: string, rules: AddressRules): string | null {
  const verdict = rules.judge(ip);
  if (verdict === 'refused') return `The address ${ip} is not public; use a host that is reachable publicly.`;
  return verdict === 'allowed' ? null : judgePublic(url, rules);
}

function judgePublic(url: URL, rules: AddressRules): string | null {
  const way = { isTls: url.protocol === 'https:', port: portOf(url) };
  return mayReachPublic(way, rules) ? null : publicOnly(rules);
}

function judgeName(url: URL, rules: AddressRules): string | null {
  const name = url.hostname.replace(/\.$/, '');
  if (!isHostName(name)) return 'The host name is not valid; write one like example.com.';
  if (isLoopbackName(name) && !allowsLoopback(rules)) {
    return `The host ${name} is this machine itself; use a host that is reachable publicly.`;
  }
  return rules.hasAllowed ? null : judgePublic(url, rules);
}

/** True when deliveries to this host name can reach only what is allowed explicitly. */
export function needsAllowedAddress(url: URL, rules: AddressRules): boolean {
  return literalOf(url.hostname) === null && judgePublic(url, rules) !== null;
}

/** Letters, digits, hyphens (RFC 1123) and the underscores that some hosts have; no empty punycode. */
function isHostName(name: string): boolean {
  const labels = name.split('.');
  return name.length <= nameLengthMax && labels.every(isLabel);
}

function isLabel(label: string): boolean {
  return /^[a-z\d_-]+$/.test(label) && label.length <= labelLengthMax && label !== 'xn--';
}

/** RFC 6761: these names are loopback, also when a name server answers otherwise. */
function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

function allowsLoopback(rules: AddressRules): boolean {
  return rules.judge('127.0.0.1') === 'allowed' || rules.judge('::1') === 'allowed';
}

/** The IP address a URL's host spells out, without brackets; null for a name. */
function literalOf(hostname: string): string | null {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? null : bare;
}

/** Null for what is not an address in its standard spelling, and for one with a zone (`fe80::1%eth0`). */
function parseAddress(ip: string): Address | null {
  const family = isIP(ip);
  if (family === 4) return ipaddr.IPv4.parse(ip);
  if (family !== 6 || ip.includes('%')) return null;
  // ipaddr.js reads `::127.0.0.1` as the mapped `::ffff:127.0.0.1`; the URL parser writes all of it in hex.
  return ipaddr.IPv6.parse(new URL(`http://[${ip}]`).hostname.slice(1, -1));
}

function isMapped(address: Address): address is ipaddr.IPv6 {
  return address.kind() === 'ipv6' && address.range() === 'ipv4Mapped';
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return isIPv6(address) ? address.match(...globalUnicast) && !isIsatap(address) : true;
}

function isIPv6(address: Address): address is ipaddr.IPv6 {
  return address.kind() === 'ipv6';
}

/** RFC 5214: an interface identifier 0000:5efe or 0200:5efe and then an IPv4 address, under any prefix. */
function isIsatap(address: ipaddr.IPv6): boolean {
  const [, , , , high = 0, low = 0] = address.parts;
  return low === 0x5efe && (high & 0xfcff) === 0;
}

function isWithin(address: Address, cidr: Cidr): boolean {
  return address.kind() === cidr[0].kind() && address.match(cidr[0], cidr[1]);
}

function parseCidr(text: string): Cidr {
  const [ip = '', bits = '', ...rest] = text.split('/');
  const network = parseAddress(ip);
  const bitsMax = ip.includes(':') ? 128 : 32;
  if (network === null || rest.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > bitsMax) {
    throw new Error(`"${text}" is not a CIDR; write one like 127.0.0.0/8 or ::1/128.`);
  }
  // It would match nothing: mapped addresses are compared as IPv4.
  if (isMapped(network)) throw new Error(`"${text}" maps IPv4; write it as an IPv4 CIDR like 127.0.0.0/8.`);
  return [network, Number(bits)];
}
