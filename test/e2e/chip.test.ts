// CHIP's wire format end to end: requests as the official SDKs and plugins send them, over real sockets, and deliveries that a
// receiver verifies with node:crypto and the key from the API.
import { verify } from 'node:crypto';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { boot, type Harness } from '../support/harness.ts';
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts';

const minutes = 60_000;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const unknownId = '019b7cbc-3b4e-7c41-b2d7-90e1f2a3b4c5';

let harness: Harness;
let receiver: Receiver;
let port: number;
let keys: { readonly live: string; readonly test: string };

beforeEach(async () => {
  harness = await boot();
  receiver = await startReceiver();
  await harness.engine.http.listen({ host: '127.0.0.1', port: 0 });
  port = (harness.engine.http.server.address() as AddressInfo).port;
  const { status } = await harness.admin('POST', '/tenants', {
    id: 'chipper',
    name: 'Shop',
    dialect: 'chip',
  });
  expect(status, 'the dialect is listed in src/dialects/index.ts').toBe(201);
  keys = { live: await issueKey('live'), test: await issueKey('test') };
});

afterEach(async () => {
  await harness.close();
  await receiver.close();
});

async function issueKey(mode: 'live' | 'test'): Promise<string> {
  const { body } = await harness.admin('POST', '/tenants/chipper/credentials', { mode });
  return body.token;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

interface Sent {
  readonly key?: string | null;
  readonly body?: string | object;
  readonly headers?: Record<string, string>;
}

/** Sends one request, with its path unchanged. */
function send(method: string, path: string, { key = keys.live, body, headers }: Sent = {}): Promise<Answer> {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const answered = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            text: answered,
            body: answered === '' ? null : JSON.parse(answered),
            headers: response.headers,
          });
        });
      },
    );
    outgoing.on('error', reject).end(text);
  });
}

async function create(fields: object = {}, key = keys.live): Promise<any> {
  const body = { title: 'shop', callback: `${receiver.url}/chip`, all_events: true, ...fields };
  const answer = await send('POST', '/api/v1/webhooks/', { key, body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

async function publish(type: string, payload: object, mode: 'live' | 'test' = 'live'): Promise<any> {
  const answer = await harness.admin('POST', '/tenants/chipper/events', { type, payload, mode });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body;
}

const purchase = (id: string, over: object = {}): object => ({
  id,
  type: 'purchase',
  is_test: false,
  ...over,
});

function isGenuine({ headers, body }: Received, publicKey: string): boolean {
  const signature = Buffer.from(String(headers['x-signature']), 'base64');
  return verify('RSA-SHA256', Buffer.from(body), publicKey, signature);
}

/** `purchase.paid p1` for each request received. */
const arrived = (): string[] =>
  receiver.requests.map(({ body }) => {
    const { event_type, id } = JSON.parse(body);
    return `${event_type} ${id}`;
  });

describe('webhooks can be managed', () => {
  test('as the documentation says: create, retrieve, replace, change, list, delete', async () => {
    const body = {
      title: 'shop',
      all_events: false,
      events: ['purchase.paid'],
      callback: 'https://shop.example/',
    };
    const created = await send('POST', '/api/v1/webhooks/', { body });
    expect(created.status).toBe(201);
    expect(created.headers['content-type']).toBe('application/json');
    const at = harness.clock.now() / 1000;
    expect(created.body).toEqual({
      ...body,
      type: 'webhook',
      id: expect.stringMatching(uuidPattern),
      created_on: at,
      updated_on: at,
      public_key: expect.stringMatching(
        /^-----BEGIN PUBLIC KEY-----\nMIIBoj[^]+\n-----END PUBLIC KEY-----\n$/,
      ),
    });
    const one = `/api/v1/webhooks/${created.body.id}/`;
    expect((await send('GET', one)).body).toEqual(created.body);

    harness.clock.advance(5000);
    const replacement = { title: 'shop 2', events: ['payout.success'], callback: 'https://shop.example/2' };
    const replaced = await send('PUT', one, { body: { ...replacement, public_key: 'mine', id: 'mine' } });
    expect(replaced.status).toBe(200);
    expect(replaced.body).toEqual({ ...created.body, ...replacement, updated_on: at + 5 });

    const changed = await send('PATCH', one, { body: { all_events: true } });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ ...replacement, all_events: true, events: [] });

    const list = await send('GET', '/api/v1/webhooks/');
    expect(list.body).toEqual({ results: [changed.body], next: null, previous: null });

    const deleted = await send('DELETE', one);
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect((await send('GET', one)).status).toBe(404);
    expect((await send('DELETE', one)).status).toBe(404);
  });

  test('as the Node SDK does: a doubled slash, on every route', async () => {
    const headers = { accept: 'application/json', 'user-agent': 'node-superagent/3.7.0' };
    const body = { title: 'n', events: ['purchase.paid'], callback: 'https://shop.example/' };
    const created = await send('POST', '/api/v1//webhooks/', { headers, body });
    expect(created.status).toBe(201);
    const one = `/api/v1//webhooks/${created.body.id}/`;
    expect((await send('GET', one, { headers })).status).toBe(200);
    expect((await send('PUT', one, { headers, body })).status).toBe(200);
    expect((await send('PATCH', one, { headers, body: { title: 'm' } })).body.title).toBe('m');
    expect((await send('GET', '/api/v1//webhooks/', { headers })).body.results).toHaveLength(1);
    expect((await send('GET', '/api/v1//public_key/', { headers })).status).toBe(200);
    expect((await send('DELETE', one, { headers })).status).toBe(204);
  });

  test('as the PHP SDK does: escaped slashes, no fields that are false, no body with GET and DELETE', async () => {
    const body = '{"title":"t","events":["purchase.paid"],"callback":"https:\\/\\/example.com\\/hook"}';
    const headers = { 'user-agent': 'GuzzleHttp/7' };
    const created = await send('POST', '/api/v1/webhooks/', { headers, body });
    expect(created.body).toMatchObject({ callback: 'https://example.com/hook', all_events: false });
    const one = `/api/v1/webhooks/${created.body.id}/`;
    expect((await send('GET', one, { headers })).body).toEqual(created.body);
    expect((await send('DELETE', one, { headers })).text).toBe('');
  });

  test('as the Fluent Forms plugin does: a list with a content type, then ?time=', async () => {
    const headers = { 'content-type': 'application/json' };
    const list = await send('GET', '/api/v1/webhooks/', { headers });
    expect(list.body).toEqual({ results: [], next: null, previous: null });
    const callback = 'https://shop.example/index.php?fluentform_payment_api_notify=1&payment_method=chip';
    const body = {
      title: 'CHIP for Fluent Forms',
      all_events: false,
      events: ['payment.refunded'],
      callback,
    };
    const created = await send('POST', '/api/v1/webhooks/?time=1767322245', { body });
    expect(created.status).toBe(201);
    expect(created.body.callback).toBe(callback);
    expect(created.body).not.toHaveProperty('errors');
    const found = (await send('GET', '/api/v1/webhooks/', { headers })).body.results;
    expect(found.map(({ title }: { title: string }) => title)).toEqual(['CHIP for Fluent Forms']);
  });

  test('without the prefix, as the reference shows the paths', async () => {
    const { id } = await create();
    const body = { title: 'x', callback: 'https://shop.example/', events: ['purchase.paid'] };
    expect((await send('PUT', `/webhooks/${id}/`, { body })).body).toMatchObject(body);
    expect((await send('GET', '/webhooks/')).body.results).toHaveLength(1);
    expect((await send('GET', '/public_key/')).status).toBe(200);
  });

  test('events alone, for a webhook with all events: only these are delivered from now on', async () => {
    const { id } = await create({ all_events: true });
    const changed = await send('PATCH', `/api/v1/webhooks/${id}/`, { body: { events: ['purchase.paid'] } });
    expect(changed.body).toMatchObject({ all_events: false, events: ['purchase.paid'] });
    expect((await send('GET', `/api/v1/webhooks/${id}/`)).body).toEqual(changed.body);
  });

  test('without the end slash, where the platform redirects or fails', async () => {
    const body = { title: 'x', callback: 'https://shop.example/', events: ['purchase.paid'] };
    const created = await send('POST', '/api/v1/webhooks', { body });
    expect(created.status).toBe(201);
    expect((await send('GET', `/api/v1//webhooks/${created.body.id}`)).body).toEqual(created.body);
    expect((await send('GET', '/webhooks?time=1')).body.results).toEqual([created.body]);
    expect((await send('PUT', '/api/v1/webhooks', { body })).status).toBe(405);
  });

  test('page by page, with absolute links in both directions', async () => {
    const older = await create({ title: 'older' });
    const newer = await create({ title: 'newer' });
    const cursor = Buffer.from('o=1').toString('base64url');
    const page = await send('GET', `/api/v1//webhooks/?cursor=${cursor}&time=1`);
    expect(page.body).toMatchObject({ results: [older], next: null });
    const previous = new URL(page.body.previous);
    expect(previous.href).toMatch(`http://127.0.0.1:${port}/api/v1/webhooks/?cursor=`);
    const first = await send('GET', previous.pathname + previous.search);
    expect(first.body).toEqual({ results: [newer, older], next: null, previous: null });
    const nowhere = await send('GET', '/api/v1/webhooks/?cursor=nowhere');
    expect([nowhere.status, nowhere.body]).toMatchObject([404, { __all__: [{ code: 'not_found' }] }]);
  });
});

describe('errors', () => {
  const all = (code: string, message: string) => ({ __all__: [{ message, code }] });

  test('have the form of the live platform', async () => {
    const { id } = await create({ all_events: false, events: ['purchase.paid'] });
    const one = `/api/v1/webhooks/${id}/`;
    const keyRefused = { status: 401, body: all('authentication_failed', 'Incorrect secret_key') };
    const notFound = { status: 404, body: all('not_found', 'Not found.') };
    const required = [{ message: 'This field is required.', code: 'required' }];
    expect(await send('GET', one, { key: null })).toMatchObject(keyRefused);
    expect(await send('GET', one, { key: `chip_live_${'A'.repeat(43)}` })).toMatchObject(keyRefused);
    expect(await send('GET', `/api/v1/webhooks/${unknownId}/`)).toMatchObject(notFound);
    expect(await send('GET', '/api/v1/webhooks/nothing/')).toMatchObject(notFound);
    expect(await send('DELETE', '/api/v1/webhooks/')).toMatchObject({
      status: 405,
      body: all('method_not_allowed', 'Method not allowed.'),
    });
    expect(await send('POST', '/api/v1/webhooks/', { body: '{' })).toMatchObject({
      status: 400,
      body: { __all__: [{ code: 'parse_error' }] },
    });
    const put = await send('PUT', one, { body: { title: 'x' } });
    expect([put.status, put.body]).toEqual([400, { callback: required, events: required }]);
    const none = await send('PATCH', one, { body: { events: [] } });
    expect([none.status, none.body]).toMatchObject([400, { events: [{ code: 'min_length' }] }]);
    const local = await send('PATCH', one, { body: { callback: 'https://10.0.0.1/' } });
    expect([local.status, local.body]).toMatchObject([400, { callback: [{ code: 'invalid' }] }]);
    expect((await send('GET', one)).body).toMatchObject({ events: ['purchase.paid'], title: 'shop' });
  });

  test('of a partial change depend on the stored webhook', async () => {
    const { id } = await create();
    const one = `/api/v1/webhooks/${id}/`;
    const refused = await send('PATCH', one, { body: { all_events: false } });
    expect([refused.status, refused.body]).toMatchObject([400, { events: [{ code: 'min_length' }] }]);
    const body = { all_events: false, events: ['purchase.paid'] };
    expect((await send('PATCH', one, { body })).body).toMatchObject(body);
    expect((await send('PATCH', one, { body: { all_events: false } })).body).toMatchObject(body);
  });

  test('of publishing refuse payloads that the wire format cannot carry', async () => {
    const event = { type: 'purchase.paid', payload: purchase('p1', { event_type: 'purchase.created' }) };
    const answer = await harness.admin('POST', '/tenants/chipper/events', event);
    expect([answer.status, answer.body.code]).toEqual([400, 'payload_refused']);
    expect(answer.body.detail).toContain('event_type');
  });
});

describe('test and live mode', () => {
  test('do not share keys, webhooks, events or company keys', async () => {
    const live = await create();
    const tested = await create({ callback: `${receiver.url}/test` }, keys.test);
    const one = `/api/v1/webhooks/${live.id}/`;
    for (const method of ['GET', 'DELETE']) {
      expect((await send(method, one, { key: keys.test })).status, method).toBe(404);
    }
    expect((await send('PATCH', one, { key: keys.test, body: { title: 'x' } })).status).toBe(404);
    const list = await send('GET', '/api/v1/webhooks/', { key: keys.test });
    expect(list.body.results).toEqual([tested]);
    await publish('purchase.paid', purchase('p1', { is_test: true }), 'test');
    await harness.turn();
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/test']);
    await publish('purchase.paid', purchase('p2'));
    await harness.turn();
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/test', '/chip']);
    const [liveKey, testKey] = await Promise.all(
      [keys.live, keys.test].map((key) => send('GET', '/api/v1/public_key/', { key })),
    );
    expect(liveKey?.body).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(liveKey?.body).not.toBe(testKey?.body);
    expect(liveKey?.body).not.toBe(live.public_key);
    expect((await send('GET', '/api/v1/public_key/')).body).toBe(liveKey?.body);
  });
});

describe('deliveries', () => {
  test('have the flat object with its event type, signed with the key from the API', async () => {
    const { id, public_key } = await create();
    const payload = purchase('p1', { status: 'paid', client: { full_name: 'é 😀' } });
    await publish('purchase.paid', payload);
    await harness.turn();
    const [request] = receiver.requests;
    if (request === undefined) throw new Error('nothing has arrived');
    expect(request.body).toBe(`${JSON.stringify(payload).slice(0, -1)},"event_type":"purchase.paid"}`);
    expect(request.headers['content-type']).toBe('application/json');
    expect(isGenuine(request, public_key)).toBe(true);
    expect(isGenuine({ ...request, body: `${request.body} ` }, public_key)).toBe(false);
    const company = (await send('GET', '/api/v1/public_key/')).body;
    expect(isGenuine(request, company)).toBe(false);
    // A change of the webhook does not change its key.
    await send('PATCH', `/api/v1/webhooks/${id}/`, { body: { title: 'new' } });
    await publish('purchase.settled', purchase('p1'));
    await harness.turn();
    const [, second] = receiver.requests;
    expect(second !== undefined && isGenuine(second, public_key)).toBe(true);
  });

  test('go to the webhooks that subscribe to the event', async () => {
    await create({ callback: `${receiver.url}/all` });
    await create({ callback: `${receiver.url}/paid`, all_events: false, events: ['purchase.paid'] });
    expect(await publish('purchase.paid', purchase('p1'))).toMatchObject({ deliveries: 2 });
    expect(await publish('purchase.viewed', purchase('p2'))).toMatchObject({ deliveries: 1 });
    await harness.turn();
    const paths = receiver.requests.map(({ path }) => path).sort();
    expect(paths).toEqual(['/all', '/all', '/paid']);
  });

  test('are retried by the whole schedule with the same bytes and signature', async () => {
    receiver.answer = () => 503;
    const { public_key, id } = await create();
    await publish('purchase.paid', purchase('p1'));
    await harness.turn();
    const startedAt = harness.clock.now();
    for (const [index, minute] of [2, 8, 26, 80, 242, 728, 2186].entries()) {
      expect(receiver.requests, `before minute ${minute}`).toHaveLength(index + 1);
      harness.clock.advance(startedAt + minute * minutes - harness.clock.now() - 1);
      await harness.turn();
      expect(receiver.requests, `just before minute ${minute}`).toHaveLength(index + 1);
      harness.clock.advance(1);
      await harness.turn();
      expect(receiver.requests, `at minute ${minute}`).toHaveLength(index + 2);
    }
    harness.clock.advance(7 * 24 * 60 * minutes);
    await harness.turn();
    expect(receiver.requests).toHaveLength(8);
    expect(new Set(receiver.requests.map(({ body }) => body)).size).toBe(1);
    expect(new Set(receiver.requests.map(({ headers }) => headers['x-signature'])).size).toBe(1);
    expect(receiver.requests.every((each) => isGenuine(each, public_key))).toBe(true);
    const { data } = (await harness.admin('GET', '/tenants/chipper/deliveries')).body;
    expect(data).toMatchObject([{ state: 'exhausted' }]);
    // The webhook is not disabled, and the next event is delivered.
    expect((await send('GET', `/api/v1/webhooks/${id}/`)).status).toBe(200);
    await publish('purchase.refund_failure', purchase('p1'));
    await harness.turn();
    expect(arrived().at(-1)).toBe('purchase.refund_failure p1');
  });

  test.each([200, 201, 204, 299])('are accepted by %s', async (status) => {
    receiver.answer = () => status;
    await create();
    await publish('purchase.paid', purchase('p1'));
    await harness.turn();
    harness.clock.advance(2200 * minutes);
    await harness.turn();
    expect(receiver.requests).toHaveLength(1);
  });

  test.each([301, 400, 410, 429, 500])('are retried by the schedule after %s', async (status) => {
    receiver.answer = () => ({
      status,
      headers: { 'retry-after': '3600', location: `${receiver.url}/other` },
    });
    await create();
    await publish('purchase.paid', purchase('p1'));
    await harness.turn();
    harness.clock.advance(2 * minutes);
    await harness.turn();
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/chip', '/chip']);
  });
});

describe('events of one purchase', () => {
  test('arrive in order although the first fails twice, and delay no other purchase', async () => {
    let failures = 2;
    receiver.answer = ({ body }) => (body.includes('"p1"') && failures-- > 0 ? 500 : 200);
    await create();
    await publish('purchase.created', purchase('p1'));
    await publish('purchase.paid', purchase('p1'));
    await publish('purchase.created', purchase('p2'));
    await publish('purchase.paid', purchase('p2'));
    await harness.turn();
    const of = (id: string): string[] => arrived().filter((line) => line.endsWith(` ${id}`));
    expect(of('p1')).toEqual(['purchase.created p1']);
    expect(of('p2')).toEqual(['purchase.created p2', 'purchase.paid p2']);
    harness.clock.advance(2 * minutes);
    await harness.turn();
    expect(of('p1')).toEqual(['purchase.created p1', 'purchase.created p1']);
    harness.clock.advance(6 * minutes);
    await harness.turn();
    expect(of('p1').slice(2)).toEqual(['purchase.created p1', 'purchase.paid p1']);
    expect(of('p2')).toHaveLength(2);
  });

  test('continue when the first is exhausted', async () => {
    receiver.answer = ({ body }) => (body.includes('purchase.created') ? 500 : 200);
    await create();
    await publish('purchase.created', purchase('p1'));
    await publish('purchase.paid', purchase('p1'));
    for (const minute of [0, 2, 6, 18, 54, 162, 486, 1458]) {
      expect(arrived()).not.toContain('purchase.paid p1');
      harness.clock.advance(minute * minutes);
      await harness.turn();
    }
    expect(arrived().slice(-2)).toEqual(['purchase.created p1', 'purchase.paid p1']);
  });

  test('are independent between webhooks', async () => {
    receiver.answer = ({ path }) => (path === '/dead' ? 500 : 200);
    await create();
    await create({ callback: `${receiver.url}/dead` });
    await publish('purchase.created', purchase('p1'));
    await publish('purchase.paid', purchase('p1'));
    await harness.turn();
    const good = receiver.requests.filter(({ path }) => path === '/chip').map(({ body }) => JSON.parse(body));
    expect(good.map(({ event_type }) => event_type)).toEqual(['purchase.created', 'purchase.paid']);
  });
});
