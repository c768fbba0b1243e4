// Authentication: `Key` is the API key, `Sign` is over the exact bytes of the body, and the body has the timestamp.
import { Fault } from '#core/fault.ts';
import type { Evidence, IssuedCredential, Proof } from '#core/caller.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { equalsConstantTime, hmac } from '#lib/hmac.ts';
import type { Random } from '#lib/random.ts';
import { findAccountProblem, readAccount, readTimestamp } from './wire.ts';

const keyBytes = 16; // inferred: 32 hex characters, as the example key and secret have
const keyPattern = /^[0-9a-f]{32}$/;
/** documented: not less than 3 minutes in the past and not greater than 3 minutes in the future */
const clockSkewMsMax = 3 * 60 * 1000;

/** inferred: checked in this order: the key, the sign, the timestamp, then the rest of the body. */
export function authenticate({ headers, rawBody }: WireRequest): Proof {
  const { key, sign } = headers;
  if (key === undefined) throw new Fault('key_missing', 'The header Key is missing.');
  // Reject malformed keys without a database lookup.
  if (!keyPattern.test(key)) throw new Fault('key_unknown', 'The API key is not known.');
  const evidence = { sign: sign ?? null, body: rawBody, account: readAccount(rawBody) };
  return { kind: 'signed', key, evidence };
}

/** A missing sign is reported only here, so that an unknown key is reported before it. */
export function checkSignature(
  evidence: Evidence,
  { tenant, secret }: { readonly tenant: string; readonly secret: string },
  now: number,
): Fault | null {
  const { sign, body, account } = evidence as CalypsoEvidence;
  return (
    findSignProblem(sign, secret, body) ?? findTimeProblem(body, now) ?? findAccountProblem(account, tenant)
  );
}

/** The evidence of a proof. */
type CalypsoEvidence = {
  readonly sign: string | null;
  readonly body: Uint8Array;
  readonly account: string | null;
};

/** The API key pair of a merchant; another pair signs deliveries. */
export function issueCredential(_mode: unknown, random: Random): IssuedCredential {
  return { kind: 'key-pair', key: makeHex(random), secret: makeHex(random) };
}

/** documented: lower-case hex HMAC-SHA512 of the body as sent, keyed with the secret as text, not as hex. */
function findSignProblem(sign: string | null, secret: string, rawBody: Uint8Array): Fault | null {
  if (sign === null) return new Fault('signature_missing', 'The header Sign is missing.');
  if (equalsConstantTime(sign, hmac('sha512', secret, 'hex', rawBody))) return null;
  return new Fault('signature_invalid', 'The header Sign is not the HMAC-SHA512 of the body.');
}

function findTimeProblem(rawBody: Uint8Array, now: number): Fault | null {
  const timestamp = readTimestamp(rawBody);
  if (timestamp instanceof Fault) return timestamp;
  if (Math.abs(now - timestamp) <= clockSkewMsMax) return null;
  return new Fault('timestamp_invalid', 'timestamp: must be within 3 minutes of now, in UTC milliseconds');
}

function makeHex(random: Random): string {
  return Buffer.from(random.bytes(keyBytes)).toString('hex');
}
