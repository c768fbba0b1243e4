// Signature verification of all platforms that use Standard Webhooks.
import { headerOf } from './headers.ts';
import type { Verify } from './platform.ts';
import { checkSignature } from '../checks/signature.ts';

/** Recommended by the specification. */
const toleranceSeconds = 300;

export function verifyStandardWebhooks(secret: string): Verify {
  return (request) => {
    const { payload, receivedAt } = request;
    const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
    const headers = new Map(names.map((name) => [name, headerOf(request, name)]));
    const verdict = checkSignature({ headers, payload, secret }, receivedAt, toleranceSeconds);
    return verdict.valid ? null : verdict.problem;
  };
}
