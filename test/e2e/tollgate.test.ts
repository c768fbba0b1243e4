// A dialect of another repository: a server is built with `examples/tollgate` beside its own dialects.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialects } from '#dialects/index.ts';
import { tollgate } from '../../examples/tollgate/dialect/index.ts';
import { boot, type Harness } from '../support/harness.ts';
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts';

let harness: Harness;
let receiver: Receiver;
let headers: Record<string, string>;

beforeAll(async () => {
  harness = await boot({}, { dialects: [...dialects, tollgate] });
  receiver = await startReceiver();
  await harness.admin('POST', '/tenants', { id: 'm1', name: 'Motorway 1', dialect: 'tollgate' });
  const { body } = await harness.admin('POST', '/tenants/m1/credentials', { mode: 'live' });
  headers = { 'tollgate-key': body.token };
});
afterAll(async () => {
  await harness.close();
  await receiver.close();
});

describe('a customer', () => {
  test('puts a hook, and an event is delivered and signed as documented', async () => {
    const put = await harness.call('PUT', '/tollgate/hooks/office', {
      headers,
      body: { url: `${receiver.url}/office`, listens_to: ['toll.paid'] },
    });
    expect(put).toMatchObject({ status: 201, body: { hook: { name: 'office', listens_to: ['toll.paid'] } } });
    const { signing_key: key, ...hook } = put.body.hook;
    expect(key).toMatch(/^tgk_[0-9a-f]{64}$/);
    const shown = await harness.call('GET', '/tollgate/hooks/office', { headers });
    expect(shown.body).toEqual({ hook });

    const details = { gate: 'A7-north', amount: '4.20' };
    const event = { type: 'toll.paid', payload: details };
    const published = await harness.admin('POST', '/tenants/m1/events', event);
    await harness.turn();
    const request = receiver.requests.find(({ path }) => path === '/office');
    expect(verify(request, key)).toEqual({
      id: published.body.id,
      event: 'toll.paid',
      at: Math.floor(harness.clock.now() / 1000),
      details,
    });
  });

  test('replaces the hook, whose key stays', async () => {
    const body = { url: `${receiver.url}/a`, listens_to: ['toll.paid', 'toll.refused'] };
    const first = await harness.call('PUT', '/tollgate/hooks/depot', { headers, body });
    const moved = { ...body, url: `${receiver.url}/b` };
    const second = await harness.call('PUT', '/tollgate/hooks/depot', { headers, body: moved });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual({ hook: { ...first.body.hook, url: moved.url } });
    await harness.admin('POST', '/tenants/m1/events', { type: 'toll.refused', payload: {} });
    await harness.turn();
    const [request, ...others] = receiver.requests.filter(({ path }) => path !== '/office');
    expect([request?.path, others]).toEqual(['/b', []]);
    expect(verify(request, first.body.hook.signing_key)).toMatchObject({ event: 'toll.refused' });
  });

  test('puts one hook by several requests at once', async () => {
    const put = (n: number) =>
      harness.call('PUT', '/tollgate/hooks/busy', {
        headers,
        body: { url: `${receiver.url}/busy-${n}`, listens_to: ['toll.paid'] },
      });
    const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(put));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
    const { body } = await harness.call('GET', '/tollgate/hooks', { headers });
    expect(body.hooks.filter((hook: { name: string }) => hook.name === 'busy')).toHaveLength(1);
  });

  test('learns of wrong values with a 422, and of an unknown path, in the form of the platform', async () => {
    const body = { url: 'https://localhost/', listens_to: [] };
    const wrong = await harness.call('PUT', '/tollgate/hooks/x', { headers, body });
    expect(wrong).toMatchObject({ status: 422, body: { refused: { reason: 'invalid' } } });
    const unknown = await harness.call('GET', '/tollgate/hooks/no/where');
    expect(unknown).toMatchObject({ status: 404, body: { refused: { reason: 'not_found' } } });
  });
});

test('an endpoint of the operator has a name by which the customer finds it', async () => {
  const made = await harness.admin('POST', '/tenants/m1/endpoints', {
    url: `${receiver.url}/c`,
    eventTypes: ['*'],
  });
  const name = made.body.id.replace('ep_', 'hook-');
  const shown = await harness.call('GET', `/tollgate/hooks/${name}`, { headers });
  expect(shown.body).toMatchObject({ hook: { name, listens_to: ['toll.paid', 'toll.refused'] } });
});

test('the served document describes its routes', async () => {
  const { body } = await harness.call('GET', '/openapi/tollgate.json');
  expect(body.info.title).toBe('Tollgate: hooks for tolls');
  expect(Object.keys(body.paths).toSorted()).toEqual(['/tollgate/hooks', '/tollgate/hooks/{name}']);
});

test('the guide computes the signature of the fixture with another tool', () => {
  const guide = readFileSync('docs/dialects/adding-one.md', 'utf8');
  const fixture = readFileSync('examples/tollgate/fixtures/delivery-toll-paid.json', 'utf8');
  const [, text = '', key = ''] = /printf '%s' '(.+)' \|\n.* -hmac (\S+)\n/.exec(guide) ?? [];
  expect(fixture).toContain(`,h=${createHmac('sha256', key).update(text).digest('hex')}"`);
});

/** The payload, when its signature is right by the platform's rules. */
function verify(request: Received | undefined, key: string): unknown {
  const { headers = {}, body = '' } = request ?? {};
  const [, time = '', mark = ''] =
    /^t=(\d+),h=([0-9a-f]{64})$/.exec(String(headers['tollgate-signature'])) ?? [];
  expect(mark).toBe(createHmac('sha256', key).update(`${time}.${body}`).digest('hex'));
  return JSON.parse(body);
}
