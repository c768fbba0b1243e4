import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';

type HmacAlgorithm = 'sha256' | 'sha512';

/** HMAC of the parts one after the other, as bytes in the encoding asked for. */
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
 * Turns secrets into HMAC keys and remembers the last `countMax`: importing a key anew costs more than the
 * whole HMAC of a small payload (measured: 14 µs against 3.6 µs with a key at hand).
 */
export function createKeyCache(
  decode: (secret: string) => Uint8Array,
  countMax: number,
): (secret: string) => KeyObject {
  const keys = new Map<string, KeyObject>();
  return (secret) => {
    const known = keys.get(secret);
    if (known !== undefined) return known;
    const key = createSecretKey(decode(secret));
    // The oldest goes; a map keeps the order of insertion.
    const oldest = keys.size >= countMax ? keys.keys().next() : null;
    if (oldest?.done === false) keys.delete(oldest.value);
    keys.set(secret, key);
    return key;
  };
}

/** SHA-256 in lower-case hex. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** Compares in a time that depends on neither text's content nor length. */
export function equalsConstantTime(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
