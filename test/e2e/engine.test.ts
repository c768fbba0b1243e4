// The engine, stepped with a fake clock: a real database, real sockets, and a receiver that answers as the test sets.
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testKeys, boot, type Harness } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;
const days = 24 * hours;

/** Delays of the standard schedule after the first attempt. */
const schedule = [
  5 * seconds,
  5 * minutes,
  30 * minutes,
  2 * hours,
  5 * hours,
  10 * hours,
  14 * hours,
  20 * hours,
  24 * hours,
];

let harness: Harness;
let receiver: Receiver;

beforeEach(async () => {
  harness = await boot();
  receiver = await startReceiver();
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
});

afterEach(async () => {
  await harness.close();
  await receiver.close();
});

async function register(fields: Record<string, unknown> = {}, tenant = 'acme') {
  const { status, body } = await harness.admin('POST', `/tenants/${tenant}/endpoints`, {
    url: `${receiver.url}/hook`,
    eventTypes: ['*'],
    ...fields,
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

async function publish(fields: Record<string, unknown> = {}) {
  const event = { type: 'payment.paid', payload: { amount: 1050 }, ...fields };
  const { status, body } = await harness.admin('POST', '/tenants/acme/events', event);
  expect(status, JSON.stringify(body)).toBe(202);
  return body;
}

async function deliveries(query = '') {
  return (await harness.admin('GET', `/tenants/acme/deliveries${query}`)).body.data;
}

async function onlyDelivery() {
  const [first, ...rest] = await deliveries();
  expect(rest).toEqual([]);
  return (await harness.admin('GET', `/tenants/acme/deliveries/${first.id}`)).body;
}

describe('a delivery that is accepted', () => {
  test('arrives once, signed by the Standard Webhooks specification, and is recorded', async () => {
    const endpoint = await register();
    const event = await publish({ id: 'order-1' });
    expect(event).toMatchObject({ id: 'order-1', deliveries: 1, mode: 'live' });
    await harness.turn();
    expect(receiver.requests).toHaveLength(1);
    const [request] = receiver.requests;
    const signedAt = Number(request?.headers['webhook-timestamp']) * 1000;
    expect(signedAt).toBe(harness.clock.now());
    expect(request?.headers).toMatchObject({
      'webhook-id': 'order-1',
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^Carillon\/\d/),
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      type: 'payment.paid',
      timestamp: new Date(harness.clock.now()).toISOString(),
      data: { amount: 1050 },
    });
    verify(endpoint.secret, request);
    const delivery = await onlyDelivery();
    expect(delivery).toMatchObject({ state: 'delivered', endpoint: endpoint.id, event: 'order-1' });
    expect(delivery.attempts).toHaveLength(1);
    expect(delivery.attempts[0]).toMatchObject({ number: 1, outcome: 'accepted', status: 200, error: null });
  });

  test('carries the trace context of its publish request', async () => {
    await register();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await harness.call('POST', '/admin/v1/tenants/acme/events', {
      token: testKeys.adminKeys[0],
      headers: { traceparent },
      body: { type: 'payment.paid', payload: {} },
    });
    await harness.turn();
    expect(receiver.requests[0]?.headers['traceparent']).toBe(traceparent);
  });
});

/** Verifies the signature at the time of the fake clock, because the library compares the timestamp with the real time. */
function verify(secret: string, request: Receiver['requests'][number] | undefined): void {
  const id = String(request?.headers['webhook-id']);
  const at = new Date(Number(request?.headers['webhook-timestamp']) * 1000);
  const expected = new Webhook(secret).sign(id, at, request?.body ?? '');
  expect(String(request?.headers['webhook-signature']).split(' ')).toContain(expected);
}

describe('a delivery that fails', () => {
  test('is retried by the whole schedule with the same bytes, and is exhausted', async () => {
    receiver.answer = () => 500;
    await register();
    await publish();
    await harness.turn();
    for (const [index, delay] of schedule.entries()) {
      expect(receiver.requests).toHaveLength(index + 1);
      harness.clock.advance(delay - 1);
      await harness.turn();
      expect(receiver.requests, `before ${delay} ms`).toHaveLength(index + 1);
      // Jitter adds up to a tenth.
      harness.clock.advance(delay / 10 + 1);
      await harness.turn();
    }
    expect(receiver.requests).toHaveLength(10);
    expect(new Set(receiver.requests.map(({ body }) => body)).size).toBe(1);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const delivery = await onlyDelivery();
    expect(delivery.state).toBe('exhausted');
    expect(delivery.dueAt).toBeNull();
    expect(delivery.attempts.map(({ number }: { number: number }) => number)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    harness.clock.advance(2 * days);
    await harness.turn();
    expect(receiver.requests).toHaveLength(10);
  });

  test('is delivered by the next attempt', async () => {
    receiver.answer = () => (receiver.requests.length === 1 ? 503 : 204);
    await register();
    await publish();
    await harness.turn();
    expect((await onlyDelivery()).state).toBe('pending');
    harness.clock.advance(6 * seconds);
    await harness.turn();
    const delivery = await onlyDelivery();
    expect(delivery.state).toBe('delivered');
    expect(delivery.attempts.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'refused',
      'accepted',
    ]);
  });

  test('is retried no earlier than Retry-After says', async () => {
    receiver.answer = () => ({ status: 429, headers: { 'retry-after': '120' } });
    await register();
    await publish();
    await harness.turn();
    harness.clock.advance(119 * seconds);
    await harness.turn();
    expect(receiver.requests).toHaveLength(1);
    harness.clock.advance(2 * seconds);
    await harness.turn();
    expect(receiver.requests).toHaveLength(2);
  });

  test('Retry-After pauses the whole endpoint: its backlog uses up no attempts, and is spread over time afterwards', async () => {
    receiver.answer = () => ({ status: 429, headers: { 'retry-after': '120' } });
    await register();
    for (let n = 0; n < 40; n++) await publish();
    await harness.turn();
    const before = receiver.requests.length;
    expect(before).toBe(1);
    // New events are not sent during the pause either.
    harness.clock.advance(60 * seconds);
    await publish();
    await harness.turn();
    expect(receiver.requests).toHaveLength(before);
    expect(
      (await deliveries('?state=pending&limit=200')).map(
        ({ attemptCount }: { attemptCount: number }) => attemptCount,
      ),
    ).toEqual(expect.arrayContaining([0]));
    receiver.answer = () => 200;
    harness.clock.advance(61 * seconds);
    await harness.turn();
    expect(receiver.requests.length - before).toBe(1);
    harness.clock.advance(1 * seconds);
    await harness.turn();
    expect(receiver.requests.length - before).toBeLessThan(10);
    for (let n = 0; n < 200 && receiver.requests.length - before < 41; n++) {
      harness.clock.advance(100);
      await harness.turn();
    }
    expect(receiver.requests.length - before).toBe(41);
    expect((await deliveries('?state=delivered&limit=200')).length).toBe(41);
  });

  test('counts a redirect as a failure, and does not follow it', async () => {
    receiver.answer = () => ({ status: 302, headers: { location: `${receiver.url}/elsewhere` } });
    await register();
    await publish();
    await harness.turn();
    expect(receiver.requests).toHaveLength(1);
    expect((await onlyDelivery()).attempts[0]).toMatchObject({ outcome: 'refused', status: 302 });
  });

  test('is unreachable when the receiver does not listen, and the attempt has the reason', async () => {
    await register({ url: 'http://127.0.0.1:9/' });
    await publish();
    await harness.turn();
    const [attempt] = (await onlyDelivery()).attempts;
    expect(attempt).toMatchObject({
      outcome: 'unreachable',
      status: null,
      error: { code: 'connection_refused' },
    });
  });
});

describe('a receiver that flaps', () => {
  test('gets exactly as many requests as attempts are recorded', async () => {
    let answers = 0;
    receiver.answer = () => (++answers % 3 === 0 ? 200 : 500);
    for (let i = 0; i < 5; i++) await register({ url: `${receiver.url}/${i}` });
    const events = Array.from({ length: 60 }, () => ({ type: 'payment.paid', payload: {} }));
    await harness.admin('POST', '/tenants/acme/events/batch', { events });
    await harness.turn();
    for (const delay of schedule) {
      // In small steps, so that retries are due in many turns.
      for (let step = 0; step < 12; step++) {
        harness.clock.advance(delay / 10);
        await harness.turn();
      }
    }
    const { body: page } = await harness.admin('GET', '/tenants/acme/deliveries?limit=200');
    const all = [...page.data, ...(await deliveries(`?limit=200&cursor=${page.nextCursor}`))];
    expect(all).toHaveLength(300);
    const recorded = all.reduce(
      (sum: number, { attemptCount }: { attemptCount: number }) => sum + attemptCount,
      0,
    );
    expect(receiver.requests.length).toBe(recorded);
    expect(all.every(({ state }: { state: string }) => state !== 'pending')).toBe(true);
  });
});

describe('after a restart', () => {
  test('a retry has the same due time and the same bytes', async () => {
    receiver.answer = () => (receiver.requests.length === 1 ? 500 : 200);
    await register();
    await publish();
    await harness.turn();
    await harness.restart();
    await harness.turn();
    expect(receiver.requests).toHaveLength(1);
    harness.clock.advance(6 * seconds);
    await harness.turn();
    expect(receiver.requests).toHaveLength(2);
    expect(receiver.requests[1]?.body).toBe(receiver.requests[0]?.body);
    expect((await onlyDelivery()).state).toBe('delivered');
  });
});

describe('subscriptions', () => {
  test('an event is delivered to the endpoints that subscribe to its type, and crosses no mode or tenant', async () => {
    await harness.admin('POST', '/tenants', { id: 'other', name: 'Other', dialect: 'standard' });
    await register({ url: `${receiver.url}/all` });
    await register({ url: `${receiver.url}/paid`, eventTypes: ['payment.paid', 'payment.failed'] });
    await register({ url: `${receiver.url}/refunds`, eventTypes: ['payment.refunded'] });
    await register({ url: `${receiver.url}/test`, mode: 'test' });
    await register({ url: `${receiver.url}/other` }, 'other');
    expect((await publish()).deliveries).toBe(2);
    await harness.turn();
    expect(receiver.requests.map(({ path }) => path).toSorted()).toEqual(['/all', '/paid']);
    expect((await publish({ mode: 'test' })).deliveries).toBe(1);
    await harness.turn();
    expect(receiver.requests.at(-1)?.path).toBe('/test');
  });
});

test('repeated event types of an endpoint count once', async () => {
  const { id, eventTypes } = await register({ eventTypes: ['b', 'a', 'b'] });
  expect(eventTypes).toEqual(['b', 'a']);
  const changed = await harness.admin('PATCH', `/tenants/acme/endpoints/${id}`, { eventTypes: ['c', 'c'] });
  expect(changed.body.eventTypes).toEqual(['c']);
});

describe('metadata', () => {
  const metadata = { team: 'payments', constructor: 'x', note: '' };
  const other = { region: 'eu' };

  test('a tenant and an endpoint keep it, and a change replaces all of it', async () => {
    const made = await harness.admin('POST', '/tenants', {
      id: 'b',
      name: 'B',
      dialect: 'standard',
      metadata,
    });
    expect(made.body.metadata).toEqual(metadata);
    expect((await harness.admin('PATCH', '/tenants/b', { name: 'New' })).body).toMatchObject({ metadata });
    const tenant = await harness.admin('PATCH', '/tenants/b', { metadata: other });
    expect(tenant.body).toMatchObject({ name: 'New', metadata: other });
    expect((await harness.admin('GET', '/tenants/b')).body).toEqual(tenant.body);
    expect((await harness.admin('GET', '/tenants/acme')).body.metadata).toEqual({});

    const { id, metadata: kept } = await register({ metadata });
    expect(kept).toEqual(metadata);
    const path = `/tenants/acme/endpoints/${id}`;
    expect((await harness.admin('PATCH', path, { description: 'x' })).body.metadata).toEqual(metadata);
    expect((await harness.admin('PATCH', path, { metadata: other })).body.metadata).toEqual(other);
    expect((await harness.admin('GET', '/tenants/acme/endpoints')).body.data[0].metadata).toEqual(other);
    expect((await harness.admin('PATCH', path, { metadata: {} })).body.metadata).toEqual({});
  });

  test('an event keeps that of its first publication, and delivers none of it', async () => {
    await register({ metadata });
    const first = await publish({ id: 'e1', metadata });
    expect(await publish({ id: 'e1', metadata: other })).toEqual(first);
    const event = { type: 'payment.paid', payload: {} };
    const events = [
      { ...event, id: 'e2', metadata: other },
      { ...event, id: 'e3' },
    ];
    expect((await harness.admin('POST', '/tenants/acme/events/batch', { events })).status).toBe(202);
    expect((await harness.admin('GET', '/tenants/acme/events/e1')).body.metadata).toEqual(metadata);
    const { body } = await harness.admin('GET', '/tenants/acme/events');
    const kept = body.data.map(({ id, metadata }: { id: string; metadata: unknown }) => [id, metadata]);
    expect(Object.fromEntries(kept)).toEqual({ e1: metadata, e2: other, e3: {} });
    await harness.turn();
    const delivered = receiver.requests.map(({ headers, body }) => JSON.stringify(headers) + body);
    expect(delivered).toHaveLength(3);
    expect(delivered.join()).not.toMatch(/metadata|region|"team"/);
  });
});

describe('idempotent publishing', () => {
  test('the same event gets the same answer and is delivered once', async () => {
    await register();
    const first = await publish({ id: 'e1' });
    const again = await harness.admin('POST', '/tenants/acme/events', {
      id: 'e1',
      type: 'payment.paid',
      payload: { amount: 1050 },
    });
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.body).toEqual(first);
    await harness.turn();
    expect(receiver.requests).toHaveLength(1);
  });

  test('another event with the same id is refused, and changes nothing', async () => {
    await register();
    await publish({ id: 'e1' });
    const other = await harness.admin('POST', '/tenants/acme/events', {
      id: 'e1',
      type: 'payment.paid',
      payload: { amount: 1 },
    });
    expect(other.status).toBe(409);
    expect(other.body.code).toBe('event_id_reused');
    expect(await deliveries()).toHaveLength(1);
  });

  test('the same id in another tenant or mode is another event', async () => {
    await harness.admin('POST', '/tenants', { id: 'other', name: 'Other', dialect: 'standard' });
    await register();
    await publish({ id: 'e1' });
    expect((await publish({ id: 'e1', mode: 'test', payload: { other: true } })).id).toBe('e1');
    const { status } = await harness.admin('POST', '/tenants/other/events', {
      id: 'e1',
      type: 'x',
      payload: {},
    });
    expect(status).toBe(202);
  });

  test('a batch is written completely or not at all', async () => {
    await register();
    await publish({ id: 'taken' });
    const { status } = await harness.admin('POST', '/tenants/acme/events/batch', {
      events: [
        { id: 'new', type: 'payment.paid', payload: {} },
        { id: 'taken', type: 'payment.paid', payload: { amount: 2 } },
      ],
    });
    expect(status).toBe(409);
    expect((await harness.admin('GET', '/tenants/acme/events/new')).status).toBe(404);
  });
});

describe('backpressure', () => {
  test('publish answers 503 with Retry-After, and stores exactly what it answered 202', async () => {
    const narrow = await boot({ CARILLON_PUBLISH_QUEUE_MAX: '5' });
    await narrow.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        narrow.admin('POST', '/tenants/acme/events', { id: `e${index}`, type: 'payment.paid', payload: {} }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    for (const { body, headers } of refused) {
      expect(body.code).toBe('overloaded');
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    const accepted = answers.filter(({ status }) => status === 202).map(({ body }): string => body.id);
    expect(accepted.length).toBe(answers.length - refused.length);
    const { body } = await narrow.admin('GET', '/tenants/acme/events?limit=200');
    const stored: string[] = body.data.map(({ id }: { id: string }) => id);
    expect(stored.toSorted()).toEqual(accepted.toSorted());
    await narrow.close();
  });
});

describe('disabled endpoints', () => {
  test('a disabled endpoint holds its deliveries, and gets them when it is enabled', async () => {
    const endpoint = await register();
    await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/disable`);
    await publish();
    await harness.turn();
    expect(receiver.requests).toHaveLength(0);
    expect((await deliveries('?state=held')).map(({ state }: { state: string }) => state)).toEqual(['held']);
    await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/enable`);
    await harness.turn();
    expect(receiver.requests).toHaveLength(1);
    expect((await onlyDelivery()).state).toBe('delivered');
  });

  test('410 disables an endpoint, and the operator gets an event', async () => {
    const { body: operator } = await harness.admin('POST', '/tenants/operator/endpoints', {
      url: `${receiver.url}/operator`,
      eventTypes: ['endpoint.disabled'],
    });
    receiver.answer = ({ path }) => (path === '/operator' ? 200 : 410);
    const endpoint = await register();
    await publish();
    await harness.turn();
    const { body } = await harness.admin('GET', `/tenants/acme/endpoints/${endpoint.id}`);
    expect(body).toMatchObject({ enabled: false, disabledReason: 'gone' });
    expect((await onlyDelivery()).state).toBe('held');
    const notice = receiver.requests.find(({ path }) => path === '/operator');
    verify(operator.secret, notice);
    expect(JSON.parse(notice?.body ?? '')).toMatchObject({
      type: 'endpoint.disabled',
      data: { tenant: 'acme', endpoint: endpoint.id, reason: 'gone' },
    });
  });

  test('five days with only failures disable an endpoint', async () => {
    receiver.answer = () => 500;
    const endpoint = await register();
    for (let day = 0; day <= 5; day++) {
      await publish();
      await harness.turn();
      harness.clock.advance(days);
    }
    await harness.turn();
    const { body } = await harness.admin('GET', `/tenants/acme/endpoints/${endpoint.id}`);
    expect(body).toMatchObject({ enabled: false, disabledReason: 'failing' });
    expect(body.failureCount).toBeGreaterThan(6);
    receiver.answer = () => 200;
    await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/enable`);
    harness.clock.advance(days);
    await harness.turn();
    expect((await deliveries('?state=delivered')).length).toBe(6);
  });

  test('the operator gets an event for an exhausted delivery', async () => {
    await harness.admin('POST', '/tenants/operator/endpoints', {
      url: `${receiver.url}/operator`,
      eventTypes: ['delivery.exhausted'],
    });
    receiver.answer = ({ path }) => (path === '/operator' ? 200 : 500);
    await register();
    await publish({ id: 'e1' });
    await harness.turn();
    for (const delay of schedule) {
      harness.clock.advance(delay * 1.1);
      await harness.turn();
    }
    const notice = receiver.requests.find(({ path }) => path === '/operator');
    expect(JSON.parse(notice?.body ?? '')).toMatchObject({
      type: 'delivery.exhausted',
      data: { tenant: 'acme', event: 'e1', attempts: 10, lastStatus: 500 },
    });
  });
});

describe('redelivery, test events and replays', () => {
  test('a redelivery of an ended delivery makes one attempt', async () => {
    await register();
    await publish();
    await harness.turn();
    const { id } = await onlyDelivery();
    const { status } = await harness.admin('POST', `/tenants/acme/deliveries/${id}/redeliver`);
    expect(status).toBe(202);
    await harness.turn();
    expect(receiver.requests).toHaveLength(2);
    expect(receiver.requests[1]?.body).toBe(receiver.requests[0]?.body);
    expect((await onlyDelivery()).state).toBe('delivered');
  });

  test('a redelivery makes a waiting retry due now, also to a disabled endpoint', async () => {
    receiver.answer = () => (receiver.requests.length === 1 ? 500 : 200);
    const endpoint = await register();
    await publish();
    await harness.turn();
    await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/disable`);
    const { id } = await onlyDelivery();
    await harness.admin('POST', `/tenants/acme/deliveries/${id}/redeliver`);
    await harness.turn();
    expect(receiver.requests).toHaveLength(2);
    expect((await onlyDelivery()).state).toBe('delivered');
  });

  test('redeliveries leave the schedule alone and are marked in the list of attempts', async () => {
    receiver.answer = () => 500;
    await register();
    await publish();
    await harness.turn();
    const { id, dueAt } = await onlyDelivery();
    for (let i = 0; i < 9; i++) {
      await harness.admin('POST', `/tenants/acme/deliveries/${id}/redeliver`);
      await harness.turn();
    }
    expect(await onlyDelivery()).toMatchObject({
      state: 'pending',
      attemptCount: 10,
      dueAt,
      inFlight: false,
    });
    harness.clock.advance(6 * seconds);
    await harness.turn();
    const { body } = await harness.admin('GET', `/tenants/acme/deliveries/${id}`);
    const triggers = body.attempts.map(({ trigger }: { trigger: string }) => trigger);
    expect(triggers).toEqual(['schedule', ...Array<string>(9).fill('redelivery'), 'schedule']);
    expect(Date.parse(body.dueAt)).toBeGreaterThanOrEqual(harness.clock.now() + 5 * 60 * seconds);
  });

  test('an attempt under way is in flight and has no due time', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    receiver.answer = () => promise;
    await register();
    await publish();
    expect(await onlyDelivery()).toMatchObject({ state: 'pending', inFlight: true, dueAt: null });
    resolve(200);
    await harness.turn();
    expect(await onlyDelivery()).toMatchObject({ state: 'delivered', inFlight: false });
  });

  test('a test event is delivered only to its endpoint', async () => {
    const endpoint = await register({ eventTypes: ['payment.refunded'] });
    await register({ url: `${receiver.url}/other` });
    const { status, body } = await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/test`);
    expect(status).toBe(202);
    expect(body.deliveries).toBe(1);
    await harness.turn();
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/hook']);
    const { id } = await onlyDelivery();
    expect((await harness.admin('GET', `/tenants/acme/deliveries/${id}`)).body.attempts).toMatchObject([
      { trigger: 'test' },
    ]);
  });

  test('a test event to a disabled endpoint is refused with the reason', async () => {
    const endpoint = await register();
    await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/disable`);
    const { status, body } = await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/test`);
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'endpoint_disabled' });
    expect(body.detail).toContain('requested');
    await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/enable`);
    await harness.turn();
    expect(receiver.requests).toEqual([]);
  });

  test('an event type taken off an endpoint cancels what waits for it', async () => {
    receiver.answer = () => 500;
    const endpoint = await register({ eventTypes: ['payment.succeeded', 'payment.refunded'] });
    await publish({ type: 'payment.succeeded' });
    await publish({ type: 'payment.refunded' });
    await harness.turn();
    await harness.admin('PATCH', `/tenants/acme/endpoints/${endpoint.id}`, {
      eventTypes: ['payment.refunded'],
    });
    harness.clock.advance(6 * seconds);
    await harness.turn();
    const states = (await deliveries()).map((one: Record<string, unknown>) => [
      one['eventType'],
      one['state'],
      one['attemptCount'],
    ]);
    expect(states.toSorted()).toEqual([
      ['payment.refunded', 'pending', 2],
      ['payment.succeeded', 'canceled', 1],
    ]);
  });

  test('a stuck ordering key is skipped, and an endpoint purged', async () => {
    receiver.answer = ({ headers }) => (headers['webhook-id'] === 'stuck' ? 500 : 200);
    const endpoint = await register();
    await publish({ id: 'stuck', orderingKey: 'key' });
    await publish({ id: 'next', orderingKey: 'key' });
    await harness.turn();
    const stuck = (await harness.admin('GET', '/tenants/acme/deliveries?event=stuck')).body.data[0];
    const canceled = await harness.admin('POST', `/tenants/acme/deliveries/${stuck.id}/cancel`);
    expect(canceled).toMatchObject({ status: 200, body: { state: 'canceled', attemptCount: 1 } });
    await harness.turn();
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual(['stuck', 'next']);
    await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/disable`);
    for (const id of ['held-1', 'held-2']) await publish({ id });
    await harness.turn();
    const purged = await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/purge`);
    expect(purged).toMatchObject({ status: 200, body: { canceled: 2 } });
    await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/enable`);
    await harness.turn();
    expect(receiver.requests).toHaveLength(2);
  });

  test('a replay keeps its rate, survives a restart, can be stopped, and includes held deliveries', async () => {
    const endpoint = await register();
    await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/disable`);
    for (let i = 0; i < 30; i++) await publish({ id: `e${i}` });
    await harness.turn();
    const since = new Date(harness.clock.now() - days).toISOString();
    const until = new Date(harness.clock.now() + days).toISOString();
    harness.clock.advance(1);
    const terms = { states: ['held'], since, until, ratePerSecond: 10 };
    const order = { ...terms, includeDisabled: true };
    const byDefault = await harness.admin('POST', '/tenants/acme/replays', { ...terms, dryRun: true });
    expect(byDefault.body).toEqual({ total: 0, leftOut: 30 });
    const dry = await harness.admin('POST', '/tenants/acme/replays', { ...order, dryRun: true });
    expect(dry.body).toEqual({ total: 30, leftOut: 0 });
    const { status, body: replay } = await harness.admin('POST', '/tenants/acme/replays', order);
    expect(status).toBe(202);
    const secondsOfReplay = async (): Promise<void> => {
      await harness.engine.replays.step();
      harness.clock.advance(1000);
      await harness.engine.replays.step();
      await harness.turn();
    };
    await secondsOfReplay();
    const sent = receiver.requests.length;
    expect(sent).toBeGreaterThanOrEqual(10);
    expect(sent).toBeLessThanOrEqual(12);
    await harness.restart();
    await secondsOfReplay();
    expect(receiver.requests.length).toBeGreaterThan(sent);
    await harness.admin('DELETE', `/tenants/acme/replays/${replay.id}`);
    const atStop = receiver.requests.length;
    await secondsOfReplay();
    expect(receiver.requests.length).toBe(atStop);
    const { body: stopped } = await harness.admin('GET', `/tenants/acme/replays/${replay.id}`);
    expect(stopped).toMatchObject({
      state: 'stopped',
      total: 30,
      done: atStop,
      delivered: atStop,
      failed: 0,
    });
    expect((await harness.admin('GET', '/tenants/acme/replays')).body.data).toEqual([stopped]);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(atStop);
  });
});

test('a replay ends with what there was when it was ordered', async () => {
  await register();
  for (let i = 0; i < 3; i++) await publish();
  await harness.turn();
  harness.clock.advance(1000);
  const [since, until] = [-days, days].map((ms) => new Date(harness.clock.now() + ms).toISOString());
  const order = { states: ['delivered'], since, until, ratePerSecond: 1 };
  const { body: replay } = await harness.admin('POST', '/tenants/acme/replays', order);
  for (let i = 0; i < 6; i++) {
    await publish();
    await harness.turn();
    await harness.engine.replays.step();
    harness.clock.advance(1000);
  }
  await harness.turn();
  const { body } = await harness.admin('GET', `/tenants/acme/replays/${replay.id}`);
  expect(body).toMatchObject({ state: 'finished', total: 3, done: 3, delivered: 3, failed: 0 });
  expect(receiver.requests).toHaveLength(3 + 6 + 3);
});

describe('rotation of a secret', () => {
  test('keeps signing with both secrets until the old one expires', async () => {
    const endpoint = await register();
    const { body } = await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/rotate-secret`);
    expect(body.secret).not.toBe(endpoint.secret);
    await publish();
    await harness.turn();
    const during = receiver.requests.at(-1);
    expect(String(during?.headers['webhook-signature']).split(' ')).toHaveLength(2);
    verify(endpoint.secret, during);
    verify(body.secret, during);
    harness.clock.advance(24 * hours + 1);
    await publish();
    await harness.turn();
    const after = receiver.requests.at(-1);
    expect(String(after?.headers['webhook-signature']).split(' ')).toHaveLength(1);
    verify(body.secret, after);
  });
});

describe('ordering keys', () => {
  test('a delivery waits for the one before of its key, and for no other', async () => {
    const refused = new Set(['a1']);
    receiver.answer = ({ headers }) => (refused.has(String(headers['webhook-id'])) ? 500 : 200);
    await register();
    await publish({ id: 'a1', orderingKey: 'a' });
    await publish({ id: 'a2', orderingKey: 'a' });
    await publish({ id: 'b1', orderingKey: 'b' });
    await harness.turn();
    const ids = () => receiver.requests.map(({ headers }) => String(headers['webhook-id']));
    expect(ids().toSorted()).toEqual(['a1', 'b1']);
    refused.clear();
    harness.clock.advance(6 * seconds);
    await harness.turn();
    expect(ids().slice(2)).toEqual(['a1', 'a2']);
  });
});

describe('retention', () => {
  test('expired deliveries are deleted, and waiting ones are kept', async () => {
    await register();
    await publish({ id: 'old' });
    await harness.turn();
    harness.clock.advance(2 * days);
    const paused = await register({ url: `${receiver.url}/paused`, eventTypes: ['kept'] });
    await harness.admin('POST', `/tenants/acme/endpoints/${paused.id}/disable`);
    await publish({ id: 'owed', type: 'kept' });
    await harness.turn();
    harness.clock.advance(29 * days);
    await publish({ id: 'new' });
    await harness.turn();
    while ((await harness.engine.housekeeper.step()) > 0);
    const events = await harness.admin('GET', '/tenants/acme/events');
    expect(events.body.data.map(({ id }: { id: string }) => id)).toEqual(['new', 'owed']);
    await harness.admin('POST', `/tenants/acme/endpoints/${paused.id}/enable`);
    await harness.turn();
    expect(receiver.requests.at(-1)?.headers['webhook-id']).toBe('owed');
  });
});

describe('held deliveries', () => {
  test('are canceled after their retention, and the operator is notified', async () => {
    const { body: operator } = await harness.admin('POST', '/tenants/operator/endpoints', {
      url: `${receiver.url}/operator`,
      eventTypes: ['endpoint.deliveries_expired'],
    });
    expect(operator.id).toBeDefined();
    const endpoint = await register();
    await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/disable`);
    for (const id of ['one', 'two', 'three']) await publish({ id, orderingKey: 'key' });
    harness.clock.advance(29 * days);
    await publish({ id: 'young' });
    await harness.engine.housekeeper.step();
    expect((await deliveries()).map((one: { state: string }) => one.state)).toEqual(Array(4).fill('held'));
    harness.clock.advance(2 * days);
    await harness.engine.housekeeper.step();
    await harness.turn();
    const states = (await deliveries()).map((one: Record<string, unknown>) => [one['event'], one['state']]);
    expect(states).toEqual([
      ['young', 'held'],
      ['three', 'canceled'],
      ['two', 'canceled'],
      ['one', 'canceled'],
    ]);
    const notices = receiver.requests.map(({ path, body }) => [path, JSON.parse(body) as unknown]);
    expect(notices).toMatchObject([
      [
        '/operator',
        { data: { tenant: 'acme', endpoint: endpoint.id, canceled: 3, disabledReason: 'requested' } },
      ],
    ]);
  });
});

describe('stats', () => {
  test('count attempts and have percentiles of durations', async () => {
    receiver.answer = () => (receiver.requests.length === 1 ? 500 : 200);
    const endpoint = await register();
    await publish();
    await publish();
    await harness.turn();
    const { body } = await harness.admin('GET', `/stats?tenant=acme&endpoint=${endpoint.id}`);
    expect(body.data).toHaveLength(1);
    expect(body.data[0]).toMatchObject({ accepted: 1, refused: 1, unreachable: 0 });
    expect(body.data[0].p99Ms).toBeGreaterThan(0);
  });

  test('are grouped by endpoint and by code', async () => {
    receiver.answer = ({ path }) => (path === '/bad' ? 503 : 200);
    const good = await register({ url: `${receiver.url}/good` });
    const bad = await register({ url: `${receiver.url}/bad` });
    await publish();
    await harness.turn();
    const read = async (query: string) => {
      const { body } = await harness.admin('GET', `/stats?${query}`);
      return body.data.map(({ endpoint, code, accepted, refused }: any) => [
        endpoint ?? code,
        accepted,
        refused,
      ]);
    };
    const byEndpoint = [
      [good.id, 1, 0],
      [bad.id, 0, 1],
    ];
    expect(await read('groupBy=endpoint&tenant=acme')).toEqual(byEndpoint);
    expect(await read(`groupBy=endpoint&endpoint=${good.id},${bad.id}`)).toEqual(byEndpoint);
    expect(await read(`groupBy=endpoint&endpoint=${bad.id}`)).toEqual([[bad.id, 0, 1]]);
    expect(await read('groupBy=code')).toEqual([
      ['200', 1, 0],
      ['503', 0, 1],
    ]);
    expect((await harness.admin('GET', '/stats?groupBy=endpoint')).body).toMatchObject({
      code: 'field_invalid',
      errors: [{ field: 'groupBy' }],
    });
    const early = new Date(harness.clock.now() - 60 * 86_400_000).toISOString();
    expect((await harness.admin('GET', `/stats?since=${early}&tenant=acme`)).status).toBe(200);
    expect(
      (await harness.admin('GET', `/stats?since=${early}&endpoint=${good.id},${bad.id}`)).body,
    ).toMatchObject({
      code: 'field_invalid',
      errors: [{ field: 'since', message: 'must be at most 52 days ago, or name fewer endpoints' }],
    });
  });
});
