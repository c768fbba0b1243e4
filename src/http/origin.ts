// Public URL behind proxies: where the client thinks that the server is, for absolute links in answers. It is the
// setting `PUBLIC_URL`, or what a trusted proxy (`TRUST_PROXY`) says in X-Forwarded-Proto, -Host and -Prefix.
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { RequestSource } from '#core/audit.ts';
import { fieldFault } from '#core/fault.ts';

export interface PublicAddress {
  /** Without a slash at its end. Null when it is read from each request. */
  readonly publicUrl: string | null;
  /** CIDRs of the proxies whose headers are believed. */
  readonly trustedProxies: readonly string[];
}

const hostPattern = /^(?:[a-z0-9](?:[a-z0-9._-]{0,252})|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;
const prefixPattern = /^(?:\/[\w.~-]{1,128}){1,8}\/?$/;

/** What links begin with: scheme, host and path prefix. Throws a fault for a malformed Host. */
export function createOriginOf({
  publicUrl,
  trustedProxies,
}: PublicAddress): (request: FastifyRequest) => string {
  const isTrusted = trustOf(trustedProxies);
  return ({ headers, protocol, socket }) => {
    const host = readHost(headers);
    if (publicUrl !== null) return publicUrl;
    if (!isTrusted(socket.remoteAddress)) return `${protocol}://${host}`;
    const scheme = readForwarded(headers, 'proto', /^https?$/i)?.toLowerCase() ?? protocol;
    const prefix = readForwarded(headers, 'prefix', prefixPattern)?.replace(/\/$/, '') ?? '';
    return `${scheme}://${readForwarded(headers, 'host', hostPattern) ?? host}${prefix}`;
  };
}

/** Of whom a request is: the nearest address that is no trusted proxy, and of a chain of nothing else the farthest. */
export function createSourceOf({
  trustedProxies,
}: Pick<PublicAddress, 'trustedProxies'>): (request: FastifyRequest) => RequestSource {
  const isTrusted = trustOf(trustedProxies);
  return ({ headers, socket, id: requestId }) => {
    let address = socket.remoteAddress ?? null;
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    while (address !== null && isTrusted(address)) {
      const next = hops.pop()?.trim() ?? '';
      if (isIP(next) === 0) break;
      address = next;
    }
    return { address, requestId };
  };
}

function trustOf(proxies: readonly string[]): (peer: string | undefined) => boolean {
  const trusted = new BlockList();
  for (const cidr of proxies) {
    const [address = '', bits] = cidr.split('/');
    trusted.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return (peer) => peer !== undefined && trusted.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4');
}

function readHost({ host = 'localhost' }: IncomingHttpHeaders): string {
  if (hostPattern.test(host)) return host;
  throw fieldFault('host', 'must be the host, and the port if need be, that the request is for', 'form');
}

/**
 * Each proxy appends a value, so the first is of the one that the client talks to. A malformed value is ignored: a
 * link is all that it would change.
 */
function readForwarded(
  headers: IncomingHttpHeaders,
  name: 'proto' | 'host' | 'prefix',
  pattern: RegExp,
): string | undefined {
  const [first = ''] = String(headers[`x-forwarded-${name}`] ?? '').split(',');
  const value = first.trim();
  return pattern.test(value) ? value : undefined;
}
