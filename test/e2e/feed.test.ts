// The feed of what was published, and the tail of attempts, over the admin API and the standard dialect.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EventStream, openStream } from '../support/event-stream.ts';
import { boot, type Harness, testKeys } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const days = 86_400_000;
const authorization = `Bearer ${testKeys.adminKeys[0]}`;
let harness: Harness;
let url: string;
const streams: EventStream[] = [];

beforeEach(async () => {
  harness = await boot();
  // The feed answers what is some seconds old on the first day of a number.
  harness.clock.advance(60_000);
  for (const id of ['acme', 'other']) {
    await harness.admin('POST', '/tenants', { id, name: id, dialect: 'standard' });
  }
  url = await harness.engine.http.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  streams.splice(0).forEach((stream) => stream.close());
  await harness.close();
});

async function publish(id: string, fields: Record<string, unknown> = {}, tenant = 'acme') {
  const event = { id, type: 'payment.paid', payload: { amount: 1050 }, ...fields };
  const { status, body } = await harness.admin('POST', `/tenants/${tenant}/events`, event);
  expect(status, JSON.stringify(body)).toBe(202);
}

async function read(query = '', path = '/tenants/acme/feed') {
  const { status, body } = await harness.admin('GET', `${path}${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

const idsOf = (page: { data: { id: string }[] }): string[] => page.data.map(({ id }) => id);

async function stream(path: string, headers: Record<string, string> = {}): Promise<EventStream> {
  const opened = await openStream(`${url}/admin/v1${path}`, { authorization, ...headers });
  streams.push(opened);
  return opened;
}

describe('the feed', () => {
  test('has everything of a tenant in order, each with the position before it', async () => {
    for (const id of ['a', 'b', 'c']) await publish(id);
    await publish('x', {}, 'other');
    await publish('t', { mode: 'test' });
    const page = await read();
    expect(idsOf(page)).toEqual(['a', 'b', 'c', 't']);
    expect(page.data[0]).toMatchObject({ previous: null, tenant: 'acme', payload: { amount: 1050 } });
    for (const [index, { previous }] of page.data.slice(1).entries()) {
      expect(previous).toBe(page.data[index].cursor);
    }
    const second = await read(`?after=${page.data[1].cursor}&limit=1`);
    expect(idsOf(second)).toEqual(['c']);
    expect(second.data[0].previous).toBe(page.data[1].cursor);
    expect(second.cursor).toBe(second.data[0].cursor);
    expect(idsOf(await read('?mode=test'))).toEqual(['t']);
    expect(idsOf(await read('', '/feed'))).toEqual(['a', 'b', 'c', 'x', 't']);
  });

  test('goes on behind an empty page, and from now on', async () => {
    await publish('a');
    const now = await read('?after=now');
    expect(now.data).toEqual([]);
    const end = await read(`?after=${(await read()).cursor}`);
    expect(end.data).toEqual([]);
    await publish('b');
    expect(idsOf(await read(`?after=${now.cursor}`))).toEqual(['b']);
    expect(idsOf(await read(`?after=${end.cursor}`))).toEqual(['b']);
  });

  test('keeps a payload as it was published', async () => {
    const payload = '{ "amount": 1.50,\n "big": 12345678901234567890 }';
    await harness.admin('POST', '/tenants/acme/events', `{"id":"a","type":"p","payload":${payload}}`);
    const response = await fetch(`${url}/admin/v1/tenants/acme/feed`, { headers: { authorization } });
    expect(await response.text()).toContain(payload);
    const opened = await stream('/tenants/acme/feed');
    await opened.received(1);
    expect(opened.text()).toContain('{ "amount": 1.50,  "big": 12345678901234567890 }'.replace(',  ', ',  '));
  });

  test('waits, and wakes at once', async () => {
    const { cursor } = await read();
    const waiting = read(`?after=${cursor}&wait=30`);
    await publish('a');
    expect(idsOf(await waiting)).toEqual(['a']);
  });

  test('is a stream for a client that accepts one, which goes on where it ended', async () => {
    await publish('a');
    const opened = await stream('/tenants/acme/feed');
    expect((await opened.received(1))[0]).toMatchObject({ event: 'event', data: { id: 'a' } });
    await publish('b');
    const [, b] = await opened.received(2);
    expect(b?.data.id).toBe('b');
    opened.close();
    await publish('c');
    const again = await stream('/tenants/acme/feed', { 'last-event-id': b?.id ?? '' });
    const [first] = await again.received(1);
    expect(first).toMatchObject({ event: 'event', data: { id: 'c', previous: b?.id } });
  });

  test('a cursor that is older than what is kept is told as such, and one that is read on is not', async () => {
    await publish('a');
    const { cursor } = await read();
    harness.clock.advance(20 * days);
    const idle = (await read(`?after=${cursor}`)).cursor;
    harness.clock.advance(20 * days);
    const expired = await harness.admin('GET', `/tenants/acme/feed?after=${cursor}`);
    expect(expired).toMatchObject({ status: 410, body: { code: 'cursor_expired' } });
    expect(expired.body.detail).toContain('leave "after" out');
    expect((await read(`?after=${idle}`)).data).toEqual([]);
    expect(await harness.admin('GET', '/tenants/acme/feed?after=abc')).toMatchObject({
      status: 400,
      body: { code: 'cursor_invalid' },
    });
  });

  test('a client reads that of its tenant and mode', async () => {
    const { token } = (await harness.admin('POST', '/tenants/acme/credentials', { mode: 'live' })).body;
    await publish('a');
    await publish('t', { mode: 'test' });
    await publish('x', {}, 'other');
    const page = await harness.call('GET', '/v1/feed?limit=10', { token });
    expect(page.status).toBe(200);
    expect(idsOf(page.body)).toEqual(['a']);
    expect((await harness.call('GET', '/v1/feed')).status).toBe(401);
    expect((await harness.call('GET', '/v1/feed?wait=31', { token })).status).toBe(400);
  });
});

describe('the tail', () => {
  let receiver: Receiver;

  beforeEach(async () => {
    receiver = await startReceiver();
    for (const tenant of ['acme', 'other']) {
      await harness.admin('POST', `/tenants/${tenant}/endpoints`, {
        url: `${receiver.url}/${tenant}`,
        eventTypes: ['*'],
      });
    }
  });

  afterEach(() => receiver.close());

  /** Lets the stream look again: its pauses are by the clock of the test. */
  async function until(isDone: () => boolean): Promise<void> {
    for (let tries = 0; tries < 200 && !isDone(); tries++) {
      harness.clock.advance(250);
      await harness.admin('GET', '/tenants');
    }
    expect(isDone()).toBe(true);
  }

  test('shows attempts as they are recorded, once each, by its filters', async () => {
    await publish('before');
    await harness.turn();
    const all = await stream('/tail');
    const some = await stream('/tail?tenant=other&outcome=accepted&type=payment.paid');
    const none = await stream('/tail?outcome=unreachable');
    const key = await harness.admin('POST', '/keys', { name: 'x', scopes: ['read'], tenants: ['other'] });
    const limited = await stream('/tail', { authorization: `Bearer ${key.body.key}` });
    await publish('a');
    await publish('b', {}, 'other');
    await harness.turn();
    await until(() => all.events.length >= 2 && some.events.length >= 1);
    await publish('c', { type: 'payment.failed' }, 'other');
    await harness.turn();
    await until(() => all.events.length >= 3);
    expect(all.events.map(({ data }) => data.event).toSorted((x, y) => x.localeCompare(y))).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(all.events[0]).toMatchObject({ event: 'attempt', data: { outcome: 'accepted', number: 1 } });
    expect(some.events.map(({ data }) => data.event)).toEqual(['b']);
    await until(() => limited.events.length >= 2);
    expect(limited.events.map(({ data }) => data.tenant)).toEqual(['other', 'other']);
    expect(none.events).toEqual([]);
    expect((await stream('/tail?tenant=none')).status).toBe(404);
  });
});
