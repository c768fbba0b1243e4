// The dialect chip.
import { verify } from 'node:crypto';

/**
 * Whether `body` was signed for the webhook with this `public_key` (PEM). `signature` is the header
 * X-Signature ('' when missing); `body` is the bytes as they came, before any parser.
 */
export function isGenuine(signature, body, publicKey) {
  return verify('RSA-SHA256', body, publicKey, Buffer.from(signature, 'base64'));
}
