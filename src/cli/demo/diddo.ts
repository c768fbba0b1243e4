// Diddo in the demo: Standard Webhooks, with a secret that the server generates.
import { bearer, post, readText } from './api.ts';
import type { DemoPlatform } from './platform.ts';
import { verifyStandardWebhooks } from './standard-webhooks.ts';

const route = '/webhook';

const samples = [{ type: 'checkout.succeeded' }, { type: 'order.submitted', firstAnswer: 500 }];

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
