// Authentication: a secret key as a bearer token. The key decides the mode; the URLs are the same for both.
import { Fault } from '#core/fault.ts';
import type { Mode } from '#core/tenant.ts';
import type { IssuedCredential, Proof } from '#core/caller.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { readBearer } from '#input/bearer.ts';
import type { Random } from '#lib/random.ts';

const tokenBytes = 32;
const tokenPattern = /^chip_(?:live|test)_[A-Za-z0-9_-]{43}$/; // ours: the form of the platform's keys is not documented

export function authenticate({ headers }: WireRequest): Proof {
  const token = readBearer(headers['authorization']); // documented
  if (token === null) {
    throw new Fault('key_missing', 'Send the key as "Authorization: Bearer <secret key>".');
  }
  // Reject malformed keys without a database lookup.
  if (!tokenPattern.test(token)) throw new Fault('key_unknown', 'The key is not known.');
  return { kind: 'bearer', token };
}

/** `chip_live_…` or `chip_test_…`: secret scanners recognize the prefix. */
export function issueCredential(mode: Mode, random: Random): IssuedCredential {
  const secret = Buffer.from(random.bytes(tokenBytes)).toString('base64url');
  return { kind: 'bearer', token: `chip_${mode}_${secret}` };
}
