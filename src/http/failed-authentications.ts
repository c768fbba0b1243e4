// Brute force: failed authentications are counted by client address, and an address with too many in a minute is refused before
// the store is asked. Keys that were found before pass, so that one broken client does not lock out others behind its NAT.
import type { FastifyRequest } from 'fastify';
import { Fault, type FaultCode } from '#core/fault.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Clock } from '#lib/clock.ts';
import { sha256Hex } from '#lib/hmac.ts';
import type { HttpMetrics } from './metrics.ts';
import { createSourceOf, type PublicAddress } from './origin.ts';

interface GuardDeps extends PublicAddress {
  readonly limits: { readonly authFailuresPerMinuteMax: number };
  readonly clock: Clock;
  readonly metrics: Pick<HttpMetrics, 'authRefused'>;
}

export interface FailedAuthentications {
  /** Throws Fault `rate_limited` for an address with too many failures. */
  check(request: FastifyRequest): void;
  count(request: FastifyRequest): void;
  /** Does the work unless the address has too many failures, and counts when it fails by `proof`, the key of the request. */
  guard<Result>(request: FastifyRequest, proof: string, work: () => Promise<Result>): Promise<Result>;
}

interface Failures {
  readonly count: number;
  /** Of the first one. Unix ms. */
  readonly since: number;
}

const minuteMs = 60_000;
const addressesMax = 10_000;
const provenMax = 10_000;
const failures: ReadonlySet<FaultCode> = new Set(['key_unknown', 'signature_invalid']);

export function createFailedAuthentications(deps: GuardDeps): FailedAuthentications {
  const { clock, metrics } = deps;
  const { authFailuresPerMinuteMax: max } = deps.limits;
  const sourceOf = createSourceOf(deps);
  const byAddress = new BoundedMap<string, Failures>(addressesMax);
  /** Hashes of what has proven a caller. */
  const proven = new BoundedMap<string, true>(provenMax);
  const addressOf = (request: FastifyRequest): string => sourceOf(request).address ?? '';
  const find = (address: string): Failures => {
    const known = byAddress.get(address);
    const now = clock.now();
    return known === undefined || now >= known.since + minuteMs ? { count: 0, since: now } : known;
  };
  const check = (request: FastifyRequest): void => {
    const { count, since } = find(addressOf(request));
    if (count < max) return;
    metrics.authRefused();
    const retryAfterSeconds = Math.max(1, Math.ceil((since + minuteMs - clock.now()) / 1000));
    throw new Fault(
      'rate_limited',
      `there were ${max} failed authentications from this address in a minute; try again in ${retryAfterSeconds} s`,
      { retryAfterSeconds },
    );
  };
  const count = (request: FastifyRequest): void => {
    const address = addressOf(request);
    const known = find(address);
    byAddress.set(address, { ...known, count: known.count + 1 });
  };
  return {
    check,
    count,
    async guard(request, proof, work) {
      const hash = sha256Hex(proof);
      if (proven.get(hash) === undefined) check(request);
      try {
        const result = await work();
        proven.set(hash, true);
        return result;
      } catch (error) {
        if (error instanceof Fault && failures.has(error.code)) {
          proven.delete(hash);
          count(request);
        }
        throw error;
      }
    },
  };
}
