// HMAC, SHA-256 and constant-time comparison.
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { BoundedMap } from './bounded-map.ts';

type HmacAlgorithm = 'sha256' | 'sha512';

/** HMAC of the concatenated parts, in the given encoding. */
export function hmac(
  algorithm: HmacAlgorithm,
  key: string | Uint8Array | KeyObject,
  encoding: 'hex' | 'base64',
  ...parts: readonly (string | Uint8Array)[]
): string {
  const mac = createHmac(algorithm, key);
  for (const part of parts) mac.update(part);
  return mac.digest(encoding);
}

/**
 * Turns secrets into HMAC keys and caches the last `countMax`: importing a key costs more than the whole HMAC of a
 * small payload (measured: 14 µs with the import, 3.6 µs with a cached key).
 */
export function createKeyCache(
  decode: (secret: string) => Uint8Array,
  countMax: number,
): (secret: string) => KeyObject {
  const keys = new BoundedMap<string, KeyObject>(countMax);
  return (secret) => {
    const known = keys.get(secret);
    if (known !== undefined) return known;
    const key = createSecretKey(decode(secret));
    keys.set(secret, key);
    return key;
  };
}

/** SHA-256 in lower-case hex. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** Constant-time comparison: the time depends on neither the content nor the length of the texts. */
export function equalsConstantTime(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
