// Authentication: a bearer token.
import { Fault } from '#core/fault.ts';
import type { Mode } from '#core/tenant.ts';
import type { IssuedCredential, Proof } from '#core/caller.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { readBearer } from '#input/bearer.ts';
import type { Random } from '#lib/random.ts';

const tokenBytes = 32;
const tokenPattern = /^car_(?:live|test)_[A-Za-z0-9_-]{43}$/; // ours

export function authenticate({ headers }: WireRequest): Proof {
  const header = headers['authorization'];
  if (header === undefined) throw new Fault('key_missing', 'Send your key as "Authorization: Bearer car_…".');
  const token = readBearer(header);
  if (token === null) {
    throw new Fault('key_missing', 'The Authorization header must have the form "Bearer car_…".');
  }
  // Reject malformed keys without a database lookup.
  if (!tokenPattern.test(token)) throw new Fault('key_unknown', 'The key is not known.');
  return { kind: 'bearer', token };
}

/** `car_live_…` or `car_test_…`: secret scanners recognize the prefix. */
export function issueCredential(mode: Mode, random: Random): IssuedCredential {
  const secret = Buffer.from(random.bytes(tokenBytes)).toString('base64url');
  return { kind: 'bearer', token: `car_${mode}_${secret}` };
}
