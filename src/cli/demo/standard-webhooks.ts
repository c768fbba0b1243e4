// Signature verification of all platforms that use Standard Webhooks.
import { headerOf } from './headers.ts';
import type { Verify } from './platform.ts';
import { checkSignature } from '../checks/signature.ts';

/** Recommended by the specification. */
const toleranceSeconds = 300;

export function verifyStandardWebhooks(secret: string): Verify {
  return (request) => {
    const { payload, receivedAt } = request;
    const id = headerOf(request, 'webhook-id');
    const timestamp = headerOf(request, 'webhook-timestamp');
    const signature = headerOf(request, 'webhook-signature');
    const signed = { secret, id, timestamp, signature, payload };
    const verdict = checkSignature(signed, receivedAt, toleranceSeconds);
    return verdict.valid ? null : verdict.problem;
  };
}
