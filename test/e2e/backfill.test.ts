// Backfill: an endpoint receives what was published before it existed, at the receiver's socket.
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boot, type Harness, testKeys } from '../support/harness.ts';
import { runInProcess } from '../support/in-process.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const second = 1000;
/** How long after its end a backfill looks for events that were committed late. */
const settleMs = 5 * second;

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

async function register(name: string, fields: object = {}) {
  const given = { url: `${receiver.url}/${name}`, eventTypes: ['*'], ...fields };
  const { status, body } = await harness.admin('POST', '/tenants/acme/endpoints', given);
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

async function publish(id: string, fields: object = {}): Promise<void> {
  const event = { id, type: 'payment.paid', payload: { amount: 5 }, ...fields };
  expect((await harness.admin('POST', '/tenants/acme/events', event)).status).toBe(202);
}

const backfill = (endpoint: string, fields: object = {}) => {
  const since = new Date(harness.clock.now() - 3_600_000).toISOString();
  return harness.admin('POST', `/tenants/acme/endpoints/${endpoint}/backfill`, { since, ...fields });
};

const progress = async (id: string) => (await harness.admin('GET', `/tenants/acme/replays/${id}`)).body;

/** One step of the job, and what it makes due; then time passes. */
async function step(ms = second): Promise<void> {
  await harness.engine.replays.step();
  await harness.turn();
  harness.clock.advance(ms);
}

async function finish(id: string): Promise<void> {
  for (let steps = 0; steps < 60; steps++) {
    if ((await progress(id)).state === 'finished') return;
    await step();
  }
  throw new Error('the backfill does not end');
}

/** The ids of the events that arrived there, in order. */
const arrived = (name: string): string[] =>
  receiver.requests
    .filter(({ path }) => path === `/${name}`)
    .map(({ headers }) => String(headers['webhook-id']));

const numbered = (count: number): string[] => Array.from({ length: count }, (_, nth) => `e${nth}`);

test('delivers what an endpoint has missed, once, at its rate; it survives a restart in the middle', async () => {
  await register('first');
  for (const id of numbered(30)) await publish(id);
  await harness.turn();
  harness.clock.advance(second);
  const endpoint = await register('late');
  expect((await backfill(endpoint.id, { dryRun: true })).body).toEqual({ total: 30 });
  const { status, body } = await backfill(endpoint.id, { ratePerSecond: 5 });
  expect(status).toBe(202);
  expect(body.total).toBe(30);

  await step();
  await step();
  await step();
  const sent = arrived('late').length;
  expect(sent).toBeGreaterThanOrEqual(10);
  expect(sent).toBeLessThanOrEqual(16);
  expect(await progress(body.id)).toMatchObject({
    kind: 'backfill',
    endpoint: endpoint.id,
    state: 'running',
  });
  await harness.restart();
  // What is published now is delivered by its publication alone.
  await publish('new');
  await harness.turn();
  await finish(body.id);
  expect(arrived('late').toSorted()).toEqual([...numbered(30), 'new'].toSorted());
  expect(arrived('first').toSorted()).toEqual([...numbered(30), 'new'].toSorted());
  expect(await progress(body.id)).toMatchObject({
    total: 30,
    done: 30,
    delivered: 30,
    failed: 0,
    states: [],
    mode: 'live',
  });
  const request = receiver.requests.find(({ path }) => path === '/late');
  const at = new Date(Number(request?.headers['webhook-timestamp']) * second);
  const signature = new Webhook(endpoint.secret).sign(
    String(request?.headers['webhook-id']),
    at,
    request?.body ?? '',
  );
  expect(request?.headers['webhook-signature']).toBe(signature);

  const again = await backfill(endpoint.id);
  expect(again.body.total).toBe(0);
  await finish(again.body.id);
  expect(arrived('late')).toHaveLength(31);
});

test('is explained, marked in its attempts, listed among the replays, and audited', async () => {
  await publish('e1');
  harness.clock.advance(second);
  const endpoint = await register('late');
  const told = async (): Promise<object> =>
    (await harness.admin('GET', '/tenants/acme/events/e1/explain')).body.data[0];
  expect(await told()).toMatchObject({ reason: 'created_later', delivery: null });
  const { body } = await backfill(endpoint.id);
  await step();
  expect(await told()).toMatchObject({ reason: 'owed', delivery: { state: 'delivered' } });
  const [delivery] = (await harness.admin('GET', '/tenants/acme/deliveries?event=e1')).body.data;
  const { body: detail } = await harness.admin('GET', `/tenants/acme/deliveries/${delivery.id}`);
  expect(detail.attempts).toMatchObject([{ number: 1, trigger: 'replay', outcome: 'accepted' }]);
  const { body: list } = await harness.admin('GET', '/tenants/acme/replays');
  expect(list.data).toMatchObject([{ id: body.id, kind: 'backfill', done: 1, delivered: 1 }]);
  const { body: audit } = await harness.admin('GET', '/audit?command=createBackfill');
  expect(audit.data).toMatchObject([
    { target: body.id, noun: 'replay', after: { kind: 'backfill', endpoint: endpoint.id } },
  ]);
});

test('obeys the filter and the types, retries what fails, and can be stopped', async () => {
  for (const id of numbered(20)) await publish(id, { payload: { amount: Number(id.slice(1)) } });
  await publish('refund', { type: 'refund.paid', payload: { amount: 99 } });
  harness.clock.advance(second);
  const { id } = await register('late', { filter: { amount: { $gte: 10 } } });
  const { body } = await backfill(id, { eventTypes: ['payment.paid'], ratePerSecond: 1 });
  expect(body.total).toBe(10);
  receiver.answer = () => 500;
  await step();
  receiver.answer = () => 200;
  expect(await progress(body.id)).toMatchObject({ done: 1, failed: 1 });
  harness.clock.advance(10 * second);
  await harness.turn();
  expect(arrived('late')).toEqual(['e10', 'e10']);
  expect((await harness.admin('DELETE', `/tenants/acme/replays/${body.id}`)).status).toBe(204);
  await step();
  await step();
  expect(arrived('late')).toHaveLength(2);
  expect(await progress(body.id)).toMatchObject({ state: 'stopped', done: 1 });
});

test('comes after newer events of its ordering key that wait', async () => {
  for (const id of ['a', 'b']) await publish(id, { orderingKey: 'k' });
  harness.clock.advance(second);
  const { id } = await register('late');
  await publish('c', { orderingKey: 'k' });
  const { body } = await backfill(id);
  await finish(body.id);
  expect(arrived('late')).toEqual(['c', 'a', 'b']);
});

test('bad terms are refused by name', async () => {
  const { id } = await register('late');
  const in1h = new Date(harness.clock.now() + 3_600_000).toISOString();
  const refused = async (fields: object, endpoint = id): Promise<unknown[]> => {
    const { status, body } = await backfill(endpoint, fields);
    return [status, body.code, body.errors?.[0]?.field];
  };
  expect(await refused({ since: in1h })).toEqual([400, 'field_invalid', 'since']);
  expect(await refused({ until: '2020-01-01T00:00:00Z' })).toEqual([400, 'field_invalid', 'until']);
  expect(await refused({ ratePerSecond: 10_001 })).toEqual([400, 'field_invalid', 'ratePerSecond']);
  expect(await refused({ states: ['held'] })).toEqual([400, 'field_invalid', 'states']);
  expect(await refused({}, 'ep_none')).toEqual([404, 'endpoint_not_found', undefined]);
  expect((await harness.admin('GET', '/tenants/acme/replays')).body.data).toEqual([]);
});

test('the command line starts it, and needs the scope that replays need', async () => {
  await publish('e1');
  harness.clock.advance(second);
  const { id } = await register('late');
  const url = await harness.engine.http.listen({ host: '127.0.0.1', port: 0 });
  const environment = { CARILLON_SERVER: url, CARILLON_ADMIN_KEY: testKeys.adminKeys[0] ?? '' };
  const since = new Date(harness.clock.now() - 3_600_000).toISOString();
  const run = (...args: string[]) =>
    runInProcess(['endpoints', 'backfill', 'acme', id, '--since', since, ...args], { environment });
  expect((await run('--dry-run')).out).toBe('1 events would be delivered\n');
  const { out, code } = await run('--rate', '7', '--event-types', 'payment.paid');
  expect(code).toBe(0);
  expect(out).toMatch(/^backfill rpl_\w+ delivers 1 events\n.* replay watch acme rpl_/);
  const replay = /rpl_\w+/.exec(out)?.[0] ?? '';
  expect(await progress(replay)).toMatchObject({ ratePerSecond: 7, eventTypes: ['payment.paid'] });
  harness.clock.advance(settleMs);
  await finish(replay);
  expect(arrived('late')).toEqual(['e1']);
  const { out: listed } = await runInProcess(['replay', 'list', 'acme'], { environment });
  expect(listed).toMatch(/rpl_\w+ +backfill +finished/);
  const { out: shown } = await runInProcess(['replay', 'watch', 'acme', replay], { environment });
  expect(shown).toMatch(/kind +backfill\n/);

  const { body } = await harness.admin('POST', '/keys', { name: 'reader', scopes: ['read', 'endpoints'] });
  const path = `/admin/v1/tenants/acme/endpoints/${id}/backfill`;
  const denied = await harness.call('POST', path, { token: body.key, body: { since } });
  expect(denied.status).toBe(403);
});
