// CHIP in the demo: deliveries have an RSA signature; the API returns the public key.
import { verify } from 'node:crypto';
import { bearer, post, readText } from './api.ts';
import { headerOf } from './headers.ts';
import type { DemoPlatform, Verify } from './platform.ts';

const route = '/api/v1/webhooks/';

export const chip: DemoPlatform = {
  name: 'chip',
  checks: "X-Signature: RSA-3072 with the webhook's public_key",
  route,
  auth: 'bearer',
  firstRetry: '2 min',
  waitsFor: 'the server makes an RSA key pair',
  samples: [{ type: 'purchase.paid' }, { type: 'payment.refunded' }],
  async register(site) {
    const body = { title: 'shop', all_events: true, callback: site.hookUrl };
    const webhook = await post(site, route, body, bearer(site));
    return verifyXSignature(readText(webhook, 'public_key'));
  },
  typeOf: ({ event_type: type }) => type,
};

function verifyXSignature(publicKey: string): Verify {
  return (request) => {
    const signature = Buffer.from(headerOf(request, 'x-signature'), 'base64');
    const isRight = verify('RSA-SHA256', request.payload, publicKey, signature);
    return isRight ? null : 'X-Signature does not match the body and the public_key';
  };
}
