// Host names become addresses without borrowing a thread. The system's own resolver holds one of four
// threads for as long as a name server cares to hang; four such names would stop everybody's deliveries.
import { lookup, Resolver } from 'node:dns/promises';
import type { AddressRules } from './address.ts';

/** One answer for a host name. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a host name, in the order to try them. Rejects when there is no such name. */
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

/** Time for one question to a name server, and how often it is asked. */
const questionMsMax = 2_000;
const tries = 2;

/**
 * Asks name servers directly. Where the operator allows private addresses, a name that no server knows is
 * looked up by the system too: in `/etc/hosts`, say. IPv4 comes first: fewer networks route IPv6 well.
 */
export function createResolve(rules: AddressRules): Resolve {
  const resolver = new Resolver({ timeout: questionMsMax, tries });
  return async (host) => {
    const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const found = [
      ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
      ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : []),
    ];
    if (found.length > 0 || !rules.hasAllowed) return found;
    return lookup(host, { all: true, order: 'verbatim' });
  };
}
