// The dialect spritz.
import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether `body` was signed with the secret: the secret that you set, with its prefix. `signature`
 * is the header Signature ('' when missing); `body` is the bytes as they came, before any parser.
 */
export function isGenuine(signature, body, secret) {
  const expected = createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
