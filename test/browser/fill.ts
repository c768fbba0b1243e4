// A server with something of everything that the console shows.
import type { Console } from './console.ts';

export interface Filled {
  /** Ids of endpoints: one that answers, one that fails, one that is disabled and holds. */
  readonly shop: string;
  readonly broken: string;
  readonly paused: string;
  /** Ids of deliveries. */
  readonly delivered: string;
  readonly failed: string;
  readonly replay: string;
}

const types = ['payment.paid', 'payment.refunded', 'payout.failed'];

export async function fill({ admin, receiver }: Console): Promise<Filled> {
  receiver.answer = ({ path }) =>
    path === '/broken'
      ? { status: 500, headers: { 'content-type': 'text/html' }, body: '<h1>Internal Server Error</h1>' }
      : { status: 200, headers: { 'content-type': 'application/json' }, body: '{"received":true}' };
  await admin('POST', '/tenants', { id: 'acme', name: 'Acme Payments', dialect: 'standard' });
  await admin('POST', '/tenants', { id: 'chip-shop', name: 'Chip shop', dialect: 'chip' });
  await admin('POST', '/tenants/acme/credentials', { mode: 'live' });
  await admin('POST', '/tenants', { id: 'spritz-shop', name: 'Spritz shop', dialect: 'spritz' });
  await admin('POST', '/tenants/acme/portal-sessions', { mode: 'live', expiresInSeconds: 3600 });
  await admin('POST', '/keys', { name: 'billing service', scopes: ['publish'], tenants: ['acme'] });
  const { id: alert } = await admin('POST', '/alerts', {
    name: 'night shift',
    types: ['endpoint.disabled', 'backlog.growing'],
    via: { kind: 'webhook', url: `${receiver.url}/alerts` },
  });
  await admin('POST', `/alerts/${alert}/snooze`, { until: new Date(Date.now() + 7_200_000).toISOString() });
  await admin('PUT', '/event-types/payment.paid', {
    groupName: 'Payments',
    description: 'The money has arrived.',
    schema: { type: 'object', required: ['amount'], properties: { amount: { type: 'string' } } },
    examples: [{ id: 'pay_1', amount: '12.50', currency: 'EUR' }],
  });
  const endpoint = async (
    path: string,
    eventTypes: readonly string[],
    description: string,
  ): Promise<string> => {
    const body = { url: `${receiver.url}${path}`, eventTypes, description, metadata: { team: 'payments' } };
    return (await admin('POST', '/tenants/acme/endpoints', body)).id;
  };
  const shop = await endpoint('/shop', ['*'], 'The shop');
  await admin('PATCH', `/tenants/acme/endpoints/${shop}`, {
    filter: { currency: 'EUR' },
    headers: [
      { name: 'X-Region', value: 'eu' },
      { name: 'X-Api-Key', value: 'a-key', secret: true },
    ],
    timeoutMs: 10_000,
    disableAfter: { spanMs: 86_400_000 },
  });
  const broken = await endpoint('/broken', ['payment.paid'], 'The accounts');
  const paused = await endpoint('/paused', ['payment.paid'], 'The warehouse');
  await admin('POST', `/tenants/acme/endpoints/${paused}/disable`);
  for (let count = 1; count <= 20; count++) {
    const payload = {
      id: `pay_${count}`,
      amount: `${count}.50`,
      currency: 'EUR',
      customer: { id: 'cus_51' },
    };
    await admin('POST', '/tenants/acme/events', { id: `order-${count}`, type: types[count % 3], payload });
  }
  await receiver.until(() => receiver.requests.length >= 26);
  const deliveries = async (query: string): Promise<any[]> =>
    (await admin('GET', `/tenants/acme/deliveries?${query}`)).data;
  const attempted = async (of: string): Promise<any> => {
    for (;;) {
      const found = (await deliveries(`endpoint=${of}`)).find(({ attemptCount }) => attemptCount > 0);
      if (found !== undefined) return found;
    }
  };
  const now = Date.now();
  const { id: replay } = await admin('POST', '/tenants/acme/replays', {
    endpoint: shop,
    states: ['delivered'],
    since: new Date(now - 60_000).toISOString(),
    until: new Date(now + 60_000).toISOString(),
  });
  let state = '';
  while (state !== 'finished') ({ state } = await admin('GET', `/tenants/acme/replays/${replay}`));
  const { id: check } = await admin('POST', `/tenants/acme/endpoints/${shop}/check`);
  do ({ state } = await admin('GET', `/tenants/acme/endpoints/${shop}/checks/${check}`));
  while (state !== 'finished');
  return {
    shop,
    broken,
    paused,
    replay,
    delivered: (await attempted(shop)).id,
    failed: (await attempted(broken)).id,
  };
}
