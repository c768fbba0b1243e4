import { expect, test } from 'vitest';
import { change, harness, publish, receiver, register, useServer } from './world.ts';

useServer();

/** What each path has received of notices: the type and the endpoint that it is about. */
function notices(path: string): [string, string][] {
  return receiver.requests
    .filter((request) => request.path === path && request.body.includes('"endpoint.'))
    .map(({ body }) => {
      const { type, data } = JSON.parse(body);
      return [type, data.endpoint];
    });
}

const at = (path: string) => ({ url: `${receiver.url}${path}` });
const never = { retry: { delaysMs: [] } };

/** Answers by path; 200 for paths that are not named. */
function answer(statuses: Record<string, number>): void {
  receiver.answer = ({ path }) => statuses[path] ?? 200;
}

async function publishTimes(times: number): Promise<void> {
  for (let index = 0; index < times; index++) {
    await publish();
    await harness.turn();
  }
}

test('the other endpoints of the tenant that name them are told, in the mode concerned', async () => {
  const rule = { disableAfter: { failures: 4 }, ...never };
  const { id } = await register({ ...at('/failing'), eventTypes: ['payment.*', 'endpoint.*'], ...rule });
  await register({ ...at('/named'), eventTypes: ['endpoint.disabled', '*'] });
  await register({ ...at('/prefixed'), eventTypes: ['endpoint.*'] });
  await register({ ...at('/all'), eventTypes: ['*'] });
  await register({ ...at('/test'), eventTypes: ['endpoint.*'], mode: 'test' });
  answer({ '/failing': 500 });
  await publishTimes(3);
  answer({});
  await publishTimes(1);
  answer({ '/failing': 500 });
  await publishTimes(4);
  const all = ['failing', 'recovered', 'failing', 'disabled'].map((kind) => [`endpoint.${kind}`, id]);
  expect(notices('/prefixed')).toEqual(all);
  expect(notices('/named')).toEqual(all.slice(3));
  expect(['/failing', '/all', '/test'].map(notices)).toEqual([[], [], []]);

  const told = receiver.requests.find(({ body }) => body.includes('endpoint.disabled'));
  expect(JSON.parse(told?.body ?? '').data).toEqual({
    endpoint: id,
    url: `${receiver.url}/failing`,
    reason: 'failing',
    failureCount: 4,
    firstFailureAt: expect.any(String),
    lastFailureAt: expect.any(String),
  });
});

test('nothing is published where nothing names them', async () => {
  await register({ ...at('/failing'), disableAfter: { failures: 1 }, ...never });
  await register(at('/all'));
  answer({ '/failing': 500 });
  await publishTimes(1);
  const { data } = (await harness.admin('GET', '/tenants/acme/events')).body;
  expect(data.map(({ type }: { type: string }) => type)).toEqual(['payment.paid']);
});

test('endpoints that fail and recover in turn do not tell each other forever', async () => {
  const rule = { disableAfter: { failures: 2 }, ...never };
  const first = await register({ ...at('/a'), eventTypes: ['payment.*', 'endpoint.*'], ...rule });
  const second = await register({ ...at('/b'), eventTypes: ['endpoint.*'], ...rule });
  const { id: watcher } = await register({ ...at('/watch'), eventTypes: ['endpoint.*'] });
  // Each path fails at every second request, so that each request makes a turn.
  const counts = new Map<string, number>();
  receiver.answer = ({ path }) => {
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    return path !== '/watch' && count % 2 === 1 ? 500 : 200;
  };
  await publishTimes(1);
  // The failure of the payment is told to both; that the notice failed at the second is told to neither.
  expect(notices('/watch')).toEqual([['endpoint.failing', first.id]]);
  expect(notices('/b')).toEqual([['endpoint.failing', first.id]]);
  await publishTimes(1);
  expect(notices('/watch')).toEqual([
    ['endpoint.failing', first.id],
    ['endpoint.recovered', first.id],
  ]);
  expect(receiver.requests).toHaveLength(6);
  await change(watcher, { eventTypes: ['payment.*'] });
  expect((await harness.admin('GET', `/tenants/acme/endpoints/${second.id}`)).body.failureCount).toBe(0);
});

test('tenants of a platform get none, and the operator gets them as before', async () => {
  await register({ ...at('/operator'), eventTypes: ['*'] }, 'operator');
  await harness.admin('POST', '/tenants', { id: 'shop', name: 'Shop', dialect: 'diddo' });
  const rule = { disableAfter: { failures: 1 }, ...never };
  const { id } = await register({ ...at('/shop'), ...rule }, 'shop');
  await register(at('/other'), 'shop');
  answer({ '/shop': 500 });
  await publish({ type: 'checkout.succeeded', payload: {} }, 'shop');
  await harness.turn();
  const told = notices('/operator').filter(([type]) => type === 'endpoint.disabled');
  expect(told).toEqual([['endpoint.disabled', id]]);
  expect(notices('/other')).toEqual([]);
  const { data } = (await harness.admin('GET', '/tenants/shop/events')).body;
  expect(data).toHaveLength(1);
});
