// Diddo in the demo: Standard Webhooks, with a secret that the server generates.
import { bearer, post, readText } from './api.ts';
import type { DemoPlatform } from './platform.ts';
import { verifyStandardWebhooks } from './standard-webhooks.ts';

const route = '/webhook';

const checkout = {
  checkout_id: '7c1f3f4e-2f0b-4d53-9a35-0c4b8a1d6e02',
  cart_id: 'e5b0a9d4-83c6-4f0e-b7a1-5d2c9f6b3a10',
};

const samples = [
  { type: 'checkout.succeeded', payload: { ...checkout, status: 'SUCCEEDED' } },
  {
    type: 'order.submitted',
    payload: { order_id: '0b7d6c52-41e9-4a8e-8c1b-93f2a7e4d518', ...checkout, status: 'SUBMITTED' },
    firstAnswer: 500,
  },
];

export const diddo: DemoPlatform = {
  name: 'diddo',
  checks: 'webhook-signature: HMAC-SHA256, Standard Webhooks',
  route,
  auth: 'bearer',
  firstRetry: '5 s',
  samples,
  async register(site) {
    const events = samples.map(({ type }) => type);
    const { hookUrl: url } = site;
    const webhook = await post(site, route, { url, events, description: 'orders' }, bearer(site));
    return verifyStandardWebhooks(readText(webhook, 'secret'));
  },
  typeOf: ({ type }) => type,
};
