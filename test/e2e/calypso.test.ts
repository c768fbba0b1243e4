// Calypso's wire format end to end: a client and a receiver that implement only the published rules, against the whole server with
// a fake clock.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { boot, type Harness } from '../support/harness.ts';

const seconds = 1000;
const minutes = 60 * seconds;
const account = '0x8f2a559c1f0e4a3b6d7c9e0b5a4d3c2b1a0f9e8d';
const requestId = '5a0f4c1e-0000-4000-8000-000000000001';
const hooks = '/api/v1/subscription/webhook';

/** documented: 19 retries from 30 s to 125 430 s. */
const delaysSeconds = [
  30, 30, 60, 90, 150, 240, 390, 630, 1020, 1650, 2670, 4320, 6990, 11_310, 18_300, 29_610, 47_910, 77_520,
  125_430,
];

interface Pair {
  readonly key: string;
  readonly secret: string;
}

let harness: Harness;
let baseUrl: string;
let merchant: Pair;
let receiver: Receiver;

beforeEach(async () => {
  harness = await boot();
  baseUrl = await harness.engine.http.listen({ host: '127.0.0.1', port: 0 });
  receiver = await startReceiver();
  merchant = await makeMerchant(account);
});

afterEach(async () => {
  await harness.close();
  await receiver.close();
});

async function makeMerchant(id: string): Promise<Pair> {
  const made = await harness.admin('POST', '/tenants', { id, name: 'Merchant', dialect: 'calypso' });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const { body } = await harness.admin('POST', `/tenants/${id}/credentials`, { mode: 'live' });
  return { key: body.key, secret: body.secret };
}

// ---- a client that implements the published rules

const signOf = (text: string, secret: string): string =>
  createHmac('sha512', secret).update(text).digest('hex');

interface Call {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  /** The exact text that is signed and sent. */
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send({ method, path, text, headers }: Call): Promise<{ status: number; body: any }> {
  const signed = { key: merchant.key, sign: signOf(text, merchant.secret) };
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    body: text,
    headers: { 'content-type': 'application/json', ...(headers ?? signed) },
  });
  const answer = await response.text();
  return { status: response.status, body: answer === '' ? null : JSON.parse(answer) };
}

type Print = (body: object) => string;
const compact: Print = (body) => JSON.stringify(body);
const pretty: Print = (body) => JSON.stringify(body, null, 2);

function call(method: Call['method'], path: string, payload?: object, print = compact): Promise<any> {
  const text = print({
    timestamp: harness.clock.now(),
    account,
    ...(payload === undefined ? {} : { payload }),
  });
  return send({ method, path: `${hooks}${path}`, text });
}

const list = async (): Promise<any[]> => (await call('POST', '')).body.subscriptions;

async function subscribe(fields: object = {}): Promise<any> {
  const payload = { requestId, notificationServiceTypes: ['INVOICE'], url: receiver.url, ...fields };
  const { status, body } = await call('POST', '/create', payload);
  expect(status, JSON.stringify(body)).toBe(200);
  receiver.pairs.set(body.publicKey, body.secretKey);
  return body;
}

async function publish(count = 1, tenant = account): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({
    type: 'INVOICE_PAID',
    payload: { amount: index + 0.5, currency: 'USDT', description: 'é' },
  }));
  const { status, body } = await harness.admin('POST', `/tenants/${tenant}/events/batch`, { events });
  expect(status, JSON.stringify(body)).toBe(202);
}

const statesOf = async (): Promise<string[]> => {
  const { body } = await harness.admin('GET', `/tenants/${account}/deliveries?limit=200`);
  return body.data.map(({ state }: { state: string }) => state);
};

/** Runs turns of replays and of the worker until no replay is running. */
async function replayAll(): Promise<void> {
  while ((await harness.engine.replays.step()) > 0) {
    harness.clock.advance(1 * seconds);
    await harness.turn();
  }
  await harness.turn();
}

// ---- a receiver that implements the published rules: Key names the pair, Sign is the HMAC of the body, 200 is success

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly isVerified: boolean;
  readonly status: number;
}

interface Receiver {
  readonly url: string;
  readonly pairs: Map<string, string>;
  readonly requests: Received[];
  answer: number;
  close(): Promise<void>;
}

async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const { key, sign } = request.headers;
      const secret = receiver.pairs.get(String(key));
      const isVerified =
        secret !== undefined && createHmac('sha512', secret).update(raw).digest('hex') === sign;
      const status = receiver.answer;
      receiver.requests.push({ headers: request.headers, text: raw.toString(), isVerified, status });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/calypso`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const receiver: Receiver = { url, pairs: new Map(), requests: [], answer: 200, close };
  return receiver;
}

describe.each([
  ['compact', compact],
  ['pretty-printed', pretty],
])('a client that signs %s JSON', (_name, print) => {
  test('creates, lists, changes, regenerates the keys of and deletes a subscription', async () => {
    const created = await call(
      'POST',
      '/create',
      {
        requestId,
        notificationEventTypes: ['PAYOUT_CONFIRMED'],
        notificationServiceTypes: ['INVOICE'],
        url: receiver.url,
      },
      print,
    );
    expect(created).toEqual({
      status: 200,
      body: {
        requestId,
        notificationEventTypes: ['PAYOUT_CONFIRMED'],
        url: receiver.url,
        publicKey: expect.stringMatching(/^[0-9a-f]{32}$/),
        secretKey: expect.stringMatching(/^[0-9a-f]{32}$/),
        createdDate: '2026-01-01T00:00:00.000Z',
        enabled: true,
        blockedByErrorCount: false,
        errorCount: 0,
        errorFirstDate: null,
        errorLastDate: null,
      },
    });
    expect(created.body.secretKey).not.toBe(merchant.secret);
    expect(await call('POST', '', undefined, print)).toEqual({
      status: 200,
      body: { subscriptions: [created.body] },
    });
    const changed = await call('POST', '/change', { requestId, enabled: false }, print);
    expect(changed).toEqual({ status: 200, body: { ...created.body, enabled: false } });
    const regenerated = await call('DELETE', '/api-keys/regenerate', { requestId }, print);
    expect(regenerated.status).toBe(200);
    expect(regenerated.body.publicKey).not.toBe(created.body.publicKey);
    expect(regenerated.body.secretKey).not.toBe(created.body.secretKey);
    expect(await list()).toEqual([regenerated.body]);
    expect(await call('DELETE', '', { requestId }, print)).toEqual({ status: 200, body: null });
    expect(await list()).toEqual([]);
  });
});

test('regenerate needs no account, as documented', async () => {
  const before = await subscribe();
  const text = compact({ timestamp: harness.clock.now(), payload: { requestId } });
  const { status, body } = await send({ method: 'DELETE', path: `${hooks}/api-keys/regenerate`, text });
  expect(status).toBe(200);
  expect(body.publicKey).not.toBe(before.publicKey);
});

test.each(['application/json; charset=utf-8', 'text/plain', 'application/octet-stream'])(
  'the content type does not matter (%s)',
  async (type) => {
    const text = compact({ timestamp: harness.clock.now(), account });
    const headers = { 'content-type': type, key: merchant.key, sign: signOf(text, merchant.secret) };
    expect(await send({ method: 'POST', path: hooks, text, headers })).toMatchObject({ status: 200 });
  },
);

test('a repeated create gets the same answer; with other content it is refused', async () => {
  const first = await subscribe();
  expect(await subscribe()).toEqual(first);
  expect(await subscribe({ requestId: requestId.toUpperCase() })).toEqual(first);
  const other = { requestId, notificationServiceTypes: ['PAYOUT'], url: receiver.url };
  expect(await call('POST', '/create', other)).toMatchObject({ status: 400, body: { errorCode: '001' } });
  expect(await list()).toEqual([first]);
});

test('a change of one list does not change the other', async () => {
  await subscribe({ notificationEventTypes: ['PAYOUT_CONFIRMED'] });
  const changed = await call('POST', '/change', { requestId, notificationServiceTypes: [] });
  expect(changed.body.notificationEventTypes).toEqual(['PAYOUT_CONFIRMED']);
  await publish();
  expect(await statesOf()).toEqual([]);
});

describe('every route refuses', () => {
  const routes: readonly (readonly [Call['method'], string])[] = [
    ['POST', ''],
    ['DELETE', ''],
    ['POST', '/create'],
    ['POST', '/change'],
    ['DELETE', '/api-keys/regenerate'],
  ];

  const refusal = (errorCode: string) => ({
    status: 400,
    body: {
      errorCode,
      message: expect.stringMatching(/^.{5,}$/),
      traceId: expect.stringMatching(/^[\w.-]{8,}$/),
    },
  });

  /** The fault in an otherwise correct request. */
  interface Wrong {
    readonly at?: number;
    readonly account?: string;
    /** Another text, correctly signed. */
    readonly text?: string;
    readonly headers?: (text: string) => Record<string, string>;
    /** A change of the text after it was signed. */
    readonly tamper?: (text: string) => string;
  }

  async function expectRefused(wrong: Wrong, errorCode: string): Promise<void> {
    const body = {
      account: wrong.account ?? account,
      timestamp: wrong.at ?? harness.clock.now(),
      payload: { requestId, notificationServiceTypes: ['INVOICE'], url: receiver.url },
    };
    const text = wrong.text ?? compact(body);
    const headers = wrong.headers?.(text) ?? { key: merchant.key, sign: signOf(text, merchant.secret) };
    for (const [method, path] of routes) {
      const sent = wrong.tamper?.(text) ?? text;
      const answer = await send({ method, path: `${hooks}${path}`, text: sent, headers });
      expect(answer, `${method} ${path}`).toEqual(refusal(errorCode));
    }
    expect(await list()).toEqual([]);
  }

  test('a body changed after signing: 003', async () => {
    await expectRefused({ tamper: (text) => text.replace('"account"', '"Account"') }, '003');
    await expectRefused({ tamper: (text) => `${text} ` }, '003');
  });

  test('a time more than 3 minutes away, in either direction: 011', async () => {
    const now = harness.clock.now();
    await expectRefused({ at: now - 3 * minutes - 1 }, '011');
    await expectRefused({ at: now + 3 * minutes + 1 }, '011');
  });

  test('an unknown key, with any signature: 002', async () => {
    const key = '0'.repeat(32);
    await expectRefused({ headers: (text) => ({ key, sign: signOf(text, merchant.secret) }) }, '002');
    await expectRefused({ headers: () => ({ key }) }, '002');
  });

  test('a missing header: 002 and 003', async () => {
    await expectRefused({ headers: (text) => ({ sign: signOf(text, merchant.secret) }) }, '002');
    await expectRefused({ headers: () => ({ key: merchant.key }) }, '003');
  });

  test('the account of another tenant: 004', async () => {
    await makeMerchant('someone-else');
    await expectRefused({ account: 'someone-else' }, '004');
  });

  test('a signed body that is not JSON, lacks required fields, or is too long: 001', async () => {
    const timestamp = harness.clock.now();
    await expectRefused({ text: 'no JSON' }, '001');
    await expectRefused({ text: '' }, '001');
    await expectRefused({ text: compact({ timestamp, payload: {} }) }, '001');
    await expectRefused({ text: compact({ account, timestamp, more: 'x'.repeat(300 * 1024) }) }, '001');
  });

  test('a subscription that does not exist, or belongs to another tenant: 004', async () => {
    await subscribe();
    const unknown = { requestId: '00000000-0000-4000-8000-000000000000' };
    expect(await call('DELETE', '', unknown)).toEqual(refusal('004'));
    expect(await call('POST', '/change', { ...unknown, enabled: true })).toEqual(refusal('004'));
    expect(await call('DELETE', '/api-keys/regenerate', unknown)).toEqual(refusal('004'));
    merchant = await makeMerchant('someone-else');
    const text = compact({ timestamp: harness.clock.now(), payload: { requestId } });
    expect(await send({ method: 'DELETE', path: `${hooks}/api-keys/regenerate`, text })).toEqual(
      refusal('004'),
    );
  });

  test('a URL with an address that is not allowed: 001', async () => {
    const payload = { requestId, notificationServiceTypes: ['INVOICE'], url: 'https://10.0.0.1/' };
    expect(await call('POST', '/create', payload)).toEqual(refusal('001'));
  });

  test('with a traceId, as the public client requires, that is the x-request-id of the answer', async () => {
    const response = await fetch(`${baseUrl}${hooks}`, { method: 'POST', body: '{}' });
    expect(await response.json()).toEqual({
      errorCode: '002',
      message: 'Invalid API key',
      traceId: response.headers.get('x-request-id'),
    });
  });

  test('an unknown path or method, in the same form', async () => {
    const codes = {
      errorCode: expect.stringMatching(/^\d{3}$/),
      message: expect.any(String),
      traceId: expect.any(String),
    };
    expect(await call('POST', '/nothing')).toEqual({ status: 404, body: codes });
    expect(await call('DELETE', '/create')).toEqual({ status: 405, body: codes });
    // Also outside of the paths that only this platform has.
    const elsewhere = await send({ method: 'POST', path: '/api/v1/invoice/create', text: '{}' });
    expect(elsewhere).toEqual({ status: 404, body: codes });
  });
});

describe('a delivery', () => {
  test('has the documented envelope, signed with the pair of its subscription', async () => {
    const subscription = await subscribe();
    await publish();
    await harness.turn();
    const [request, ...more] = receiver.requests;
    expect(more).toEqual([]);
    expect(request).toMatchObject({
      isVerified: true,
      headers: { key: subscription.publicKey, 'content-type': 'application/json' },
    });
    expect(request?.text).toMatch(
      new RegExp(
        `^{"requestId":"${requestId}","id":\\d+,"createdDate":"2026-01-01T00:00:00","level":"SUCCESS",` +
          '"service":"INVOICE","eventType":"INVOICE_PAID",' +
          '"data":{"type":"INVOICE_PAID","amount":0.5,"currency":"USDT","description":"é"}}$',
      ),
    );
    expect(await statesOf()).toEqual(['delivered']);
  });

  test('goes to each subscription under its own requestId and pair, with the same event id', async () => {
    await subscribe();
    const second = '5a0f4c1e-0000-4000-8000-000000000002';
    await subscribe({ requestId: second });
    await publish();
    await harness.turn();
    const envelopes = receiver.requests.map(({ text }) => JSON.parse(text));
    expect(new Set(envelopes.map((envelope) => envelope.requestId))).toEqual(new Set([requestId, second]));
    expect(envelopes).toHaveLength(2);
    expect(new Set(envelopes.map(({ id }) => id)).size).toBe(1);
    expect(receiver.requests.every(({ isVerified }) => isVerified)).toBe(true);
    expect(new Set(receiver.requests.map(({ headers }) => headers['key'])).size).toBe(2);
  });

  test.each([201, 202, 204, 301, 400, 410, 429, 500])('is not done with %i', async (status) => {
    receiver.answer = status;
    await subscribe();
    await publish();
    await harness.turn();
    expect(await statesOf()).toEqual(['pending']);
    expect(await list()).toMatchObject([{ errorCount: 1, enabled: true, blockedByErrorCount: false }]);
    receiver.answer = 200;
    harness.clock.advance(30 * seconds);
    await harness.turn();
    expect(await statesOf()).toEqual(['delivered']);
    expect(await list()).toMatchObject([{ errorCount: 0, errorFirstDate: null, errorLastDate: null }]);
  });

  test('is attempted 20 times with the same bytes, with delays that count from the attempt before', async () => {
    receiver.answer = 500;
    await subscribe();
    await publish();
    await harness.turn();
    await walkSchedule();
    expect(receiver.requests).toHaveLength(20);
    expect(new Set(receiver.requests.map(({ text }) => text)).size).toBe(1);
    expect(receiver.requests.every(({ isVerified }) => isVerified)).toBe(true);
    expect(await statesOf()).toEqual(['exhausted']);
    const lastAt = harness.clock.now();
    harness.clock.advance(7 * 24 * 60 * minutes);
    await harness.turn();
    expect(receiver.requests).toHaveLength(20);
    expect(await list()).toMatchObject([
      {
        errorCount: 20,
        blockedByErrorCount: false,
        errorFirstDate: '2026-01-01T00:00:00.000Z',
        errorLastDate: new Date(lastAt).toISOString(),
      },
    ]);
  });
});

/** Checks every retry from the first attempt to the end of the schedule, to the millisecond. */
async function walkSchedule(): Promise<void> {
  for (const delay of delaysSeconds) {
    const before = receiver.requests.length;
    harness.clock.advance(delay * seconds - 1);
    await harness.turn();
    expect(receiver.requests, `before ${delay} s`).toHaveLength(before);
    harness.clock.advance(1);
    await harness.turn();
    expect(receiver.requests, `after ${delay} s`).toHaveLength(before + 1);
  }
}

describe('regenerated keys', () => {
  test('sign retries too, and the old keys sign nothing', async () => {
    receiver.answer = 500;
    const before = await subscribe();
    await publish();
    await harness.turn();
    const { body: after } = await call('DELETE', '/api-keys/regenerate', { requestId });
    receiver.pairs.delete(before.publicKey);
    receiver.pairs.set(after.publicKey, after.secretKey);
    receiver.answer = 200;
    harness.clock.advance(30 * seconds);
    await harness.turn();
    const [first, retry, ...more] = receiver.requests;
    expect(more).toEqual([]);
    expect(first?.headers['key']).toBe(before.publicKey);
    expect(retry).toMatchObject({ isVerified: true, headers: { key: after.publicKey } });
    expect(retry?.text).toBe(first?.text);
    expect(retry?.headers['sign']).not.toBe(first?.headers['sign']);
  });
});

describe('a subscription that fails', () => {
  const isBlocked = async (): Promise<boolean> => (await list())[0].blockedByErrorCount;

  beforeEach(() => {
    receiver.answer = 500;
  });

  test('100 times in 10 minutes is not blocked, and 101 times is', async () => {
    await subscribe();
    await publish(100);
    await harness.turn();
    expect(await list()).toMatchObject([{ errorCount: 100, blockedByErrorCount: false }]);
    await publish();
    await harness.turn();
    expect(await list()).toMatchObject([{ errorCount: 101, blockedByErrorCount: true, enabled: true }]);
  });

  test('100 times, and 100 times again after 10 minutes, is not blocked', async () => {
    await subscribe();
    await publish(100);
    await harness.turn();
    harness.clock.advance(10 * minutes + 1);
    await harness.turn();
    expect(await list()).toMatchObject([{ errorCount: 200, blockedByErrorCount: false }]);
  });

  test('100 times with a success in between is not blocked by the next failure', async () => {
    await subscribe();
    await publish(100);
    await harness.turn();
    receiver.answer = 200;
    await publish();
    await harness.turn();
    receiver.answer = 500;
    await publish(100);
    await harness.turn();
    expect(await list()).toMatchObject([{ errorCount: 100, blockedByErrorCount: false }]);
  });

  test('gets no requests while it is blocked, and every failed or held delivery after it is unblocked', async () => {
    await subscribe();
    // One event is exhausted before the block.
    await publish();
    await harness.turn();
    await walkSchedule();
    await publish(101);
    await harness.turn();
    expect(await isBlocked()).toBe(true);
    const sentBefore = receiver.requests.length;
    await publish(20);
    harness.clock.advance(60 * minutes);
    await harness.turn();
    expect(receiver.requests).toHaveLength(sentBefore);
    expect(count(await statesOf())).toEqual({ exhausted: 1, held: 121 });

    receiver.answer = 200;
    const { body } = await call('POST', '/change', { requestId, enabled: true });
    expect(body).toMatchObject({
      enabled: true,
      blockedByErrorCount: false,
      errorCount: 0,
      errorFirstDate: null,
      errorLastDate: null,
    });
    await replayAll();
    expect(count(await statesOf())).toEqual({ delivered: 122 });
    const accepted = receiver.requests.filter(({ status }) => status === 200);
    expect(accepted.every(({ isVerified }) => isVerified)).toBe(true);
    expect(new Set(accepted.map(({ text }) => JSON.parse(text).id)).size).toBe(122);
    expect(accepted).toHaveLength(122);
  });

  test('stays blocked after a restart and after a change of another field', async () => {
    await subscribe();
    await publish(101);
    await harness.turn();
    await harness.restart();
    baseUrl = await harness.engine.http.listen({ host: '127.0.0.1', port: 0 });
    await call('POST', '/change', { requestId, url: `${receiver.url}/2` });
    expect(await isBlocked()).toBe(true);
  });
});

test('the number of an event counts the events of its merchant alone, through redeliveries and restarts', async () => {
  const other = '0x0000000000000000000000000000000000000001';
  await makeMerchant(other);
  await subscribe();
  const idsSent = () => receiver.requests.map(({ text }) => Number(JSON.parse(text).id));
  await publish();
  await publish(50, other);
  receiver.answer = 500;
  await publish();
  await harness.turn();
  await harness.restart();
  await publish(50, other);
  receiver.answer = 200;
  await publish();
  harness.clock.advance(1 * minutes);
  await harness.turn();
  expect(idsSent().toSorted((a, b) => a - b)).toEqual([1, 2, 2, 3]);
});

test('a disabled subscription gets no requests, and its held deliveries when it is enabled', async () => {
  await subscribe();
  await call('POST', '/change', { requestId, enabled: false });
  await publish(3);
  await harness.turn();
  expect(receiver.requests).toEqual([]);
  expect(await list()).toMatchObject([{ enabled: false, blockedByErrorCount: false }]);
  await call('POST', '/change', { requestId, enabled: true });
  await replayAll();
  expect(count(await statesOf())).toEqual({ delivered: 3 });
  expect(receiver.requests).toHaveLength(3);
});

test('a deleted subscription gets no more requests', async () => {
  receiver.answer = 500;
  await subscribe();
  await publish();
  await harness.turn();
  await call('DELETE', '', { requestId });
  harness.clock.advance(60 * minutes);
  await harness.turn();
  expect(receiver.requests).toHaveLength(1);
});

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
