// Spritz Finance in the demo: the integrator chooses the signing secret and sends it to the API.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { type Authorize, keyPair, post } from './api.ts';
import { headerEquals } from './headers.ts';
import type { DemoPlatform, Site, Verify } from './platform.ts';

const route = '/v1/integrator/webhooks';
const secretRoute = '/v1/integrator/webhook-secret';

export const spritz: DemoPlatform = {
  name: 'spritz',
  checks: 'Signature: HMAC-SHA256 with the secret the demo set',
  route,
  auth: 'signed',
  firstRetry: '5 s',
  samples: [
    // A change of a resource: the receiver reads the resource to see what it is now.
    { type: 'payment.completed' },
    // A milestone: the payload holds all facts, and the server adds those that follow from the event.
    { type: 'offramp.completed', firstAnswer: 502 },
  ],
  async register(site) {
    const secret = randomBytes(24).toString('base64url');
    await post(site, secretRoute, { secret }, signAs(site, secretRoute));
    await post(site, route, { url: site.hookUrl, events: ['*'] }, signAs(site, route));
    return verifySignature(secret);
  },
  typeOf: ({ eventName, event }) => eventName ?? event,
};

function signAs(site: Site, path: string): Authorize {
  const { key, secret } = keyPair(site);
  return (text) => {
    const timestamp = String(site.now());
    const bodyHash = createHash('sha256').update(text).digest('hex');
    const signature = hmacHex(secret, `${timestamp}.POST.${path}.${bodyHash}`);
    return { 'x-integrator-key': key, 'x-timestamp': timestamp, 'x-signature': `sha256=${signature}` };
  };
}

function hmacHex(secret: string, bytes: string | Uint8Array): string {
  return createHmac('sha256', secret).update(bytes).digest('hex');
}

function verifySignature(secret: string): Verify {
  return (request) =>
    headerEquals(request, 'signature', hmacHex(secret, request.payload))
      ? null
      : 'Signature does not match the body and the secret';
}
