// Symmetric signatures of deliveries: secrets of the form `whsec_…` and HMAC-SHA256 as `v1,…`, by an open
// specification that public libraries verify. Several dialects sign this way, each in headers of its own.
import { createKeyCache, hmac } from '#lib/hmac.ts';
import type { Random } from '#lib/random.ts';

const secretPrefix = 'whsec_';
/** The specification allows 24 to 64. */
const secretBytes = 32;
const secretBytesMin = 24;
const secretBytesMax = 64;

/** Derived keys kept in memory: about as many as endpoints that receive at the same time. */
const keyOf = createKeyCache(decodeSecret, 10_000);

/** What is signed: the id under which receivers know an event, and the bytes they get. */
interface Signable {
  readonly id: string;
  readonly payload: Uint8Array;
  /** Newest first. */
  readonly secrets: readonly string[];
}

/** `timestamp` in Unix seconds; `signature` has one entry per secret, separated by spaces. */
interface Signature {
  readonly timestamp: string;
  readonly signature: string;
}

/** `whsec_` and 32 random bytes in base64. */
export function createSymmetricSecret(random: Random): string {
  return secretPrefix + Buffer.from(random.bytes(secretBytes)).toString('base64');
}

/** What is wrong with a secret, as a part of a sentence; null when it is of the form above. */
export function checkSymmetricSecret(secret: string): string | null {
  const text = secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : '';
  const key = Buffer.from(text, 'base64');
  // The decoder skips what is not base64.
  const isBase64 = text !== '' && key.toString('base64') === text;
  if (isBase64 && key.length >= secretBytesMin && key.length <= secretBytesMax) return null;
  return `must be "${secretPrefix}" and ${secretBytesMin} to ${secretBytesMax} bytes in base64`;
}

/**
 * Signs `id.timestamp.payload` at `now` (Unix ms). Every valid secret signs, newest first, so that receivers
 * may change theirs at any time of an overlap.
 */
export function signSymmetric({ id, payload, secrets }: Signable, now: number): Signature {
  const timestamp = String(Math.floor(now / 1000));
  const head = `${id}.${timestamp}.`;
  const signatures = secrets.map((secret) => `v1,${hmac('sha256', keyOf(secret), 'base64', head, payload)}`);
  return { timestamp, signature: signatures.join(' ') };
}

function decodeSecret(secret: string): Uint8Array {
  const key = Buffer.from(secret.replace(secretPrefix, ''), 'base64');
  const isWhole =
    secret.startsWith(secretPrefix) && key.length >= secretBytesMin && key.length <= secretBytesMax;
  if (!isWhole) throw new Error('an endpoint has a secret that is not of the form whsec_…');
  return key;
}
