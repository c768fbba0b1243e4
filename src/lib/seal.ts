// Encryption of secrets at rest: AES-256-GCM with the identity of the row as associated data, so that a ciphertext
// that was moved to another row is rejected. Key rotation: the newest key seals, and each text names the key that opens it.
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import type { Random } from './random.ts';

export interface Seal {
  /** With the newest key. `context` names the row, e.g. `endpoint:ep_…`. */
  close(plaintext: string, context: string): string;
  /** Throws when the text was not sealed with one of the keys and this context. */
  open(sealed: string, context: string): string;
}

export type SealKeys = readonly [Uint8Array, ...Uint8Array[]];

/** `v1.<base64>`: names no key. `v2.<id of the key>.<base64>`. At least 28 bytes: nonce, tag and text. */
const form = /(?<=^|")(?:v1|v2\.([0-9a-f]{8}))\.([A-Za-z0-9+/]{37,}={0,2})(?="|$)/g;

/** `keys` are of 32 bytes each, newest first. */
export function createSeal(keys: SealKeys, random: Random): Seal {
  const [newest] = keys;
  const named = keys.map((key) => ({ id: keyIdOf(key), key }));
  const newestId = keyIdOf(newest);
  return {
    close(plaintext, context) {
      const nonce = random.bytes(12);
      const cipher = createCipheriv('aes-256-gcm', newest, nonce).setAAD(Buffer.from(context));
      const text = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return `v2.${newestId}.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')}`;
    },
    open(sealed, context) {
      const [version, id] = sealed.split('.', 2);
      const fitting = version === 'v2' ? named.filter((one) => one.id === id) : named;
      if (fitting.length === 0) throw new Error(`the encryption key ${id} is not among those that are given`);
      const bytes = Buffer.from(sealed.slice(sealed.lastIndexOf('.') + 1), 'base64');
      return openWithAny(
        fitting.map(({ key }) => key),
        bytes,
        context,
      );
    },
  };
}

/** Throws what the last key does. */
function openWithAny([key, ...others]: readonly Uint8Array[], bytes: Buffer, context: string): string {
  if (key === undefined) throw new Error('there is no key');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(12, 28));
    return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8');
  } catch (error) {
    if (others.length === 0) throw error;
    return openWithAny(others, bytes, context);
  }
}

/** The beginning of a hash: tells keys apart, and nothing of them. */
export function keyIdOf(key: Uint8Array): string {
  return createHash('sha256').update('carillon encryption key:').update(key).digest('hex').slice(0, 8);
}

/** The keys of the sealed texts in `value`, which is one, or JSON with some; null for a text that names none. */
export function sealingKeys(value: string): readonly (string | null)[] {
  return [...value.matchAll(form)].map(([, id]) => id ?? null);
}

/** `value` with each sealed text in it sealed anew, but for those of the key `newestId`. Throws as `open`. */
export function reseal(seal: Seal, newestId: string, value: string, context: string): string {
  return value.replace(form, (sealed: string, id: string | undefined) =>
    id === newestId ? sealed : seal.close(seal.open(sealed, context), context),
  );
}
