// `NO_PROXY`: hosts that are reached without the default proxy. There is no standard; this follows Go, curl and others where
// they agree: a domain is for its subdomains too, one with a leading dot for these alone, addresses and CIDRs are for URLs with
// an address, and each may have a port. No host is exempt by itself, not even localhost.
import { isIP } from 'node:net';
import { createAddressRules } from './address.ts';
import type { Target } from './target.ts';

type Exemption = (target: Target) => boolean;

/** The entries of a list with commas or spaces. */
export function splitNoProxy(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== '');
}

/** Whether one of the entries is for a target. What is neither an address nor a CIDR is taken for a name. */
export function createExemptions(entries: readonly string[]): Exemption {
  const exemptions = entries.map((entry) => readEntry(entry.toLowerCase()));
  return (target) => exemptions.some((isFor) => isFor(target));
}

function readEntry(entry: string): Exemption {
  if (entry === '*') return () => true;
  const cidr = toCidr(entry);
  if (cidr !== null) return isWithin(cidr);
  const [, host = '', port] = /^(.*?)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const address = toCidr(host.replace(/^\[(.*)\]$/, '$1'));
  const isHost = address === null ? isDomain(host) : isWithin(address);
  return (target) => isHost(target) && (port === undefined || target.port === Number(port));
}

/** Null for what is no address and no CIDR. */
function toCidr(entry: string): string | null {
  const family = isIP(entry);
  const cidr = family === 0 ? entry : `${entry}/${family === 4 ? 32 : 128}`;
  try {
    createAddressRules([cidr]);
    return cidr;
  } catch {
    return null;
  }
}

function isWithin(cidr: string): Exemption {
  const rules = createAddressRules([cidr]);
  return ({ host }) => rules.judge(host) === 'allowed';
}

function isDomain(entry: string): Exemption {
  const isSuffix = /^[*]?[.]/.test(entry);
  const domain = entry.replace(/^[*]?[.]/, '').replace(/[.]$/, '');
  return ({ host }) => {
    const name = host.replace(/[.]$/, '').toLowerCase();
    return name.endsWith(`.${domain}`) || (!isSuffix && name === domain);
  };
}
