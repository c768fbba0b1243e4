// Explaining an event: to which endpoints it went, and why not to the others.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boot, type Harness, testKeys } from '../support/harness.ts';
import { runInProcess } from '../support/in-process.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

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

const names = new Map<string, string>();

async function register(name: string, fields: object = {}): Promise<string> {
  const given = { url: `${receiver.url}/${name}`, eventTypes: ['*'], ...fields };
  const { body } = await harness.admin('POST', '/tenants/acme/endpoints', given);
  names.set(body.id, name);
  return body.id;
}

const change = (id: string, fields: object) =>
  harness.admin('PATCH', `/tenants/acme/endpoints/${id}`, fields);

async function publish(id: string, fields: object = {}): Promise<void> {
  const event = { id, type: 'payment.paid', payload: { amount: 5 }, ...fields };
  expect((await harness.admin('POST', '/tenants/acme/events', event)).status).toBe(202);
}

const explain = (id: string, query = '') =>
  harness.admin('GET', `/tenants/acme/events/${id}/explain${query}`);

/** By the name of the endpoint: the reason, its basis, and the state of the delivery. */
async function told(id: string, query = ''): Promise<Record<string, unknown>> {
  const { status, body } = await explain(id, query);
  expect(status, JSON.stringify(body)).toBe(200);
  return Object.fromEntries(
    body.data.map(
      (one: { endpoint: string; reason: string; basis: string; delivery: { state: string } | null }) => [
        names.get(one.endpoint),
        [one.reason, one.basis, one.delivery?.state ?? null],
      ],
    ),
  );
}

test('each endpoint has its reason, and what is recorded is told from what is inferred', async () => {
  const filter = { amount: { $gte: 10 } };
  await register('gets');
  await register('off');
  await register('other', { mode: 'test' });
  await register('typed', { eventTypes: ['refund.*'] });
  await register('filtered', { filter });
  const changed = await register('changed', { eventTypes: ['refund.*'] });
  const gone = await register('gone');
  const before = await register('before');
  const off = [...names].find(([, name]) => name === 'off')?.[0] ?? '';
  for (const id of [off, gone]) await harness.admin('POST', `/tenants/acme/endpoints/${id}/disable`);
  await harness.admin('DELETE', `/tenants/acme/endpoints/${before}`);
  harness.clock.advance(10);
  await publish('e1');
  harness.clock.advance(10);
  await register('later');
  await harness.admin('DELETE', `/tenants/acme/endpoints/${gone}`);
  await change(changed, { eventTypes: ['payment.*'] });

  const reasons = {
    gets: ['owed', 'recorded', 'delivered'],
    off: ['disabled', 'recorded', 'held'],
    other: ['other_mode', 'recorded', null],
    typed: ['not_subscribed', 'recorded', null],
    filtered: ['filtered', 'recorded', null],
    changed: ['unknown', 'inferred', null],
    gone: ['endpoint_removed', 'recorded', 'canceled'],
    before: ['removed_before', 'recorded', null],
    later: ['created_later', 'recorded', null],
  };
  await harness.turn();
  expect(await told('e1')).toEqual(reasons);
  const { body } = await explain('e1');
  expect(body.event).toMatchObject({ id: 'e1', deliveries: 3, filtered: 1 });
  const filtered = body.data.find(({ endpoint }: { endpoint: string }) => names.get(endpoint) === 'filtered');
  expect(filtered.filterReasons).toEqual([{ path: 'amount', message: expect.stringContaining('is 5') }]);
});

test('a canceled delivery is explained by what the endpoint selects now', async () => {
  const [dropped, narrowed, purged] = [
    await register('dropped'),
    await register('narrowed'),
    await register('purged'),
  ];
  for (const id of [dropped, narrowed, purged])
    await harness.admin('POST', `/tenants/acme/endpoints/${id}/disable`);
  await publish('e1');
  await change(dropped, { eventTypes: ['refund.paid'] });
  await change(narrowed, { filter: { amount: 1 } });
  await harness.admin('POST', `/tenants/acme/endpoints/${purged}/purge`);
  expect(await told('e1')).toEqual({
    dropped: ['not_subscribed', 'inferred', 'canceled'],
    narrowed: ['filtered', 'inferred', 'canceled'],
    purged: ['canceled', 'inferred', 'canceled'],
  });
});

test('a test event went to one endpoint alone', async () => {
  const id = await register('tested');
  await register('another');
  const { body } = await harness.admin('POST', `/tenants/acme/endpoints/${id}/test`);
  await harness.turn();
  expect(await told(body.id)).toEqual({
    tested: ['owed', 'recorded', 'delivered'],
    another: ['test_event', 'recorded', null],
  });
});

test('endpoints come in pages, newest first, of one mode for a client', async () => {
  for (let index = 0; index < 5; index++) await register(`e${index}`);
  await register('test', { mode: 'test' });
  await publish('e1');
  const pages: string[][] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { body } = await explain('e1', `?limit=4${more}`);
    pages.push(body.data.map(({ endpoint }: { endpoint: string }) => names.get(endpoint)));
    cursor = body.nextCursor;
  }
  expect(pages).toEqual([
    ['test', 'e4', 'e3', 'e2'],
    ['e1', 'e0'],
  ]);

  const { body } = await harness.admin('POST', '/tenants/acme/credentials', { mode: 'live' });
  const asClient = (path: string) => harness.call('GET', `/v1${path}`, { token: body.token });
  const own = await asClient('/events/e1/explain?limit=200');
  expect(own.body).toMatchObject({ event: 'e1', eventType: 'payment.paid', data: { length: 5 } });
  expect((await asClient('/events/none/explain')).status).toBe(404);
  expect((await explain('none')).body.code).toBe('event_not_found');
  expect((await explain('e1', '?mode=test')).status).toBe(404);
});

test('the command line shows the same', async () => {
  await register('gets');
  await register('filtered', { filter: { amount: { $gte: 10 } } });
  await publish('e1');
  await harness.turn();
  const url = await harness.engine.http.listen({ host: '127.0.0.1', port: 0 });
  const environment = { CARILLON_SERVER: url, CARILLON_ADMIN_KEY: testKeys.adminKeys[0] ?? '' };
  const { out } = await runInProcess(['events', 'explain', 'acme', 'e1'], { environment });
  const [, first, second] = out.split('\n');
  expect(first).toMatch(/^ep_\w+ +live +filtered +recorded .* amount is 5/);
  expect(second).toMatch(/^ep_\w+ +live +owed +recorded +dlv_\w+ +delivered /);
});
