// Standard Webhooks: the dialects standard and diddo.
import { createHmac, timingSafeEqual } from 'node:crypto';

const toleranceSeconds = 300;

/**
 * Whether `body` was signed with the secret in the last five minutes. `id`, `timestamp` and
 * `signature` are the headers webhook-id, webhook-timestamp and webhook-signature ('' when
 * missing); `body` is the bytes as they came, before any parser.
 */
export function isGenuine(id, timestamp, signature, body, secret) {
  const ageSeconds = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!(ageSeconds <= toleranceSeconds)) return false;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  // During a rotation there is a signature for each valid secret.
  return signature.split(' ').some((given) => isEqual(Buffer.from(given), Buffer.from(`v1,${mac}`)));
}

function isEqual(given, expected) {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
