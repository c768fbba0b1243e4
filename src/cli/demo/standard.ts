// The standard dialect in the demo.
import { bearer, post, readText } from './api.ts';
import type { DemoPlatform } from './platform.ts';
import { verifyStandardWebhooks } from './standard-webhooks.ts';

const route = '/v1/endpoints';

export const standard: DemoPlatform = {
  name: 'standard',
  checks: 'webhook-signature: HMAC-SHA256, Standard Webhooks',
  route,
  auth: 'bearer',
  firstRetry: '5 s',
  samples: [
    { type: 'payment.succeeded' },
    { type: 'payment.failed', firstAnswer: 503 },
    { type: 'refund.succeeded' },
    { type: 'payout.paid' },
  ],
  async register(site) {
    const endpoint = await post(site, route, { url: site.hookUrl, eventTypes: ['*'] }, bearer(site));
    return verifyStandardWebhooks(readText(endpoint, 'secret'));
  },
  typeOf: ({ type }) => type,
};
