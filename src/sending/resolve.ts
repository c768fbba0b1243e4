// Happy Eyeballs name resolution (RFC 8305): the hosts file first, then name servers for both address families
// at once; IPv4 waits 50 ms for IPv6, so that a lost answer does not cost its retransmission. Name servers are
// asked without `getaddrinfo`, which holds one of libuv's threads for as long as a server is silent: a few
// silent servers would stop all lookups of this process, those of the database too.
import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { settleWithin } from '#lib/deadline.ts';
import type { AddressRules } from './address.ts';
import { noNameServerCode, readShortage } from './shortage.ts';

/** One answer for a host name. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a host name, in the order to try them. Rejects when there is no such name. */
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

/** Where names are looked up; this machine's own, except in tests. */
export interface NameSources {
  readonly hostsFile: string;
  /** Name servers. Reject when they know no address of this family. */
  readonly nameServers: Pick<Resolver, 'resolve4' | 'resolve6'>;
  /** The system, which also knows search domains and mDNS. */
  readonly system: Resolve;
}

/** Time for the first question to a name server, and how often it is asked; each time waits longer. */
const questionMs = 500;
const tries = 4;

/** RFC 8305 "Resolution Delay": how long an answer waits for the other family. */
const otherFamilyMs = 50;

/** How long the hosts file is not read again. */
const hostsMs = 1_000;

/**
 * Looks names up in the hosts file, then at name servers. Where the operator allows private addresses, a name
 * that does not exist for the name servers is looked up by the system too. IPv4 comes first: fewer networks
 * route IPv6 well.
 */
export function createResolve(
  rules: Pick<AddressRules, 'hasAllowed'>,
  sources: NameSources = ownSources(),
): Resolve {
  const findInHosts = createHostsFile(sources.hostsFile);
  const askSystem = oneAtATime(sources.system);
  return async (host) => {
    const name = host.replace(/\.$/, '').toLowerCase();
    const inHosts = (await findInHosts()).get(name);
    if (inHosts !== undefined) return inHosts;
    try {
      return await askNameServers(name, sources.nameServers);
    } catch (error) {
      // A name server that is silent or broken is no reason to occupy a thread of the system's lookup.
      if (rules.hasAllowed && isNoSuchName(error)) return askSystem(name);
      throw isUnasked(error) ? noNameServer(error) : error;
    }
  };
}

function ownSources(): NameSources {
  return {
    hostsFile: '/etc/hosts',
    nameServers: new Resolver({ timeout: questionMs, tries }),
    system: (host) => lookup(host, { all: true, order: 'ipv4first' }),
  };
}

/** Rejects when there is no address in either family: with the error of IPv6, unless IPv4 could not be asked for. */
async function askNameServers(
  name: string,
  nameServers: NameSources['nameServers'],
): Promise<readonly ResolvedAddress[]> {
  const [four, six] = [nameServers.resolve4(name), nameServers.resolve6(name)];
  // Read below, but perhaps only after it has failed.
  six.catch(() => {});
  const found = await four.catch((error: unknown) => ({ error }));
  const addresses = 'error' in found ? [] : found;
  const isMissing = 'error' in found && isUnasked(found.error);
  const others =
    addresses.length === 0
      ? await six.catch((error: unknown) => {
          throw isMissing ? found.error : error;
        })
      : await settleWithin(six, otherFamilyMs, []);
  return [...addresses.map(toResolved), ...others.map(toResolved)];
}

function isNoSuchName(error: unknown): boolean {
  return hasCode(error, 'ENOTFOUND') || hasCode(error, 'ENODATA');
}

/**
 * No name server could be asked: none of ours listens, or there was no file descriptor for the question. A name server
 * that fails or is silent has another code, and may do so because of the name.
 */
function isUnasked(error: unknown): boolean {
  return hasCode(error, 'ECONNREFUSED');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function noNameServer(cause: unknown): Error {
  return Object.assign(new Error('No name server can be asked.', { cause }), { code: noNameServerCode });
}

function toResolved(address: string): ResolvedAddress {
  return { address, family: isIP(address) };
}

/** Holds one thread of the system at most; libuv gives two to such lookups. */
function oneAtATime(resolve: Resolve): Resolve {
  let last: Promise<unknown> = Promise.resolve();
  return (host) => {
    const next = last.then(() => resolve(host));
    last = next.catch(() => {});
    return next;
  };
}

type Hosts = ReadonlyMap<string, readonly ResolvedAddress[]>;

/**
 * The names in the hosts file, as they were a second ago at most. No file is an empty one; rejects when there is no file
 * descriptor to read it.
 */
function createHostsFile(path: string): () => Promise<Hosts> {
  let hosts: Promise<Hosts> | null = null;
  let readAt = 0;
  return () => {
    const now = performance.now();
    if (hosts === null || now - readAt > hostsMs) {
      readAt = now;
      hosts = readFile(path, 'utf8').then(parseHosts, (error: unknown) => {
        if (readShortage(error) === null) return new Map();
        hosts = null;
        throw error;
      });
    }
    return hosts;
  };
}

function parseHosts(text: string): Hosts {
  const hosts = new Map<string, ResolvedAddress[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      hosts.set(key, [...(hosts.get(key) ?? []), toResolved(address)]);
    }
  }
  for (const addresses of hosts.values()) addresses.sort((a, b) => a.family - b.family);
  return hosts;
}
