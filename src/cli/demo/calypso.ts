// Calypso in the demo: requests and deliveries have the headers Key and Sign, each with its own key pair.
import { createHmac, randomUUID } from 'node:crypto';
import { type Authorize, keyPair, post, readText } from './api.ts';
import { headerEquals } from './headers.ts';
import type { DemoPlatform, Site, Verify } from './platform.ts';

const route = '/api/v1/subscription/webhook/create';

export const calypso: DemoPlatform = {
  name: 'calypso',
  checks: 'Key and Sign: HMAC-SHA512 with the secretKey',
  route,
  auth: 'signed',
  firstRetry: '30 s',
  samples: [{ type: 'INVOICE_PAID' }, { type: 'PAYOUT_CHANGE_STATUS' }],
  async register(site) {
    const payload = {
      requestId: randomUUID(),
      notificationServiceTypes: ['INVOICE', 'PAYOUT'],
      url: site.hookUrl,
    };
    const body = { timestamp: site.now(), account: site.tenant, payload };
    const subscription = await post(site, route, body, signAs(site));
    return verifySign(readText(subscription, 'publicKey'), readText(subscription, 'secretKey'));
  },
  typeOf: ({ eventType }) => eventType,
};

function signAs(site: Site): Authorize {
  const { key, secret } = keyPair(site);
  return (text) => ({ key, sign: signOf(text, secret) });
}

/** The HMAC key is the text of the secret, not the bytes that its hex digits encode. */
function signOf(body: string | Uint8Array, secret: string): string {
  return createHmac('sha512', secret).update(body).digest('hex');
}

function verifySign(publicKey: string, secretKey: string): Verify {
  return (request) => {
    if (!headerEquals(request, 'key', publicKey)) return 'Key is not the publicKey of the subscription';
    const isRight = headerEquals(request, 'sign', signOf(request.payload, secretKey));
    return isRight ? null : 'Sign does not match the body and the secretKey';
  };
}
