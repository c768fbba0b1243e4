// Spritz's wire format end to end: the official client against a listening server, and a receiver that implements only what is
// public: the README of the client and the types that it exports.
import {
  APIError,
  AuthenticationError,
  BadRequestError,
  Environment,
  NotFoundError,
  type PathResponse,
  SpritzApiClient,
  type WebhookEvent,
} from '@spritz-finance/api-client';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { spritz } from '#dialects/spritz/index.ts';
import { boot, type Harness } from '../support/harness.ts';
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts';

type Log = PathResponse<'/v1/integrator/webhooks/deliveries', 'get'>;

interface KeyPair {
  readonly key: string;
  readonly secret: string;
}

const minutes = 60_000;
const hours = 60 * minutes;
const route = '/v1/integrator/webhooks';
const unknownId = 'ep_01kdytp0cd0000000000000009';
const change = { userId: '62d17d3b377dab6c1342136e', id: '65f0c0ffee65f0c0ffee65f0' };

let harness: Harness;
let receiver: Receiver;
let url: string;
let keys: KeyPair;
let client: SpritzApiClient;
let restoreFetch: () => void;

beforeEach(async () => {
  harness = await boot();
  receiver = await startReceiver();
  // The client signs with the time of the machine, so the fake clock starts at that time.
  vi.useFakeTimers({ now: harness.clock.now(), toFake: ['Date'] });
  url = await harness.engine.http.listen({ port: 0, host: '127.0.0.1' });
  restoreFetch = redirectFetch(url);
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'spritz' });
  keys = await issueKeys('test');
  client = connect(keys);
});

afterEach(async () => {
  restoreFetch();
  vi.useRealTimers();
  await harness.close();
  await receiver.close();
});

/**
 * Redirects requests for the platform's hosts to the server under test, because the client has no setting for a base URL. It also
 * writes methods in upper case: the client uses lower case, which `fetch` corrects except for PATCH, and Node's parser refuses.
 */
function redirectFetch(target: string): () => void {
  const real = globalThis.fetch;
  const hosts = ['https://sandbox.spritz.finance', 'https://platform.spritz.finance'];
  globalThis.fetch = (input, init = {}) => {
    const asked = new URL(input instanceof Request ? input.url : String(input));
    if (!hosts.includes(asked.origin)) return real(input, init);
    const method = (init.method ?? 'GET').toUpperCase();
    return real(new URL(asked.pathname + asked.search, target), { ...init, method });
  };
  return () => {
    globalThis.fetch = real;
  };
}

async function issueKeys(mode: 'live' | 'test', tenant = 'acme'): Promise<KeyPair> {
  const { status, body } = await harness.admin('POST', `/tenants/${tenant}/credentials`, { mode });
  expect(status).toBe(201);
  expect(body).toMatchObject({ kind: 'key-pair', key: expect.stringMatching(/^int_/) });
  expect(body.secret).toMatch(new RegExp(`^sk_${mode}_`));
  return { key: body.key, secret: body.secret };
}

function connect({ key, secret }: KeyPair, environment = Environment.Sandbox): SpritzApiClient {
  return SpritzApiClient.initialize({ environment, integrationKey: key, integratorSecret: secret });
}

/** Reads the log with the signed transport of the client, which has no method for it. */
function readLog(query: Record<string, string | number> = {}, by = client): Promise<Log> {
  const inner = by as unknown as { client: { restApi(request: object): Promise<Log> } };
  return inner.client.restApi({ method: 'get', path: `${route}/deliveries`, query });
}

async function publish(type: string, payload: object = change, more: object = {}): Promise<void> {
  const event = { type, payload, mode: 'test', ...more };
  const { status, body } = await harness.admin('POST', '/tenants/acme/events', event);
  expect(status, JSON.stringify(body)).toBe(202);
}

function advance(ms: number): void {
  harness.clock.advance(ms);
  vi.setSystemTime(harness.clock.now());
}

/** As in the README of the client. */
function isSignedWith(secret: string, { headers, body }: Received): boolean {
  const expected = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'));
  const given = Buffer.from(String(headers['signature']));
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** A request signed as in the authentication guide, for requests that the client cannot make. */
function signedFetch(method: string, path: string, body: string, contentType: string): Promise<Response> {
  const timestamp = String(Date.now());
  const bodyHash = createHash('sha256').update(body).digest('hex');
  const text = `${timestamp}.${method}.${path}.${bodyHash}`;
  const headers = {
    'content-type': contentType,
    'x-integrator-key': keys.key,
    'x-signature': `sha256=${createHmac('sha256', keys.secret).update(text).digest('hex')}`,
    'x-timestamp': timestamp,
  };
  return fetch(url + path, { method, headers, ...(body === '' ? {} : { body }) });
}

/** The error of a refused call. */
async function refusalOf(call: Promise<unknown>): Promise<APIError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof APIError)) expect.fail(`no refusal of the API: ${String(error)}`);
  return error;
}

describe('the official client', () => {
  test('creates, lists, updates and deletes webhooks', async () => {
    const hook = `${receiver.url}/hook`;
    const created = await client.webhook.create({ url: hook, events: ['payment.created', '*'] });
    expect(created).toEqual({
      id: expect.any(String),
      // The platform does not send these members; the client adds them.
      integratorId: '',
      createdAt: '',
      failureCount: 0,
      events: ['payment.created', '*'],
      url: hook,
      disabled: false,
    });
    expect(await client.webhook.list()).toEqual([created]);

    const events: WebhookEvent[] = ['onramp.updated', 'achDebitReturn.created'];
    expect(await client.webhook.update(created.id, { events })).toEqual({ ...created, events });
    expect(await client.webhook.update(created.id, { events: [] })).toEqual({ ...created, events: [] });

    expect(await client.webhook.delete(created.id)).toEqual({ ...created, events: [] });
    expect(await client.webhook.list()).toEqual([]);
  });

  test('sets the secret', async () => {
    expect(await client.webhook.updateWebhookSecret('whsec_first')).toEqual({ success: true });
    expect(await client.webhook.updateWebhookSecret('another, longer one')).toEqual({ success: true });
  });

  test('creates a webhook for each event, and two for the same URL', async () => {
    const events = spritz.events.samples.map(({ type }) => type as WebhookEvent);
    expect(events).toHaveLength(30);
    const first = await client.webhook.create({ url: `${receiver.url}/hook`, events });
    expect(first.events).toEqual(events);
    const second = await client.webhook.create({ url: `${receiver.url}/hook`, events: ['*'] });
    expect((await client.webhook.list()).map(({ id }) => id).toSorted()).toEqual(
      [first.id, second.id].sort(),
    );
  });

  test('creates a webhook without events', async () => {
    const params = { url: `${receiver.url}/hook` } as unknown as Parameters<typeof client.webhook.create>[0];
    expect((await client.webhook.create(params)).events).toEqual([]);
    await publish('payment.created');
    await harness.turn();
    expect(receiver.requests).toEqual([]);
  });

  test('works with an API key alone', async () => {
    const { body } = await harness.admin('POST', '/tenants/acme/credentials', {
      mode: 'test',
      kind: 'bearer',
    });
    expect(body.token).toMatch(/^sk_test_/);
    const { id } = await client.webhook.create({ url: `${receiver.url}/hook`, events: ['*'] });
    const byKey = SpritzApiClient.initialize({ environment: Environment.Sandbox, apiKey: body.token });
    expect((await byKey.webhook.list()).map((webhook) => webhook.id)).toEqual([id]);
    // Older clients also send the id of their integrator.
    const older = SpritzApiClient.initialize({
      environment: Environment.Sandbox,
      apiKey: body.token,
      integrationKey: keys.key,
    });
    expect((await older.webhook.delete(id)).id).toBe(id);
  });

  test('sees neither the other mode nor another integrator', async () => {
    await harness.admin('POST', '/tenants', { id: 'other', name: 'Other', dialect: 'spritz' });
    const live = connect(await issueKeys('live'), Environment.Production);
    const other = connect(await issueKeys('test', 'other'));
    const { id } = await client.webhook.create({ url: `${receiver.url}/hook`, events: ['*'] });
    await publish('payment.created');
    await harness.turn();
    for (const stranger of [live, other]) {
      expect(await stranger.webhook.list()).toEqual([]);
      expect((await readLog({}, stranger)).data).toEqual([]);
      const update = stranger.webhook.update(id, { events: [] });
      expect(await refusalOf(update)).toBeInstanceOf(NotFoundError);
      expect(await refusalOf(stranger.webhook.delete(id))).toBeInstanceOf(NotFoundError);
    }
    expect((await client.webhook.list()).map((webhook) => webhook.id)).toEqual([id]);
  });
});

describe('a refusal', () => {
  test('of a wrong secret, an unknown key or a wrong clock is an AuthenticationError', async () => {
    const wrong = await refusalOf(connect({ ...keys, secret: 'sk_test_wrong' }).webhook.list());
    expect(wrong).toBeInstanceOf(AuthenticationError);
    expect(wrong.problem).toEqual({
      type: 'urn:problem-type:auth:unauthorized',
      title: 'Unauthorized',
      status: 401,
      detail: 'X-Signature does not match the request.',
      realm: 'API',
    });
    const unknown = await refusalOf(connect({ ...keys, key: 'int_unknown' }).webhook.list());
    expect(unknown.problem?.type).toBe('urn:problem-type:auth:invalid-token');
    expect(JSON.stringify(unknown.problem)).not.toContain('int_unknown');
    vi.setSystemTime(harness.clock.now() - 5 * minutes - 1);
    expect(await refusalOf(client.webhook.list())).toBeInstanceOf(AuthenticationError);
    vi.setSystemTime(harness.clock.now() + 5 * minutes);
    expect(await client.webhook.list()).toEqual([]);
    const nobody = SpritzApiClient.initialize({ integrationKey: keys.key });
    expect(await refusalOf(nobody.webhook.list())).toBeInstanceOf(AuthenticationError);
  });

  test.each([unknownId, '65f0c0ffee65f0c0ffee65f0', "a/b c'd"])(
    'of the id %j is a NotFoundError that names it',
    async (id) => {
      const refusal = await refusalOf(client.webhook.update(id, { events: ['*'] }));
      expect(refusal).toBeInstanceOf(NotFoundError);
      expect(refusal.problem).toEqual({
        type: 'urn:problem-type:resource:not-found',
        title: 'Not Found',
        status: 404,
        detail: 'The webhook was not found.',
        resourceType: 'webhook',
        resourceId: id,
      });
      expect(await refusalOf(client.webhook.delete(id))).toBeInstanceOf(NotFoundError);
    },
  );

  test('of a wrong body is a BadRequestError that names the fields', async () => {
    const create = (params: unknown) =>
      refusalOf(client.webhook.create(params as Parameters<typeof client.webhook.create>[0]));
    const many = await create({ url: 7, events: ['payment.unheard-of'] });
    expect(many).toBeInstanceOf(BadRequestError);
    expect(many.problem).toMatchObject({
      type: 'urn:problem-type:validation:invalid-fields',
      status: 400,
      errors: [
        { field: 'url', message: 'must be a string', code: 'INVALID_INPUT' },
        { field: 'events[0]', message: expect.stringContaining('payment.created'), code: 'INVALID_INPUT' },
      ],
    });
    // An address that is not allowed.
    const internal = await create({ url: 'https://10.0.0.1/hook', events: [] });
    expect(internal.problem).toMatchObject({ status: 400, code: 'INVALID_INPUT', field: 'url' });
    const empty = await refusalOf(client.webhook.updateWebhookSecret(''));
    expect(empty.problem).toMatchObject({ status: 400, field: 'secret' });
    const limit = await refusalOf(readLog({ limit: 101 }));
    expect(limit.problem).toMatchObject({ status: 400, field: 'limit' });
    for (const cursor of ['x', 'a b&c']) {
      expect((await refusalOf(readLog({ cursor }))).problem).toMatchObject({ status: 400, field: 'cursor' });
    }
    expect(await client.webhook.list()).toEqual([]);
  });

  test('has the same form for an unknown path or method', async () => {
    const none = await signedFetch('GET', '/v1/integrator/webhoks', '', 'application/json');
    expect(none.status).toBe(404);
    expect(none.headers.get('content-type')).toBe('application/problem+json');
    expect(await none.json()).toMatchObject({ resourceType: 'route', status: 404 });
    // There is no route for one webhook.
    const method = await signedFetch('GET', `${route}/${unknownId}`, '', 'application/json');
    expect(method.status).toBe(405);
    expect(await method.json()).toMatchObject({ title: 'Method Not Allowed', status: 405 });
    // The path of the log is not a webhook.
    const log = await refusalOf(client.webhook.update('deliveries', { events: ['*'] }));
    expect(log.status).toBe(405);
  });
});

describe('alternative requests', () => {
  test('the secret can be set with PUT, and bodies can be forms', async () => {
    const form = 'application/x-www-form-urlencoded';
    const put = await signedFetch('PUT', '/v1/integrator/webhook-secret', 'secret=whsec_form', form);
    expect([put.status, await put.json()]).toEqual([200, { secretConfigured: true }]);
    const body = new URLSearchParams([
      ['url', `${receiver.url}/form`],
      ['events', 'payment.completed'],
      ['events', 'payment.refunded'],
    ]).toString();
    const created = await signedFetch('POST', route, body, form);
    expect(created.status).toBe(200);
    expect(created.headers.get('content-type')).toBe('application/json');
    expect(await created.json()).toMatchObject({ events: ['payment.completed', 'payment.refunded'] });
    await publish('payment.completed');
    await harness.turn();
    expect(receiver.requests.map((request) => isSignedWith('whsec_form', request))).toEqual([true]);
  });

  test('multipart is refused with a 400 that says what to send', async () => {
    const answer = await signedFetch('POST', route, '--x--\r\n', 'multipart/form-data; boundary=x');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('application/json') });
  });
});

describe('a delivery', () => {
  test('of each sample event arrives signed and complete, in the types of the client', async () => {
    await client.webhook.updateWebhookSecret('whsec_test');
    await client.webhook.create({ url: `${receiver.url}/hook`, events: ['*'] });
    for (const { type, payload } of spritz.events.samples) await publish(type, payload);
    await harness.turn();
    expect(receiver.requests).toHaveLength(30);
    const bodies = receiver.requests.map((request) => {
      expect(isSignedWith('whsec_test', request)).toBe(true);
      expect(isSignedWith('whsec_other', request)).toBe(false);
      expect(request.headers['content-type']).toBe('application/json');
      const body = JSON.parse(request.body);
      // Older receivers verify the body after parsing and printing it.
      expect(JSON.stringify(body)).toBe(request.body);
      return body;
    });
    const names = bodies.map((body): string => body.eventName ?? body.event);
    expect(names.toSorted()).toEqual(spritz.events.samples.map(({ type }) => type).sort());
    expect(bodies).toContainEqual({ ...change, eventName: 'payment.completed' });
    for (const body of bodies.filter(({ event }) => event !== undefined)) {
      const nested = body.deposit ?? body.offRamp ?? body.onRamp;
      expect(body).toMatchObject({ schemaVersion: '1', id: nested.id, sequence: expect.any(Number) });
    }
  });

  test('has no signature before a secret is set, and the newest after each change', async () => {
    await client.webhook.create({ url: `${receiver.url}/one`, events: ['*'] });
    await client.webhook.create({ url: `${receiver.url}/two`, events: ['*'] });
    await publish('account.created');
    await harness.turn();
    expect(receiver.requests.map(({ headers }) => headers['signature'])).toEqual([undefined, undefined]);
    for (const secret of ['first', 'pässwörd 😀']) {
      receiver.requests.length = 0;
      await client.webhook.updateWebhookSecret(secret);
      await publish('account.updated');
      await harness.turn();
      expect(receiver.requests.map((request) => isSignedWith(secret, request))).toEqual([true, true]);
    }
  });

  test('goes to the webhooks that subscribe to its event', async () => {
    const { id } = await client.webhook.create({ url: `${receiver.url}/hook`, events: ['payment.created'] });
    await publish('payment.updated');
    await harness.turn();
    expect(receiver.requests).toEqual([]);
    await client.webhook.update(id, { events: ['payment.updated'] });
    await publish('payment.updated');
    await harness.turn();
    expect(receiver.requests).toHaveLength(1);
    await client.webhook.delete(id);
    await publish('payment.updated');
    await harness.turn();
    expect(receiver.requests).toHaveLength(1);
  });

  test('is the same on every retry, eventId included', async () => {
    await client.webhook.updateWebhookSecret('whsec_test');
    await client.webhook.create({ url: `${receiver.url}/hook`, events: ['*'] });
    receiver.answer = () => (receiver.requests.length < 3 ? 503 : 204);
    const sample = spritz.events.samples.find(({ type }) => type === 'offramp.completed');
    await publish('offramp.completed', sample?.payload, { id: 'occurrence-7' });
    for (let turn = 0; turn < 3; turn++) {
      await harness.turn();
      advance(6 * minutes);
    }
    await harness.turn();
    expect(receiver.requests).toHaveLength(3);
    const [first] = receiver.requests;
    expect(JSON.parse(first?.body ?? '')).toMatchObject({ eventId: 'occurrence-7', milestone: 'completed' });
    for (const { body, headers } of receiver.requests) {
      expect(body).toBe(first?.body);
      expect(headers['signature']).toBe(first?.headers['signature']);
    }
  });

  test('is refused at publish when the form of the platform cannot carry it', async () => {
    const refused = async (type: string, payload: object) => {
      const { status, body } = await harness.admin('POST', '/tenants/acme/events', { type, payload });
      expect(status).toBeGreaterThanOrEqual(400);
      return body;
    };
    expect(await refused('payment.failed', change)).toMatchObject({ code: 'event_type_unknown' });
    expect(await refused('payment.created', { userId: 'u' })).toMatchObject({ code: 'payload_refused' });
    const { detail } = await refused('offramp.failed', change);
    expect(detail).toContain('offRamp is required');
  });
});

describe('the log of deliveries', () => {
  test('distinguishes accepted, refused and unreachable attempts, newest first', async () => {
    await client.webhook.updateWebhookSecret('whsec_test');
    const gone = await startReceiver();
    await gone.close();
    receiver.answer = ({ path }) => (path === '/bad' ? 500 : 200);
    const urls = [`${receiver.url}/good`, `${receiver.url}/bad`, `${gone.url}/gone`];
    for (const hook of urls) {
      await client.webhook.create({ url: hook, events: ['onramp.completed'] });
      await publish('onramp.completed');
      await harness.turn();
      advance(1000);
    }
    const { data, hasMore, nextCursor } = await readLog();
    expect({ hasMore, nextCursor }).toEqual({ hasMore: false, nextCursor: null });
    const times = data.map(({ timestamp }) => timestamp ?? '');
    expect(times).toEqual(times.toSorted().toReversed());
    const rowOf = (hook: string | undefined) => data.find(({ webhookUrl }) => webhookUrl === hook);
    const payload = { ...change, eventName: 'onramp.completed' };
    const common = { event: 'onramp.completed', payload, timestamp: expect.stringMatching(/^2026-.*Z$/) };
    const [good, bad, unreachable] = urls;
    expect(rowOf(good)).toEqual({ ...common, webhookUrl: good, success: true, responseStatus: 200 });
    expect(rowOf(bad)).toEqual({ ...common, webhookUrl: bad, success: false, responseStatus: 500 });
    expect(rowOf(unreachable)).toEqual({
      ...common,
      webhookUrl: unreachable,
      success: false,
      responseStatus: 500,
      error: expect.stringMatching(/./),
    });
    // The log shows the signed payload.
    const sent = receiver.requests[0];
    expect(JSON.stringify(rowOf(good)?.payload)).toBe(sent?.body);
  });

  test('does not show what clients pull', async () => {
    await client.webhook.updateWebhookSecret('whsec_test');
    const path = '/tenants/acme/endpoints';
    const kind = { kind: 'pull', mode: 'test', eventTypes: ['*'] };
    const { body: made } = await harness.admin('POST', path, kind);
    await publish('onramp.completed');
    const { body: pulled } = await harness.admin('POST', `${path}/${made.id}/pull`, {});
    const [{ delivery, lease }] = pulled.data;
    const results = [{ delivery, lease, status: 200 }];
    await harness.admin('POST', `${path}/${made.id}/results`, { results });
    expect((await harness.admin('GET', '/attempts')).body.data).toMatchObject([{ delivery, url: null }]);
    expect((await readLog()).data).toEqual([]);
  });

  test('has pages, and is kept when its webhooks are removed', async () => {
    const { id } = await client.webhook.create({ url: `${receiver.url}/hook`, events: ['*'] });
    const types = [
      'account.created',
      'account.updated',
      'payment.created',
      'payment.updated',
      'payment.completed',
    ];
    for (const type of types) {
      await publish(type);
      await harness.turn();
      advance(1000);
    }
    await client.webhook.delete(id);
    const seen: string[] = [];
    const pages: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Log = await readLog(cursor === '' ? { limit: 2 } : { limit: 2, cursor });
      expect(page.hasMore).toBe(page.nextCursor !== null);
      seen.push(...page.data.map(({ event }) => event));
      pages.push(page.data.length);
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(types.toReversed());
    expect(pages).toEqual([2, 2, 1]);
  });
});

test('consecutive failures are counted, reset by a success, and disable the webhook after five days', async () => {
  const { id } = await client.webhook.create({ url: `${receiver.url}/hook`, events: ['*'] });
  const stateOf = async () => {
    const found = (await client.webhook.list()).find((webhook) => webhook.id === id);
    return { failureCount: found?.failureCount, disabled: found?.disabled };
  };
  let status = 500;
  receiver.answer = () => status;
  await publish('payment.created');
  await harness.turn();
  expect(await stateOf()).toEqual({ failureCount: 1, disabled: false });
  status = 200;
  advance(minutes);
  await harness.turn();
  expect(await stateOf()).toEqual({ failureCount: 0, disabled: false });
  status = 500;
  for (let day = 0; day <= 5; day++) {
    await publish('payment.updated');
    await harness.turn();
    advance(24 * hours);
    await harness.turn();
  }
  const state = await stateOf();
  expect(state.disabled).toBe(true);
  expect(state.failureCount).toBeGreaterThan(5);
});

test('the OpenAPI document has every route of the client', async () => {
  const { body } = await harness.call('GET', '/openapi/spritz.json');
  const named = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(named.toSorted()).toEqual(
    [
      `DELETE ${route}/{webhookId}`,
      `GET ${route}`,
      `GET ${route}/deliveries`,
      `PATCH ${route}/{webhookId}`,
      `POST ${route}`,
      'POST /v1/integrator/webhook-secret',
      'PUT /v1/integrator/webhook-secret',
      'DELETE /users/integrators/webhooks/{webhookId}',
      'GET /users/integrators/webhooks',
      'POST /users/integrators/webhooks',
      'POST /users/integrators/webhook-secret',
    ].sort(),
  );
  const statuses = Object.keys(body.paths[route].post.responses);
  expect(statuses).toEqual(expect.arrayContaining(['200', '401', '404', '500']));
});

describe('the routes of clients before 0.7', () => {
  /** As client 0.4 asks: an API key as the user's, and the header of the integrator. */
  async function ask(method: string, path: string, body?: object) {
    const kind = 'bearer';
    const { body: issued } = await harness.admin('POST', '/tenants/acme/credentials', { mode: 'test', kind });
    const headers = { 'x-integration-key': 'int_test', 'content-type': 'application/json' };
    const options = { token: issued.token, headers, ...(body === undefined ? {} : { body }) };
    return harness.call(method, `/users/integrators${path}`, options);
  }

  test('create, list and delete webhooks, and set the secret that signs', async () => {
    const events = ['payment.created', 'payment.completed'];
    const created = await ask('POST', '/webhooks', { url: receiver.url, events });
    const hook = {
      id: expect.stringMatching(/^ep_/),
      integratorId: 'acme',
      failureCount: 0,
      events,
      url: receiver.url,
      createdAt: new Date(harness.clock.now()).toISOString(),
    };
    expect(created).toMatchObject({ status: 200, body: hook });
    expect(Object.keys(created.body)).toHaveLength(6);
    const secret = 'whsec_legacy';
    expect((await ask('POST', '/webhook-secret', { secret })).body).toEqual({ success: true });
    expect((await ask('GET', '/webhooks')).body).toEqual([created.body]);
    await publish('payment.completed');
    await harness.turn();
    expect(receiver.requests.map((request) => isSignedWith(secret, request))).toEqual([true]);
    expect((await client.webhook.list()).map(({ id }) => id)).toEqual([created.body.id]);
    expect((await ask('DELETE', `/webhooks/${created.body.id}`)).body).toEqual(created.body);
    expect((await ask('GET', '/webhooks')).body).toEqual([]);
    expect(await ask('DELETE', `/webhooks/${created.body.id}`)).toMatchObject({ status: 404 });
  });
});
