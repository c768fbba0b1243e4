// Bearer token authentication with keys of our own form: `<prefix>_live_…` or `<prefix>_test_…`, 32 random bytes in
// base64url. Secret scanners recognize the prefix.
import { Fault } from '#core/fault.ts';
import { readBearer } from '#input/bearer.ts';
import type { Dialect } from './dialect.ts';

const keyBytes = 32;

/** `noun` names the key in refusals. Faults: `key_missing`, `key_unknown`. */
export function bearerKeys(prefix: string, noun: string): Pick<Dialect, 'authenticate' | 'issueCredential'> {
  const pattern = new RegExp(`^${prefix}_(?:live|test)_[A-Za-z0-9_-]{43}$`);
  return {
    authenticate({ headers: { authorization } }) {
      if (authorization === undefined) {
        throw new Fault('key_missing', `Send your ${noun} as "Authorization: Bearer ${prefix}_…".`);
      }
      const token = readBearer(authorization);
      if (token === null) {
        const form = `"Bearer ${prefix}_…"`;
        throw new Fault('key_missing', `The Authorization header must have the form ${form}.`);
      }
      // Reject malformed keys without a database lookup.
      if (!pattern.test(token)) throw new Fault('key_unknown', `The ${noun} is not known.`);
      return { kind: 'bearer', token };
    },
    issueCredential(mode, random) {
      const secret = Buffer.from(random.bytes(keyBytes)).toString('base64url');
      return { kind: 'bearer', token: `${prefix}_${mode}_${secret}` };
    },
  };
}
