// Requests through egress proxies of the configuration, from the API to the receiver's socket.
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EgressProxyServer, startEgressProxy } from '../../support/egress-proxy.ts';
import { boot, type Harness, testKeys } from '../../support/harness.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';

const password = 'proxy-password-5d2e9c71';

describe('egress proxies', () => {
  let usual: EgressProxyServer;
  let eu: EgressProxyServer;
  let receiver: Receiver;
  let harness: Harness;
  let lines: string[];

  beforeEach(async () => {
    usual = await startEgressProxy({ credentials: `carillon:${password}` });
    eu = await startEgressProxy();
    receiver = await startReceiver();
  });
  afterEach(async () => {
    await harness.close();
    for (const server of [usual, eu, receiver]) await server.close();
  });

  const withCredentials = (url: string): string => url.replace('://', `://carillon:${password}@`);

  async function start(flags: Record<string, string> = {}): Promise<void> {
    lines = [];
    const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
    const proxies = {
      CARILLON_EGRESS_PROXY: withCredentials(usual.url),
      CARILLON_EGRESS_PROXIES: `eu=${eu.url},us=http://127.0.0.1:1`,
    };
    harness = await boot({ ...proxies, ...flags }, { log });
    await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  }

  async function register(fields: object = {}) {
    const given = { url: `${receiver.url}/hook`, eventTypes: ['*'], ...fields };
    const { status, body } = await harness.admin('POST', '/tenants/acme/endpoints', given);
    expect(status, JSON.stringify(body)).toBe(201);
    return body;
  }

  async function publish(): Promise<void> {
    const event = { type: 'payment.paid', payload: { amount: 1 } };
    expect((await harness.admin('POST', '/tenants/acme/events', event)).status).toBe(202);
    await harness.turn();
  }

  async function lastDelivery() {
    const { data } = (await harness.admin('GET', '/tenants/acme/deliveries?limit=1')).body;
    return (await harness.admin('GET', `/tenants/acme/deliveries/${data[0].id}`)).body;
  }

  test('all requests leave through the default, those of an endpoint through its own proxy or through none', async () => {
    await start();
    const { id, egress } = await register();
    expect(egress).toBeNull();
    const asked = () => [usual.asked.length, eu.asked.length, receiver.requests.length];
    await publish();
    expect(asked()).toEqual([1, 0, 1]);
    // The connection is kept.
    await publish();
    expect(asked()).toEqual([1, 0, 2]);
    const change = (value: string | null) =>
      harness.admin('PATCH', `/tenants/acme/endpoints/${id}`, { egress: value });
    expect((await change('eu')).body.egress).toBe('eu');
    await publish();
    expect(asked()).toEqual([1, 1, 3]);
    expect((await change('direct')).body.egress).toBe('direct');
    await publish();
    expect(asked()).toEqual([1, 1, 4]);
    expect((await change(null)).body.egress).toBeNull();
    await harness.restart();
    await publish();
    expect(asked()).toEqual([2, 1, 5]);
    expect((await lastDelivery()).attempts[0]).toMatchObject({
      outcome: 'accepted',
      url: `${receiver.url}/hook`,
    });
  });

  test('NO_PROXY is for the default', async () => {
    await start({ NO_PROXY: 'shop.example, 127.0.0.0/8' });
    await register();
    await publish();
    expect([usual.asked.length, receiver.requests.length]).toEqual([0, 1]);
  });

  test('a name that is not configured is refused, and the error names those that are', async () => {
    await start();
    const { status, body } = await harness.admin('POST', '/tenants/acme/endpoints', {
      url: receiver.url,
      eventTypes: ['*'],
      egress: 'ap',
    });
    expect([status, body.errors]).toEqual([
      400,
      [
        {
          field: 'egress',
          message: 'must be direct or an egress proxy; CARILLON_EGRESS_PROXIES names eu, us',
        },
      ],
    ]);
  });

  test('a tenant sees the proxy of an endpoint and cannot choose another one', async () => {
    await start();
    const { id } = await register({ egress: 'eu' });
    const { body } = await harness.admin('POST', '/tenants/acme/credentials', { mode: 'live' });
    const asTenant = { token: body.token };
    expect((await harness.call('GET', `/v1/endpoints/${id}`, asTenant)).body.egress).toBe('eu');
    const refused = await harness.call('PATCH', `/v1/endpoints/${id}`, {
      ...asTenant,
      body: { egress: 'direct' },
    });
    expect([refused.status, refused.body.errors[0].field]).toEqual([400, 'egress']);
  });

  test('a proxy that is down is no attempt: all is delivered at the first one when it is back', async () => {
    await start();
    const { id } = await register({ egress: 'eu' });
    await eu.close();
    for (let second = 0; second < 5; second++) {
      if (second === 0) await publish();
      else await harness.turn();
      harness.clock.advance(1000);
    }
    expect(await lastDelivery()).toMatchObject({ state: 'pending', attemptCount: 0 });
    const ready = await harness.call('GET', '/readyz', { token: testKeys.adminKeys[0] });
    expect(ready.status).toBe(200);
    const metrics = (await harness.engine.http.inject('/metrics')).body;
    expect(metrics).toMatch(/^carillon_requests_unsent_total\{shortage="egress"\} [45]$/m);
    const told = lines.filter((line) => line.includes('delivery.not_sent')).map((line) => JSON.parse(line));
    expect(told).toMatchObject([{ shortage: 'egress', code: 'eu: connection_refused' }]);
    eu = await startEgressProxy({ port: eu.port });
    await harness.turn();
    expect(await lastDelivery()).toMatchObject({ state: 'delivered', attemptCount: 1 });
    const { body } = await harness.admin('GET', `/tenants/acme/endpoints/${id}`);
    expect(body).toMatchObject({ failureCount: 0, enabled: true });
  });

  test('what the proxy says of the receiver is an attempt', async () => {
    await start();
    await register({ egress: 'eu' });
    eu.behave = (socket) => void socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
    await publish();
    const { attempts, lastError } = await lastDelivery();
    expect(lastError).toBe('egress_failed');
    expect(attempts[0]).toMatchObject({
      outcome: 'unreachable',
      status: null,
      error: { message: 'The egress proxy did not connect to the receiver: it answered 503.' },
    });
    const found = await harness.admin('GET', '/deliveries?error=egress_failed');
    expect(found.body.data).toHaveLength(1);
  });

  test('the credentials of a proxy are told nowhere, also when it refuses them', async () => {
    await start();
    const { id } = await register();
    await publish();
    // Other credentials than it wants from now on.
    usual.behave = (socket) => void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    receiver.answer = () => ({ status: 200, headers: { connection: 'close' } });
    await publish();
    await publish();
    expect(await lastDelivery()).toMatchObject({ state: 'pending', attemptCount: 0 });
    expect(lines.join()).toContain('default: credentials refused (407)');
    const answers = await Promise.all(
      ['/stats', '/attempts', `/tenants/acme/endpoints/${id}`, '/tenants/acme/deliveries'].map((path) =>
        harness.admin('GET', path),
      ),
    );
    const metrics = (await harness.engine.http.inject('/metrics')).body;
    const ready = await harness.call('GET', '/readyz', { token: testKeys.adminKeys[0] });
    const heads = receiver.requests.map(({ headers }) => headers);
    const all = JSON.stringify([lines, answers, metrics, ready, heads]);
    expect(usual.heads[0]).toContain('Proxy-Authorization: Basic ');
    expect(all).not.toContain(password);
    expect(all).not.toContain(Buffer.from(`carillon:${password}`).toString('base64'));
    expect(all).not.toMatch(/proxy-authorization/i);
  });
});
