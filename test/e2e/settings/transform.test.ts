import { describe, expect, test } from 'vitest';
import { testKeys } from '../../support/harness.ts';
import { change, harness, openClient, publish, receiver, refusal, register, useServer } from './world.ts';

useServer();

async function onlyDelivery() {
  const { data } = (await harness.admin('GET', '/tenants/acme/deliveries')).body;
  return (await harness.admin('GET', `/tenants/acme/deliveries/${data[0].id}`)).body;
}

/** Advances the clock past the next attempt of the schedule. */
async function later(): Promise<void> {
  harness.clock.advance(60_000);
  await harness.turn();
}

const received = () => receiver.requests.map(({ body }) => JSON.parse(body).data);
const wrap = '(event) => ({ type: event.type, cents: event.payload.amount * 100 })';

describe('a transform', () => {
  test('makes the payload that is signed and sent; the envelope of the dialect stays', async () => {
    const { id, transform } = await register({ transform: wrap });
    expect(transform).toBe(wrap);
    await register({ url: `${receiver.url}/plain` });
    await publish({ id: 'one' });
    await harness.turn();
    const sent = receiver.requests.find(({ path }) => path === '/hook');
    const body = JSON.parse(sent?.body ?? '');
    expect(Object.keys(body)).toEqual(['type', 'timestamp', 'data']);
    expect(body).toMatchObject({ type: 'payment.paid', data: { type: 'payment.paid', cents: 105_000 } });
    const plain = receiver.requests.find(({ path }) => path === '/plain');
    expect(JSON.parse(plain?.body ?? '').data).toEqual({ amount: 1050 });

    const { data } = (await harness.admin('GET', `/tenants/acme/deliveries?endpoint=${id}`)).body;
    const shown = (await harness.admin('GET', `/tenants/acme/deliveries/${data[0].id}`)).body;
    expect(shown).toMatchObject({ state: 'delivered', note: null, payload: { cents: 105_000 } });
    const { body: bytes } = await harness.admin('GET', `/tenants/acme/deliveries/${data[0].id}/request-body`);
    expect(bytes.body).toBe(sent?.body);
    const client = await openClient();
    expect((await client('GET', `/deliveries/${data[0].id}`)).body.payload).toContain('"cents":105000');
  });

  test('that returns its payload sends it as it was published', async () => {
    await register({ transform: '(event) => event.payload' });
    const text = '{"amount": 129.90, "id": 12345678901234567890}';
    const event = `{"type":"payment.paid","payload":${text}}`;
    const options = { token: testKeys.adminKeys[0] ?? '', body: event };
    expect((await harness.call('POST', '/admin/v1/tenants/acme/events', options)).status).toBe(202);
    await harness.turn();
    expect(receiver.requests[0]?.body).toContain(`"data":${text}}`);
  });

  test('adds headers, in place of static ones of the same name, and changes the path', async () => {
    const source = `({ payload }) => ({
      payload, headers: { 'x-region': 'us', 'X-Amount': String(payload.amount) }, path: '/a/b?c=d%20e',
    })`;
    const headers = [
      { name: 'X-Region', value: 'eu' },
      { name: 'X-Kept', value: 'yes' },
    ];
    await register({ transform: source, headers, url: `${receiver.url}/hook?old=1` });
    await publish();
    await harness.turn();
    const [request] = receiver.requests;
    expect(request?.path).toBe('/a/b?c=d%20e');
    expect(request?.headers).toMatchObject({ 'x-region': 'us', 'x-amount': '1050', 'x-kept': 'yes' });
    const [attempt] = (await onlyDelivery()).attempts;
    expect(attempt.url).toBe(`${receiver.url}/a/b?c=d%20e`);
    expect(attempt.requestHeaders).toMatchObject({ 'x-region': 'us', 'X-Kept': 'yes' });
    expect(attempt.requestHeaders).not.toHaveProperty('X-Region');
  });

  test('that returns null cancels the delivery, with a note and no attempt', async () => {
    await register({ transform: '(event) => event.payload.amount > 1000 ? null : event.payload' });
    await publish();
    await harness.turn();
    expect(receiver.requests).toHaveLength(0);
    expect(await onlyDelivery()).toMatchObject({
      state: 'canceled',
      note: 'transform_null',
      attemptCount: 0,
      attempts: [],
      lastError: null,
    });
    await publish({ payload: { amount: 1 } });
    await harness.turn();
    expect(receiver.requests).toHaveLength(1);
    const metrics = await harness.engine.backend.metricsText();
    expect(metrics).toMatch(/^carillon_transforms_total\{ending="canceled"\} 1$/m);
    expect(metrics).toMatch(/^carillon_transforms_total\{ending="returned"\} 1$/m);
    expect(metrics).toMatch(/^carillon_attempts_failed_total 0$/m);
  });

  test('that fails makes the attempt fail, which is retried and counts', async () => {
    const { id } = await register({ transform: '(event) => {\n  return event.payload.customer.id;\n}' });
    await publish();
    await harness.turn();
    expect(receiver.requests).toHaveLength(0);
    const failed = await onlyDelivery();
    expect(failed).toMatchObject({ state: 'pending', attemptCount: 1, lastError: 'transform_failed' });
    const [attempt] = failed.attempts;
    expect(attempt).toMatchObject({ outcome: 'unreachable', status: null, requestHeaders: {} });
    expect(attempt.error.message).toMatch(
      /^The transform failed: line 2, column \d+: TypeError: cannot read/,
    );
    expect((await harness.admin('GET', `/tenants/acme/endpoints/${id}`)).body.failureCount).toBe(1);

    // No request was made: the next attempt calls the function that is there then.
    await change(id, { transform: wrap });
    await harness.restart();
    await later();
    expect(received()).toEqual([{ type: 'payment.paid', cents: 105_000 }]);
    expect((await onlyDelivery()).state).toBe('delivered');
  });
});

describe('retries of a transform', () => {
  test('carry the same bytes, also after a change and a restart', async () => {
    receiver.answer = () => 500;
    const source = `({ payload }) => ({ payload: [payload.amount], headers: { 'X-A': 'first' }, path: '/first' })`;
    const { id } = await register({ transform: source });
    await publish({ id: 'one' });
    await harness.turn();
    await change(id, { transform: '() => ["second"]' });
    await harness.restart();
    await later();
    await change(id, { transform: null });
    await harness.restart();
    harness.clock.advance(3_600_000);
    await harness.turn();
    expect(receiver.requests).toHaveLength(3);
    const [first, ...others] = receiver.requests.map(({ path, body, headers }) => [
      path,
      body,
      headers['webhook-id'],
      headers['x-a'],
    ]);
    expect(first).toEqual(['/first', expect.stringContaining('"data":[1050]'), 'one', 'first']);
    for (const other of others) expect(other).toEqual(first);
  });

  test('of what was sent as published stay so when a transform is set', async () => {
    receiver.answer = () => 500;
    const { id } = await register();
    await publish();
    await harness.turn();
    await change(id, { transform: '() => null' });
    await later();
    expect(received()).toEqual([{ amount: 1050 }, { amount: 1050 }]);
  });

  test('are transformed anew when a person redelivers, and stay like that', async () => {
    receiver.answer = () => 500;
    const { id } = await register({ transform: '() => "old"' });
    await publish();
    await harness.turn();
    await change(id, { transform: '() => "new"' });
    const delivery = await onlyDelivery();
    await harness.admin('POST', `/tenants/acme/deliveries/${delivery.id}/redeliver`);
    await harness.turn();
    await change(id, { transform: null });
    await later();
    expect(received()).toEqual(['old', 'new', 'new']);
    receiver.answer = () => 200;
    await harness.admin('POST', `/tenants/acme/deliveries/${delivery.id}/redeliver`);
    await harness.turn();
    expect(received().at(-1)).toEqual({ amount: 1050 });
    expect((await onlyDelivery()).state).toBe('delivered');
  });

  test('a redelivery that a transform cancels leaves what was delivered', async () => {
    const { id } = await register();
    await publish();
    await harness.turn();
    await change(id, { transform: '() => null' });
    const delivery = await onlyDelivery();
    await harness.admin('POST', `/tenants/acme/deliveries/${delivery.id}/redeliver`);
    await harness.turn();
    expect(await onlyDelivery()).toMatchObject({ state: 'delivered', note: 'transform_null' });
    expect(receiver.requests).toHaveLength(1);
  });

  test('keep the order of a key', async () => {
    await register({ transform: '(event) => event.payload.n % 2 === 0 ? null : event.payload' });
    for (const n of [1, 2, 3, 4, 5]) await publish({ payload: { n }, orderingKey: 'key' });
    for (let turn = 0; turn < 6; turn++) await harness.turn();
    expect(received()).toEqual([{ n: 1 }, { n: 3 }, { n: 5 }]);
  });
});

const refused: readonly [result: string, message: string][] = [
  ['{ payload: 1, path: "//evil.example/" }', 'path:'],
  ['{ payload: 1, path: "/\\\\evil.example/" }', 'path:'],
  ['{ payload: 1, path: "https://evil.example/" }', 'path:'],
  ['{ payload: 1, path: "/a/../b" }', 'path:'],
  ['{ payload: 1, path: "/a/%2e%2e/b" }', 'path:'],
  ['{ payload: 1, path: "/a#b" }', 'path:'],
  ['{ payload: 1, path: "/a b" }', 'path:'],
  ['{ payload: 1, path: "/a\\r\\nX: y" }', 'path:'],
  ['{ payload: 1, path: "/ü" }', 'path:'],
  ['{ payload: 1, path: "a" }', 'path:'],
  ['{ payload: 1, path: "/" + "a".repeat(3000) }', 'path:'],
  ['{ payload: 1, headers: { Host: "evil.example" } }', 'belongs to the request itself'],
  ['{ payload: 1, headers: { "Webhook-Signature": "v1,x" } }', 'belongs to the request itself'],
  ['{ payload: 1, headers: { "Content-Length": "1" } }', 'belongs to the request itself'],
  ['{ payload: 1, headers: { authorization: "Bearer x" } }', 'is secret'],
  ['{ payload: 1, headers: { "X-A": "a\\r\\nX-B: b" } }', 'printable characters of latin1'],
  ['{ payload: 1, headers: { "X-A": "a", "x-a": "b" } }', 'given twice'],
  ['{ payload: 1, headers: { "X A": "a" } }', 'must be letters'],
  ['{ payload: 1, headers: { "X-A": "a".repeat(3000) } }', 'at most 2048 characters'],
  [
    '{ payload: 1, headers: Object.fromEntries(Array.from({ length: 21 }, (_, i) => ["X-" + i, "a"])) }',
    '20',
  ],
  ['"x".repeat(300000)', 'it must have at most'],
];

describe('a result that must not be sent fails the attempt:', () => {
  test('a path to elsewhere, headers of the sender, too much', async () => {
    const { id } = await register({ disableAfter: { never: true } });
    for (const [result, message] of refused) {
      await change(id, { transform: `() => (${result})` });
      await publish();
      await harness.turn();
      const { lastError, attempts } = await onlyDelivery();
      expect(lastError, result).toBe('transform_failed');
      expect(attempts[0].error.message, result).toContain(message);
    }
    expect(receiver.requests).toHaveLength(0);
  });

  test('what the dialect cannot carry', async () => {
    await harness.admin('POST', '/tenants', { id: 'did', name: 'D', dialect: 'diddo' });
    const { status, body } = await harness.admin('POST', '/tenants/did/endpoints', {
      url: `${receiver.url}/d`,
      eventTypes: ['*'],
      transform: '(event) => [event.payload]',
    });
    expect(status, JSON.stringify(body)).toBe(201);
    const sent = await harness.admin('POST', `/tenants/did/endpoints/${body.id}/test`);
    expect(sent.status, JSON.stringify(sent.body)).toBe(202);
    await harness.turn();
    expect(receiver.requests).toHaveLength(0);
    await harness.admin('PATCH', `/tenants/did/endpoints/${body.id}`, {
      transform: '(event) => ({ made: true })',
    });
    await later();
    expect(received()).toEqual([{ made: true }]);
  });
});

test('a source that is wrong is refused with its place, and changes nothing', async () => {
  const { id } = await register({ transform: wrap });
  expect(await refusal(id, { transform: '(event) => {\n  retur event;\n}' })).toEqual([
    ['transform', expect.stringMatching(/^line 2, column \d+: SyntaxError: expecting ';'$/)],
  ]);
  expect((await refusal(id, { transform: '42' }))[0]?.[1]).toContain('must be a function');
  expect((await refusal(id, { transform: 'for (;;);' }))[0]?.[1]).toContain('it was stopped');
  expect((await refusal(id, { transform: 'x'.repeat(33_000) }))[0]?.[0]).toBe('transform');
  expect((await refusal(id, { transform: `'${'ü'.repeat(20_000)}'` }))[0]?.[1]).toContain('32768 bytes');
  expect((await refusal(id, { transform: '' }))[0]?.[0]).toBe('transform');
  const made = { url: `${receiver.url}/x`, eventTypes: ['*'], transform: '{' };
  expect((await harness.admin('POST', '/tenants/acme/endpoints', made)).status).toBe(400);
  expect((await harness.admin('GET', `/tenants/acme/endpoints/${id}`)).body.transform).toBe(wrap);
});

test('can be tried with a sample, by the operator and by the tenant', async () => {
  const { id } = await register({ transform: wrap });
  const path = `/endpoints/${id}/transform/test`;
  const sample = { payload: { amount: 5 }, type: 'a.b' };
  const tried = await harness.admin('POST', `/tenants/acme${path}`, sample);
  expect(tried.body).toEqual({
    canceled: false,
    payload: { type: 'a.b', cents: 500 },
    headers: {},
    url: `${receiver.url}/hook`,
    error: null,
    durationMs: expect.any(Number),
  });
  const client = await openClient();
  const attempt = async (transform: string | null) =>
    (await client('POST', path, { ...sample, transform })).body;
  expect(await attempt('() => null')).toMatchObject({ canceled: true, payload: null, url: null });
  expect(await attempt('(event) => {\n  return event.a.b;\n}')).toMatchObject({
    error: { message: "TypeError: cannot read property 'b' of undefined", line: 2 },
  });
  expect(await attempt('{')).toMatchObject({ error: { line: 1 } });
  expect(await attempt('() => ({ payload: 1, path: "//x" })')).toMatchObject({
    payload: null,
    error: { message: expect.stringContaining('path:'), line: null },
  });
  expect(await attempt('(e) => ({ payload: e.payload, path: "/p", headers: { "X-A": "b" } })')).toMatchObject(
    {
      payload: { amount: 5 },
      url: `${receiver.url}/p`,
      headers: { 'X-A': 'b' },
    },
  );
  expect(await attempt(null)).toMatchObject({ payload: { amount: 5 }, url: `${receiver.url}/hook` });
  expect((await client('POST', path, { ...sample, transform: 1 })).status).toBe(400);
  await harness.turn();
  expect(receiver.requests).toHaveLength(0);
});
