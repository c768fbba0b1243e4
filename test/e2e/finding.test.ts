// Finding what became of an event, and what needs a person: over the admin API, on a real database and real sockets.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { idToUuid } from '#lib/ids.ts';
import { boot, type Harness } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let harness: Harness;
let receiver: Receiver;

beforeEach(async () => {
  harness = await boot();
  receiver = await startReceiver();
  for (const id of ['acme', 'other']) {
    await harness.admin('POST', '/tenants', { id, name: id, dialect: 'standard' });
  }
});

afterEach(async () => {
  await harness.close();
  await receiver.close();
});

async function register(tenant: string, path: string, fields: Record<string, unknown> = {}) {
  const given = { url: `${receiver.url}${path}`, eventTypes: ['*'], ...fields };
  const { status, body } = await harness.admin('POST', `/tenants/${tenant}/endpoints`, given);
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

async function publish(tenant: string, fields: Record<string, unknown> = {}) {
  const event = { type: 'payment.paid', payload: { amount: 1050 }, ...fields };
  const { status, body } = await harness.admin('POST', `/tenants/${tenant}/events`, event);
  expect(status, JSON.stringify(body)).toBe(202);
  return body;
}

async function read(path: string) {
  const { status, body } = await harness.admin('GET', path);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

test('a delivery is found in any tenant by what went wrong, or by an id that its receiver was shown', async () => {
  receiver.answer = ({ path }) => (path === '/bad' ? 503 : 200);
  await register('acme', '/good');
  const bad = await register('other', '/bad');
  await publish('acme', { id: 'order-1' });
  await publish('other', { id: 'order-2' });
  await harness.turn();
  const { data } = await read('/deliveries');
  expect(data.map((row: any) => [row.tenant, row.event, row.state, row.lastStatus])).toEqual([
    ['other', 'order-2', 'pending', 503],
    ['acme', 'order-1', 'delivered', 200],
  ]);
  expect((await read('/deliveries?code=5xx')).data).toEqual([data[0]]);
  expect((await read('/deliveries?code=200')).data).toEqual([data[1]]);
  for (const id of ['order-2', data[0].id, idToUuid(data[0].id)]) {
    expect((await read(`/deliveries?wireId=${id}`)).data).toEqual([data[0]]);
  }
  expect((await read('/tenants/other/deliveries?code=503')).data).toMatchObject([{ lastStatus: 503 }]);
  expect((await read('/attempts?outcome=refused')).data).toMatchObject([
    { tenant: 'other', endpoint: bad.id, event: 'order-2', status: 503, number: 1 },
  ]);
  await receiver.close();
  harness.clock.advance(10_000);
  await harness.turn();
  expect((await read('/deliveries?error=connection_refused')).data).toMatchObject([
    { event: 'order-2', lastStatus: null, lastError: 'connection_refused', attemptCount: 2 },
  ]);
});

test('what needs a person is listed over all tenants, with what waits', async () => {
  receiver.answer = ({ path }) => (path === '/gone' ? 410 : path === '/bad' ? 500 : 200);
  await register('acme', '/good');
  const gone = await register('acme', '/gone');
  const bad = await register('other', '/bad');
  await publish('acme');
  await publish('other');
  await harness.turn();
  expect((await read('/attention?minFailures=1')).data).toMatchObject([
    { tenant: 'acme', endpoint: gone.id, reasons: ['disabled'], disabledReason: 'gone', waiting: 1 },
    { tenant: 'other', endpoint: bad.id, reasons: ['failing'], failureCount: 1, waiting: 1 },
  ]);
  expect((await read('/attention')).data).toMatchObject([{ endpoint: gone.id }]);
  harness.clock.advance(120_000);
  expect((await read('/attention')).data).toMatchObject([
    { endpoint: gone.id },
    { endpoint: bad.id, reasons: ['backlog'], oldestDueAt: expect.any(String) },
  ]);
  expect(await read(`/tenants/other/endpoints/${bad.id}/counts`)).toMatchObject({ pending: 1, held: 0 });
  await harness.admin('POST', `/tenants/other/endpoints/${bad.id}/disable`);
  expect(await read(`/tenants/other/endpoints/${bad.id}/counts`)).toMatchObject({ pending: 0, held: 1 });
});

test('a test event has the type and the payload that were asked for, or an example of the type', async () => {
  const { id } = await register('acme', '/hook');
  const send = (body?: unknown) => harness.admin('POST', `/tenants/acme/endpoints/${id}/test`, body);
  expect((await send()).body).toMatchObject({ type: 'carillon.test' });
  expect((await send({ type: 'refund.succeeded' })).body).toMatchObject({ type: 'refund.succeeded' });
  expect((await send({ type: 'my.own', payload: { mine: 1 } })).body).toMatchObject({ type: 'my.own' });
  await harness.turn();
  const sent: { type: string; data: unknown }[] = receiver.requests.map(({ body }) => JSON.parse(body));
  expect(sent.map(({ type }) => type).toSorted()).toEqual(['carillon.test', 'my.own', 'refund.succeeded']);
  expect(sent.find(({ type }) => type === 'refund.succeeded')?.data).toMatchObject({ id: 'ref_2Lm7' });
  expect(sent.find(({ type }) => type === 'my.own')?.data).toEqual({ mine: 1 });
  expect(await send({ type: 'my.own' })).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'payload' }] },
  });
  expect(await send({ type: 'not a name' })).toMatchObject({
    status: 400,
    body: { code: 'event_type_unknown' },
  });
});

test('a delivery is shown with its payload, its URL, its schedule, and what it waits for', async () => {
  receiver.answer = () => 500;
  const endpoint = await register('acme', '/hook');
  await publish('acme', { id: 'first', orderingKey: 'k', payload: { amount: '12.50' } });
  await publish('acme', { id: 'second', orderingKey: 'k' });
  await harness.turn();
  const idOf = async (event: string) => (await read(`/tenants/acme/deliveries?event=${event}`)).data[0].id;
  const [first, second] = [await idOf('first'), await idOf('second')];
  expect(await read(`/tenants/acme/deliveries/${first}`)).toMatchObject({
    url: endpoint.url,
    attemptCount: 1,
    attemptsMax: 10,
    lastStatus: 500,
    waitsFor: null,
    payload: { amount: '12.50' },
  });
  const { waitsFor } = await read(`/tenants/acme/deliveries/${second}`);
  expect(waitsFor).toMatchObject({ reason: 'ordering_key', delivery: first });
  await harness.admin('POST', `/tenants/acme/endpoints/${endpoint.id}/disable`);
  expect(await read(`/tenants/acme/deliveries/${second}`)).toMatchObject({
    state: 'held',
    waitsFor: { reason: 'endpoint_disabled', disabledReason: 'requested', since: expect.any(String) },
  });
  await harness.admin('DELETE', `/tenants/acme/endpoints/${endpoint.id}`);
  expect(await read(`/tenants/acme/deliveries/${second}`)).toMatchObject({
    state: 'canceled',
    url: null,
    waitsFor: null,
  });
});

test('an event that no endpoint received is found, and an endpoint by what its owner knows of it', async () => {
  const endpoint = await register('acme', '/hook', { eventTypes: ['payment.paid'] });
  await publish('acme', { id: 'paid' });
  harness.clock.advance(60_000);
  await publish('acme', { id: 'unheard', type: 'payment.failed' });
  const events = async (query: string) =>
    (await read(`/tenants/acme/events?${query}`)).data.map(({ id }: any) => id);
  expect(await events('withoutDeliveries=true')).toEqual(['unheard']);
  expect(await events('type=payment.paid')).toEqual(['paid']);
  expect(await events(`since=${new Date(harness.clock.now()).toISOString()}`)).toEqual(['unheard']);
  expect(await events(`until=${new Date(harness.clock.now()).toISOString()}`)).toEqual(['paid']);
  for (const query of [`id=${idToUuid(endpoint.id)}`, `url=${receiver.url}/`]) {
    expect((await read(`/endpoints?${query}`)).data).toMatchObject([{ tenant: 'acme', id: endpoint.id }]);
    expect((await read(`/tenants/acme/endpoints?${query}`)).data).toMatchObject([{ id: endpoint.id }]);
    expect((await read(`/tenants/other/endpoints?${query}`)).data).toEqual([]);
  }
});
