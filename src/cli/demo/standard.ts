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
    {
      type: 'payment.succeeded',
      payload: {
        id: 'pay_20417',
        amount: '129.90',
        currency: 'EUR',
        method: 'card',
        reference: 'order-20417',
      },
    },
    {
      type: 'payment.failed',
      payload: { id: 'pay_20418', amount: '15.00', currency: 'USD', failure: { code: 'insufficient_funds' } },
      firstAnswer: 503,
    },
    {
      type: 'refund.succeeded',
      payload: { id: 'ref_881', payment: 'pay_20417', amount: '29.90', currency: 'EUR' },
    },
    {
      type: 'payout.paid',
      payload: { id: 'po_77', amount: '2480.15', currency: 'EUR', arrivesOn: '2026-01-05' },
    },
  ],
  async register(site) {
    const endpoint = await post(site, route, { url: site.hookUrl, eventTypes: ['*'] }, bearer(site));
    return verifyStandardWebhooks(readText(endpoint, 'secret'));
  },
  typeOf: ({ type }) => type,
};
