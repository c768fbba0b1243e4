// Spritz Finance in the demo: the integrator chooses the signing secret and sends it to the API.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { type Authorize, keyPair, post } from './api.ts';
import { headerEquals } from './headers.ts';
import type { DemoPlatform, Site, Verify } from './platform.ts';

const route = '/v1/integrator/webhooks';
const secretRoute = '/v1/integrator/webhook-secret';

const user = '62d17d3b377dab6c1342136e';
const hash = '0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060';

export const spritz: DemoPlatform = {
  name: 'spritz',
  checks: 'Signature: HMAC-SHA256 with the secret the demo set',
  route,
  auth: 'signed',
  firstRetry: '5 s',
  samples: [
    // A resource event: the receiver reads the resource to get its state.
    { type: 'payment.completed', payload: { userId: user, id: '65f0c0ffee65f0c0ffee65f0' } },
    // A milestone event: it contains the resource; the server adds the derived fields.
    {
      type: 'offramp.completed',
      payload: {
        sequence: 3,
        userId: user,
        integratorId: '64b7f1d2c9e77c0012ab34cd',
        offRamp: {
          id: '6701a9c2f4d5e60013b7c8d9',
          quoteId: '6701a9b8f4d5e60013b7c8d0',
          status: 'completed',
          input: { amount: '100.75', token: 'USDC', chain: 'base' },
          output: {
            amount: '100.00',
            currency: 'USD',
            rail: 'ach_standard',
            accountId: '66f2b4e1a3c7d80011f0e9a2',
            accountName: 'Everyday checking',
          },
          fees: { amount: '0.75', currency: 'USD' },
          transaction: { hash, explorerUrl: `https://basescan.org/tx/${hash}` },
          failureMessage: null,
        },
      },
      firstAnswer: 502,
    },
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
