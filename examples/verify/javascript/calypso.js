// The dialect calypso.
import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether `body` was signed with the secret: the secretKey of the subscription. `signature` is the
 * header Sign ('' when missing); `body` is the bytes as they came, before any parser.
 */
export function isGenuine(signature, body, secret) {
  const expected = createHmac('sha512', secret).update(body).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
