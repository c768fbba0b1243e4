// Authentication: an API key in a header of the platform's own, `Tollgate-Key`.
import type { IssuedCredential, Proof } from '#core/caller.ts';
import { Fault } from '#core/fault.ts';
import type { Mode } from '#core/tenant.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import type { Random } from '#lib/random.ts';

const keyBytes = 32;
const keyPattern = /^tollgate_(?:live|test)_[A-Za-z0-9_-]{43}$/; // documented: the prefixes; ours: what follows them

export function authenticate({ headers }: WireRequest): Proof {
  const key = headers['tollgate-key'];
  if (key === undefined) throw new Fault('key_missing', 'Send your API key in the header Tollgate-Key.');
  // Reject malformed keys without a database lookup.
  if (!keyPattern.test(key)) throw new Fault('key_unknown', 'The API key is not valid.');
  return { kind: 'bearer', token: key };
}

/** `tollgate_live_…` or `tollgate_test_…`; each sees the hooks of its mode only. */
export function issueCredential(mode: Mode, random: Random): IssuedCredential {
  const secret = Buffer.from(random.bytes(keyBytes)).toString('base64url');
  return { kind: 'bearer', token: `tollgate_${mode}_${secret}` };
}
