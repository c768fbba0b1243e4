// An early answer about a host name: whether every delivery to it would be refused. The SSRF guard (guard.ts) decides again
// at each connection, because names change.
import { settleWithin } from '#lib/deadline.ts';
import { type AddressRules, needsAllowedAddress, publicOnly } from './address.ts';
import type { Resolve } from './resolve.ts';

/** How long it waits for the name servers. */
const lookupMs = 1_000;

/**
 * Looks a name up when it may be reached only at an address that is allowed explicitly: by `http:`, or at a port that is
 * not open for public hosts. Such a name is refused when all its addresses are public. One that is unknown, or whose
 * name servers are slow, is accepted: it may get its address later. The check takes a URL that has passed `judgeUrl`, resolves to what is wrong with it, as one
 * sentence, or to null, and never rejects.
 */
export function createReachCheck(
  rules: AddressRules,
  resolve: Resolve,
): (url: string) => Promise<string | null> {
  return async (text) => {
    const url = new URL(text);
    if (!needsAllowedAddress(url, rules)) return null;
    const addresses = await settleWithin(resolve(url.hostname), lookupMs, []);
    const isPublic =
      addresses.length > 0 && addresses.every(({ address }) => rules.judge(address) === 'public');
    return isPublic ? publicOnly(rules) : null;
  };
}
