// Failures of this machine and process, which say nothing about the receiver: out of file descriptors, memory or ports, no
// name server, or no time to run. What failed by one of them before a byte was sent was no attempt.
import { isIPv6 } from 'node:net';
import type { Shortage } from '#core/attempt.ts';

/** An own failure, in place of a failure of the receiver. */
export interface OwnFailure {
  readonly shortage: Shortage;
  /** For the operator's log, such as `EMFILE`. */
  readonly code: string;
}

/** The `code` of the error that `resolve.ts` makes when no name server can be asked. */
export const noNameServerCode = 'NO_NAME_SERVER';

const bySystemCode: ReadonlyMap<string, Shortage> = new Map([
  ['EMFILE', 'descriptors'],
  ['ENFILE', 'descriptors'],
  ['ENOMEM', 'memory'],
  ['ENOBUFS', 'memory'],
  ['EADDRNOTAVAIL', 'ports'],
  [noNameServerCode, 'names'],
]);

/** The own failure in an error of the system; null when it is about the receiver. */
export function readShortage(error: unknown): OwnFailure | null {
  if (!(error instanceof Error)) return null;
  // Of several addresses of a name, one that could not be tried might have answered.
  if (error instanceof AggregateError) {
    for (const each of error.errors) {
      const found = readShortage(each);
      if (found !== null) return found;
    }
    return null;
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const shortage = bySystemCode.get(code);
  if (shortage === undefined || isOfAddress(error, shortage)) return null;
  return { shortage, code };
}

/** Without an own IPv6 address, an IPv6 receiver cannot be reached for good: not by a shortage that passes. */
function isOfAddress(error: Error, shortage: Shortage): boolean {
  const address = 'address' in error ? String(error.address) : '';
  return shortage === 'ports' && isIPv6(address);
}

/** How late a timer runs, in ms, when the process did not: it was stopped, swapped out, or had too much to do. */
const standstillMs = 1_000;

/** True when a deadline of `ms` was noticed so late that this process must have stood still. */
export function hasStoodStill(elapsedMs: number, ms: number): boolean {
  return elapsedMs > ms + standstillMs;
}

export const noTime: OwnFailure = { shortage: 'time', code: 'TIMEOUT' };
