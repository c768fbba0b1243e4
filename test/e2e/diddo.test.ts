// Diddo's wire format end to end: the life of a webhook over HTTP, on a real database, with a receiver that verifies with the public
// library.
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { testKeys, boot, type Answered, type Harness } from '../support/harness.ts';
import { checkResponse } from '../support/openapi-check.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const seconds = 1000;
const days = 24 * 60 * 60 * seconds;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const unknownId = '019b7dab-018d-7000-8000-000000000001';
const payload = { checkout_id: '7c1f3f4e-2f0b-4d53-9a35-0c4b8a1d6e02', status: 'SUCCEEDED' };

/** A client. Validates each answer against the OpenAPI document of the server. */
type Client = (method: string, path: string, body?: unknown) => Promise<Answered<any>>;

let harness: Harness;
let receiver: Receiver;
let client: Client;

beforeEach(async () => {
  harness = await boot();
  receiver = await startReceiver();
  await createPlatform('shop');
  client = await clientOf('shop', 'live');
});

afterEach(async () => {
  await harness.close();
  await receiver.close();
});

async function createPlatform(id: string): Promise<void> {
  const { status } = await harness.admin('POST', '/tenants', { id, name: id, dialect: 'diddo' });
  expect(status).toBe(201);
}

async function clientOf(platform: string, mode: 'live' | 'test'): Promise<Client> {
  const { body: key } = await harness.admin('POST', `/tenants/${platform}/credentials`, { mode });
  expect(key.token).toMatch(new RegExp(`^diddo_${mode}_[A-Za-z0-9_-]{43}$`));
  const { body: document } = await harness.call('GET', '/openapi/diddo.json');
  return async (method, path, body) => {
    const answered = await harness.call(method, path, { token: key.token, body });
    checkResponse(document, method, path, answered.status, answered.body);
    return answered;
  };
}

/** Creates a webhook. Returns the body of the 201. */
async function register(fields: Record<string, unknown> = {}, as = client) {
  const webhook = { url: `${receiver.url}/hook`, events: ['checkout.succeeded'], ...fields };
  const { status, body } = await as('POST', '/webhook', webhook);
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

async function publish(fields: Record<string, unknown> = {}, platform = 'shop') {
  const event = { type: 'checkout.succeeded', payload, ...fields };
  const { status, body } = await harness.admin('POST', `/tenants/${platform}/events`, event);
  expect(status, JSON.stringify(body)).toBe(202);
  return body;
}

async function deliveryStates(): Promise<string[]> {
  const { body } = await harness.admin('GET', '/tenants/shop/deliveries');
  return body.data.map(({ state }: { state: string }) => state);
}

/** Verifies a request with the library, at the time of its arrival. */
function verify(secret: string, request: Receiver['requests'][number] | undefined): unknown {
  if (request === undefined) return expect.fail('nothing arrived');
  const headers = Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
      name,
      String(request.headers[name]),
    ]),
  );
  vi.useFakeTimers({ now: harness.clock.now(), toFake: ['Date'] });
  try {
    return new Webhook(secret).verify(request.body, headers);
  } finally {
    vi.useRealTimers();
  }
}

function expectError(answered: Answered<any>, status: number, code: string): void {
  expect(answered.status, JSON.stringify(answered.body)).toBe(status);
  expect(answered.body).toEqual({ error: { code, message: expect.stringMatching(/./) } });
}

test('a webhook is created, listed, shown, delivered to, changed and deleted', async () => {
  const created = await client('POST', '/webhook', {
    url: `${receiver.url}/hook`,
    events: ['checkout.succeeded', 'order.submitted'],
    description: 'orders',
  });
  expect(created.status).toBe(201);
  const { secret, ...webhook } = created.body;
  const createdAt = new Date(harness.clock.now()).toISOString();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(webhook).toEqual({
    id: expect.stringMatching(uuid),
    url: `${receiver.url}/hook`,
    events: ['checkout.succeeded', 'order.submitted'],
    description: 'orders',
    active: true,
    created_at: createdAt,
    updated_at: createdAt,
  });
  const path = `/webhook/${webhook.id}`;

  const list = { webhooks: [webhook], total: 1, limit: 20, offset: 0 };
  expect(await client('GET', '/webhook')).toMatchObject({ status: 200, body: list });
  expect((await client('GET', path)).body).toEqual(webhook);
  expect((await client('GET', `/webhook/${webhook.id.toUpperCase()}`)).body).toEqual(webhook);

  receiver.answer = () => 204;
  const event = await publish({ id: 'b0a7a4f0-3a0e-4c39-8a57-2f4f6b0c9d10' });
  expect(event.deliveries).toBe(1);
  await publish({ type: 'checkout.failed' });
  await harness.turn();
  expect(receiver.requests).toHaveLength(1);
  expect(receiver.requests[0]?.headers['content-type']).toBe('application/json');
  expect(receiver.requests[0]?.headers['webhook-id']).toBe(event.id);
  expect(verify(secret, receiver.requests[0])).toEqual({
    id: event.id,
    type: 'checkout.succeeded',
    created_at: createdAt,
    data: payload,
  });
  expect(await deliveryStates()).toEqual(['delivered']);

  harness.clock.advance(5 * seconds);
  const changed = await client('PUT', path, { events: ['checkout.failed'], url: `${receiver.url}/moved` });
  const now = {
    ...webhook,
    url: `${receiver.url}/moved`,
    events: ['checkout.failed'],
    updated_at: new Date(harness.clock.now()).toISOString(),
  };
  expect(changed).toMatchObject({ status: 200, body: now });
  expect((await client('GET', path)).body).toEqual(now);
  expect(await publish()).toMatchObject({ deliveries: 0 });
  await publish({ type: 'checkout.failed' });
  await harness.turn();
  expect(receiver.requests.at(-1)?.path).toBe('/moved');
  expect(verify(secret, receiver.requests.at(-1))).toMatchObject({ type: 'checkout.failed' });

  const deleted = await client('DELETE', path);
  expect(deleted).toMatchObject({ status: 200, body: { id: webhook.id, deleted: true } });
  expectError(await client('GET', path), 404, 'WEBHOOK_NOT_FOUND');
  expectError(await client('DELETE', path), 404, 'WEBHOOK_NOT_FOUND');
  expect((await client('GET', '/webhook')).body).toMatchObject({ webhooks: [], total: 0 });
  expect((await publish({ type: 'checkout.failed' })).deliveries).toBe(0);
});

test('all six events arrive, each verified; a seventh cannot be published', async () => {
  const events = [
    'checkout.initialized',
    'checkout.in_progress',
    'checkout.succeeded',
    'checkout.failed',
    'checkout.cancelled',
    'order.submitted',
  ];
  const { secret } = await register({ events });
  for (const type of events) await publish({ type });
  await harness.turn();
  const heard = receiver.requests.map((request) => (verify(secret, request) as { type: string }).type);
  expect(heard.toSorted()).toEqual(events.toSorted());
  const refused = await harness.admin('POST', '/tenants/shop/events', { type: 'order.placed', payload: {} });
  expect(refused).toMatchObject({ status: 400, body: { code: 'event_type_unknown' } });
  const noObject = await harness.admin('POST', '/tenants/shop/events', {
    type: 'order.submitted',
    payload: 1,
  });
  expect(noObject).toMatchObject({ status: 400, body: { code: 'payload_refused' } });
});

describe('active', () => {
  test('false holds deliveries, and true sends them', async () => {
    const { id, secret } = await register();
    const off = await client('PUT', `/webhook/${id}`, { active: false });
    expect(off).toMatchObject({ status: 200, body: { active: false, events: ['checkout.succeeded'] } });
    await publish();
    await publish();
    await harness.turn();
    expect(receiver.requests).toEqual([]);
    expect(await deliveryStates()).toEqual(['held', 'held']);
    const on = await client('PUT', `/webhook/${id}`, { active: true });
    expect(on).toMatchObject({ status: 200, body: { active: true } });
    await harness.turn();
    expect(receiver.requests).toHaveLength(2);
    for (const request of receiver.requests) expect(verify(secret, request)).toMatchObject({ data: payload });
    expect(await deliveryStates()).toEqual(['delivered', 'delivered']);
  });

  test('becomes false after five days with only failures, and a client sets it to true', async () => {
    receiver.answer = () => 500;
    const { id } = await register();
    for (let day = 0; day <= 5; day++) {
      await publish();
      await harness.turn();
      harness.clock.advance(days);
    }
    await harness.turn();
    expect((await client('GET', `/webhook/${id}`)).body).toMatchObject({ active: false });
    expect((await client('GET', '/webhook?active=false')).body).toMatchObject({ total: 1 });
    receiver.answer = () => 200;
    await client('PUT', `/webhook/${id}`, { active: true });
    harness.clock.advance(days);
    await harness.turn();
    expect(await deliveryStates()).toEqual(Array.from({ length: 6 }, () => 'delivered'));
  });
});

test('a refused delivery is retried with the same bytes and id, and a new signature', async () => {
  receiver.answer = () => (receiver.requests.length === 1 ? 302 : 200);
  const { secret } = await register();
  await publish();
  await harness.turn();
  verify(secret, receiver.requests[0]);
  harness.clock.advance(6 * seconds);
  await harness.turn();
  const [first, second] = receiver.requests;
  expect(receiver.requests).toHaveLength(2);
  expect(second?.body).toBe(first?.body);
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  expect(second?.headers['webhook-signature']).not.toBe(first?.headers['webhook-signature']);
  verify(secret, second);
  expect(await deliveryStates()).toEqual(['delivered']);
});

test('a platform has at most one webhook per URL', async () => {
  const { id } = await register();
  const again = { url: `${receiver.url}/hook`, events: ['order.submitted'] };
  expectError(await client('POST', '/webhook', again), 409, 'WEBHOOK_ALREADY_EXISTS');
  const other = await register({ url: `${receiver.url}/other` });
  const taken = await client('PUT', `/webhook/${other.id}`, { url: `${receiver.url}/hook`, active: false });
  expectError(taken, 409, 'WEBHOOK_ALREADY_EXISTS');
  const kept = { url: `${receiver.url}/other`, active: true };
  expect((await client('GET', `/webhook/${other.id}`)).body).toMatchObject(kept);
  expect((await client('PUT', `/webhook/${id}`, { url: `${receiver.url}/hook` })).status).toBe(200);
  expect((await client('GET', '/webhook')).body.total).toBe(2);
  await client('DELETE', `/webhook/${id}`);
  await register();
});

test('a webhook that does not exist or belongs to another platform is not found', async () => {
  await createPlatform('rival');
  const rival = await clientOf('rival', 'live');
  const { id } = await register();
  // Another platform may use the same URL.
  await register({}, rival);
  for (const [as, unknown] of [
    [rival, id],
    [client, unknownId],
  ] as const) {
    expectError(await as('GET', `/webhook/${unknown}`), 404, 'WEBHOOK_NOT_FOUND');
    expectError(await as('PUT', `/webhook/${unknown}`, { active: false }), 404, 'WEBHOOK_NOT_FOUND');
    expectError(await as('DELETE', `/webhook/${unknown}`), 404, 'WEBHOOK_NOT_FOUND');
  }
  expect((await client('GET', `/webhook/${id}`)).body.active).toBe(true);
  expect((await rival('GET', '/webhook')).body.total).toBe(1);
});

test('test and live webhooks are separate', async () => {
  const inTest = await clientOf('shop', 'test');
  const live = await register({ url: `${receiver.url}/hook` });
  const sandbox = await register({ url: `${receiver.url}/hook` }, inTest);
  expect((await client('GET', '/webhook')).body).toMatchObject({ total: 1, webhooks: [{ id: live.id }] });
  expect((await inTest('GET', '/webhook')).body).toMatchObject({ total: 1, webhooks: [{ id: sandbox.id }] });
  expectError(await inTest('GET', `/webhook/${live.id}`), 404, 'WEBHOOK_NOT_FOUND');
  expectError(await inTest('PUT', `/webhook/${live.id}`, { active: false }), 404, 'WEBHOOK_NOT_FOUND');
  expectError(await client('DELETE', `/webhook/${sandbox.id}`), 404, 'WEBHOOK_NOT_FOUND');
  await publish({ mode: 'test' });
  await harness.turn();
  expect(receiver.requests).toHaveLength(1);
  verify(sandbox.secret, receiver.requests[0]);
  expect(() => verify(live.secret, receiver.requests[0])).toThrow('No matching signature');
});

test('lists have pages and filters', async () => {
  for (let i = 1; i <= 23; i++) {
    const events = i % 2 === 0 ? ['order.submitted'] : ['checkout.failed', 'order.submitted'];
    await register({ url: `${receiver.url}/${i}`, events });
    harness.clock.advance(seconds);
  }
  const first = (await client('GET', '/webhook')).body;
  expect(first).toMatchObject({ total: 23, limit: 20, offset: 0 });
  const rest = (await client('GET', '/webhook?offset=20')).body;
  expect(rest).toMatchObject({ total: 23, limit: 20, offset: 20 });
  const urls = [...first.webhooks, ...rest.webhooks].map(({ url }: { url: string }) => url);
  expect(urls).toEqual(Array.from({ length: 23 }, (_, index) => `${receiver.url}/${23 - index}`));
  expect((await client('GET', '/webhook?limit=100')).body.webhooks).toHaveLength(23);
  expect((await client('GET', '/webhook?offset=23')).body).toMatchObject({ webhooks: [], total: 23 });

  const failed = (await client('GET', '/webhook?event=checkout.failed&limit=5')).body;
  expect(failed).toMatchObject({ total: 12, limit: 5 });
  expect(failed.webhooks).toHaveLength(5);
  expect((await client('GET', '/webhook?event_type=order.submitted')).body.total).toBe(23);
  await client('PUT', `/webhook/${failed.webhooks[0].id}`, { active: false });
  expect((await client('GET', '/webhook?active=true')).body.total).toBe(22);
  const off = (await client('GET', '/webhook?active=false&event=checkout.failed')).body;
  expect(off.webhooks.map(({ id }: { id: string }) => id)).toEqual([failed.webhooks[0].id]);
  expect((await client('GET', '/webhook?active=false&event=checkout.succeeded')).body.total).toBe(0);
});

describe('a refused request', () => {
  test('gets the documented form of errors and changes nothing', async () => {
    const events = ['order.submitted'];
    const { id } = await register();
    for (const query of ['limit=0', 'limit=101', 'offset=-1', 'active=yes', 'event=*', 'status=active']) {
      expectError(await client('GET', `/webhook?${query}`), 400, 'INVALID_INPUT');
    }
    const url = 'https://example.com/hook';
    for (const body of [{}, { url }, { events }, { url, events: [] }, { url, events: ['*'] }]) {
      expectError(await client('POST', '/webhook', body), 400, 'INVALID_INPUT');
    }
    // Not https; private; not a URL; with a password.
    for (const refused of [
      'http://93.184.215.14/',
      'https://10.0.0.1/',
      'hook',
      'https://a:b@example.com/',
    ]) {
      expectError(await client('POST', '/webhook', { url: refused, events }), 400, 'INVALID_URL');
      expectError(await client('PUT', `/webhook/${id}`, { url: refused }), 400, 'INVALID_URL');
    }
    expectError(await client('POST', '/webhook', '{"url":'), 400, 'INVALID_JSON');
    expectError(await client('PUT', `/webhook/${id}`, '[]'), 400, 'INVALID_JSON');
    expectError(await client('PUT', `/webhook/${id}`, { active: 'false' }), 400, 'INVALID_INPUT');
    for (const method of ['GET', 'DELETE']) {
      expectError(await client(method, '/webhook/42'), 400, 'INVALID_INPUT');
    }
    expectError(await client('PUT', '/webhook/42', {}), 400, 'INVALID_INPUT');
    expectError(await client('POST', '/webhook', 'a'.repeat(300_000)), 400, 'BODY_TOO_LARGE');
    expect((await client('GET', '/webhook')).body).toMatchObject({ total: 1, webhooks: [{ active: true }] });
  });

  test('has the same form on every route without a known key', async () => {
    const { id } = await register();
    const stranger = `diddo_live_${'A'.repeat(43)}`;
    for (const [method, path] of [
      ['GET', '/webhook'],
      ['POST', '/webhook'],
      ['GET', `/webhook/${id}`],
      ['PUT', `/webhook/${id}`],
      ['DELETE', `/webhook/${id}`],
    ] as const) {
      expectError(await harness.call(method, path), 401, 'API_KEY_MISSING');
      expectError(await harness.call(method, path, { token: stranger }), 401, 'API_KEY_INVALID');
      expectError(await harness.call(method, path, { token: testKeys.adminKeys[0] }), 401, 'API_KEY_INVALID');
    }
    expect((await client('GET', `/webhook/${id}`)).status).toBe(200);
  });

  test('has the same form for an unknown path or method', async () => {
    expectError(await harness.call('GET', '/webhook/a/b'), 404, 'NOT_FOUND');
    expectError(await harness.call('PATCH', '/webhook'), 405, 'METHOD_NOT_ALLOWED');
  });
});
