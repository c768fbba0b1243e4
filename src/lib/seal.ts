// Encryption of secrets at rest: AES-256-GCM with the identity of the row as associated data, so that a ciphertext
// that was moved to another row is rejected.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from './random.ts';

export interface Seal {
  /** `context` names the row, e.g. `endpoint:ep_…`. */
  close(plaintext: string, context: string): string;
  /** Throws when the text was not sealed with this key and this context. */
  open(sealed: string, context: string): string;
}

const version = 'v1';

/** `key` is 32 bytes. */
export function createSeal(key: Uint8Array, random: Random): Seal {
  return {
    close(plaintext, context) {
      const nonce = random.bytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const text = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return `${version}.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')}`;
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed.slice(version.length + 1), 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(12, 28));
      return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}
