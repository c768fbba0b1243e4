// Authentication: a platform's API key as a bearer token.
import { Fault } from '#core/fault.ts';
import type { Mode } from '#core/tenant.ts';
import type { IssuedCredential, Proof } from '#core/caller.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { readBearer } from '#input/bearer.ts';
import type { Random } from '#lib/random.ts';

const keyBytes = 32;
const keyPattern = /^diddo_(?:live|test)_[A-Za-z0-9_-]{43}$/; // ours: no form of keys is documented

export function authenticate({ headers }: WireRequest): Proof {
  const header = headers['authorization'];
  if (header === undefined) {
    throw new Fault('key_missing', 'Send your API key as "Authorization: Bearer diddo_…".');
  }
  const key = readBearer(header); // documented
  if (key === null) {
    throw new Fault('key_missing', 'The Authorization header must have the form "Bearer diddo_…".');
  }
  // Reject malformed keys without a database lookup.
  if (!keyPattern.test(key)) throw new Fault('key_unknown', 'The API key is not valid.');
  return { kind: 'bearer', token: key };
}

/** `diddo_live_…` or `diddo_test_…`. Documented: keys have a mode, `test` or `live`; ours: it shows in them. */
export function issueCredential(mode: Mode, random: Random): IssuedCredential {
  const secret = Buffer.from(random.bytes(keyBytes)).toString('base64url');
  return { kind: 'bearer', token: `diddo_${mode}_${secret}` };
}
