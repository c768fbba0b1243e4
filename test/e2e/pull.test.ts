// Pull endpoints, stepped with a fake clock on a real database, over the admin API and the standard dialect.
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EventStream, openStream } from '../support/event-stream.ts';
import { boot, type Harness, testKeys } from '../support/harness.ts';

let harness: Harness;

beforeEach(async () => {
  harness = await boot();
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
});

afterEach(() => harness.close());

async function register(fields: Record<string, unknown> = {}, tenant = 'acme') {
  const body = { kind: 'pull', eventTypes: ['*'], ...fields };
  const { status, body: made } = await harness.admin('POST', `/tenants/${tenant}/endpoints`, body);
  expect(status, JSON.stringify(made)).toBe(201);
  return made;
}

async function publish(fields: Record<string, unknown> = {}, tenant = 'acme') {
  const event = { type: 'payment.paid', payload: { amount: 1050 }, ...fields };
  const { status, body } = await harness.admin('POST', `/tenants/${tenant}/events`, event);
  expect(status, JSON.stringify(body)).toBe(202);
  return body;
}

const at = (id: string, verb: string): string => `/tenants/acme/endpoints/${id}/${verb}`;

async function pull(id: string, body: Record<string, unknown> = {}) {
  const answered = await harness.admin('POST', at(id, 'pull'), body);
  expect(answered.status, JSON.stringify(answered.body)).toBe(200);
  return answered.body.data;
}

async function report(id: string, results: readonly object[]) {
  const answered = await harness.admin('POST', at(id, 'results'), { results });
  expect(answered.status, JSON.stringify(answered.body)).toBe(200);
  return answered.body.data;
}

const leaseOf = ({ delivery, lease }: { delivery: string; lease: number }) => ({ delivery, lease });

async function delivery(id: string) {
  return (await harness.admin('GET', `/tenants/acme/deliveries/${id}`)).body;
}

describe('an endpoint of kind pull', () => {
  test('is shown without a URL, and has no use for one', async () => {
    const { id, secret, ...shown } = await register();
    expect(shown).toMatchObject({ kind: 'pull', url: null, enabled: true });
    expect(secret).toMatch(/^whsec_/);
    const path = '/tenants/acme/endpoints';
    for (const body of [
      { kind: 'pull', url: 'https://example.com/', eventTypes: ['*'] },
      { eventTypes: ['*'] },
      { kind: 'push', eventTypes: ['*'] },
      { kind: 'poll', eventTypes: ['*'] },
    ]) {
      const { status, body: refusal } = await harness.admin('POST', path, body);
      expect(status, JSON.stringify(body)).toBe(400);
      expect(refusal.errors[0].field).toMatch(/^(url|kind)$/);
    }
    const changed = await harness.admin('PATCH', `${path}/${id}`, { url: 'https://example.com/' });
    expect(changed).toMatchObject({ status: 400, body: { errors: [{ field: 'url' }] } });
    const listed = await harness.admin('GET', path);
    expect(listed.body.data).toMatchObject([{ id, kind: 'pull', url: null }]);
  });

  test('is never sent to: its deliveries wait', async () => {
    const { id } = await register();
    const event = await publish();
    await harness.turn();
    expect(harness.engine.worker.counts).toMatchObject({ inFlight: 0, buffered: 0 });
    const { body } = await harness.admin('GET', `/tenants/acme/deliveries?endpoint=${id}`);
    expect(body.data).toMatchObject([
      { event: event.id, state: 'pending', inFlight: false, attemptCount: 0 },
    ]);
  });

  test.each(['spritz', 'chip', 'diddo', 'calypso'])(
    'is not on the wire of %s, and is signed as this signs',
    async (dialect) => {
      await harness.admin('POST', '/tenants', { id: 'other', name: 'Other', dialect });
      const { id } = await register({}, 'other');
      const { samples } = await import('#dialects/index.ts').then(({ dialects }) => {
        const found = dialects.find(({ name }) => name === dialect);
        if (found === undefined) throw new Error(dialect);
        return found.events;
      });
      const [sample] = samples;
      await publish({ type: sample?.type, payload: sample?.payload }, 'other');
      const path = `/tenants/other/endpoints/${id}/pull`;
      const [pulled] = (await harness.admin('POST', path, {})).body.data;
      expect(pulled.eventType).toBe(sample?.type);
      expect(Object.keys(pulled.headers).length).toBeGreaterThan(0);
      const { openapi } = { openapi: (await harness.call('GET', `/openapi/${dialect}.json`)).body };
      expect(JSON.stringify(openapi)).not.toContain('pullDeliveries');
    },
  );
});

describe('a pull', () => {
  test('hands out what a push would send, rendered and signed', async () => {
    const { id, secret } = await register();
    const { id: event } = await publish({ id: 'evt-1', orderingKey: 'k' });
    const [pulled] = await pull(id);
    expect(pulled).toMatchObject({
      event,
      lease: 1,
      attempt: 1,
      trigger: 'schedule',
      orderingKey: 'k',
      leaseUntil: new Date(harness.clock.now() + 60_000).toISOString(),
    });
    const body = Buffer.from(pulled.body, 'base64').toString();
    // The clock of the test is not that of the library, which refuses old times.
    const timestamp = new Date(Number(pulled.headers['webhook-timestamp']) * 1000);
    expect(timestamp.getTime()).toBe(harness.clock.now());
    expect(new Webhook(secret).sign('evt-1', timestamp, body)).toBe(pulled.headers['webhook-signature']);
    expect(await pull(id)).toEqual([]);
    expect(await delivery(pulled.delivery)).toMatchObject({ state: 'pending', inFlight: true });
  });

  test('records what came of it as an attempt', async () => {
    const { id } = await register();
    await publish();
    const [pulled] = await pull(id);
    const body = Buffer.from('thanks').toString('base64');
    const result = { ...leaseOf(pulled), status: 200, durationMs: 12, headers: { 'X-A': 'b' }, body };
    expect(await report(id, [result])).toEqual([
      { delivery: pulled.delivery, status: 200, code: null, state: 'delivered', dueAt: null },
    ]);
    const shown = await delivery(pulled.delivery);
    expect(shown).toMatchObject({ state: 'delivered', url: null });
    expect(shown.attempts).toMatchObject([
      { number: 1, outcome: 'accepted', status: 200, durationMs: 12, url: null, responseBody: 'thanks' },
    ]);
    expect(shown.attempts[0].responseHeaders).toEqual({ 'x-a': 'b' });
    expect(shown.attempts[0].requestHeaders).toEqual(pulled.headers);
  });

  test('is tried again by the schedule, and its failures count', async () => {
    const { id } = await register({
      disableAfter: { failures: 3 },
      retry: { delaysMs: [5_000, 5_000, 5_000], jitter: 0 },
    });
    await publish();
    const [first] = await pull(id);
    const [failed] = await report(id, [{ ...leaseOf(first), error: 'connection_refused' }]);
    expect(failed).toMatchObject({
      state: 'pending',
      dueAt: new Date(harness.clock.now() + 5_000).toISOString(),
    });
    expect(await pull(id)).toEqual([]);
    harness.clock.advance(5_000);
    const [second] = await pull(id);
    expect(second).toMatchObject({ delivery: first.delivery, attempt: 2 });
    await report(id, [{ ...leaseOf(second), status: 500 }]);
    harness.clock.advance(5_000);
    const [third] = await pull(id);
    await report(id, [{ ...leaseOf(third), status: 503 }]);
    const endpoint = (await harness.admin('GET', `/tenants/acme/endpoints/${id}`)).body;
    expect(endpoint).toMatchObject({ enabled: false, disabledReason: 'failing', failureCount: 3 });
    harness.clock.advance(60_000);
    expect(await pull(id)).toEqual([]);
    const { attempts } = await delivery(first.delivery);
    expect(attempts.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'unreachable',
      'refused',
      'refused',
    ]);
    expect(attempts[0].error.code).toBe('connection_refused');
  });

  test('keeps the order of a key, and a failure holds up what is behind it', async () => {
    const { id } = await register({ retry: { delaysMs: [1_000], jitter: 0 } });
    for (const event of ['a', 'b', 'c']) await publish({ id: event, orderingKey: 'k' });
    const seen: string[] = [];
    for (let round = 0; round < 10 && seen.length < 4; round++) {
      const pulled = await pull(id);
      expect(pulled.length).toBeLessThanOrEqual(1);
      if (pulled.length === 0) harness.clock.advance(1_000);
      for (const one of pulled) {
        seen.push(one.event);
        await report(id, [{ ...leaseOf(one), status: one.event === 'a' && one.attempt === 1 ? 500 : 200 }]);
      }
    }
    expect(seen).toEqual(['a', 'a', 'b', 'c']);
  });

  test('whose lease has ended is lost for its client, and the others are recorded', async () => {
    const { id } = await register();
    await publish({ id: 'a' });
    await publish({ id: 'b' });
    const [early] = await pull(id, { max: 1, leaseMs: 1_000 });
    harness.clock.advance(1_000);
    const again = await pull(id);
    expect(again.map(({ event }: { event: string }) => event).toSorted()).toEqual(['a', 'b']);
    const results = [early, ...again].map((one) => ({ ...leaseOf(one), status: 200 }));
    const verdicts = await report(id, results);
    expect(verdicts.map(({ status }: { status: number }) => status)).toEqual([409, 200, 200]);
    expect(verdicts[0]).toEqual({
      delivery: early.delivery,
      status: 409,
      code: 'claim_lost',
      state: null,
      dueAt: null,
    });
    const repeated = await report(id, results.slice(1));
    expect(repeated.map(({ code }: { code: string }) => code)).toEqual(['claim_lost', 'claim_lost']);
  });

  test('carries what the transform of its endpoint makes, the same bytes again after a failure', async () => {
    const transform = (text: string) =>
      `({ payload, type }) => type === 'none' ? null : type === 'bad' ? payload.a.b : ({ payload: { text: '${text}', ...payload }, headers: { 'X-Own': '1' }, path: '/elsewhere' })`;
    const { id } = await register({ transform: transform('one') });
    await publish({ type: 'none' });
    await publish({ type: 'bad', id: 'bad' });
    await publish({ id: 'evt-1' });
    const pulled = await pull(id);
    expect(pulled).toHaveLength(1);
    const [first] = pulled;
    const bodyOf = (given: { body: string }) => JSON.parse(Buffer.from(given.body, 'base64').toString()).data;
    expect(bodyOf(first)).toEqual({ text: 'one', amount: 1050 });
    expect(first.headers).toMatchObject({ 'X-Own': '1' });
    const all = (await harness.admin('GET', '/tenants/acme/deliveries')).body.data;
    const failedId = all.find(({ event }: { event: string }) => event === 'bad').id;
    expect((await delivery(failedId)).attempts).toMatchObject([
      { error: { code: 'transform_failed' }, url: null },
    ]);
    expect(all.map(({ state }: { state: string }) => state).toSorted()).toEqual([
      'canceled',
      'pending',
      'pending',
    ]);
    const failed = await report(id, [{ ...leaseOf(first), status: 500 }]);
    await harness.admin('PATCH', `/tenants/acme/endpoints/${id}`, { transform: transform('two') });
    harness.clock.advance(Date.parse(failed[0].dueAt) - harness.clock.now());
    const again = (await pull(id)).find(({ event }: { event: string }) => event === 'evt-1');
    expect(again).toMatchObject({ attempt: 2, body: first.body, headers: { 'X-Own': '1' } });
    await report(id, [{ ...leaseOf(again), status: 200 }]);
    await publish({ id: 'evt-2' });
    const next = (await pull(id)).find(({ event }: { event: string }) => event === 'evt-2');
    expect(bodyOf(next)).toEqual({ text: 'two', amount: 1050 });
  });

  test('is extended, and released untried', async () => {
    const { id } = await register();
    await publish();
    const [pulled] = await pull(id, { leaseMs: 1_000 });
    const leases = [leaseOf(pulled)];
    const extended = await harness.admin('POST', at(id, 'extend'), { leases, leaseMs: 10_000 });
    const leaseUntil = new Date(harness.clock.now() + 10_000).toISOString();
    expect(extended.body.data).toEqual([{ delivery: pulled.delivery, status: 200, code: null, leaseUntil }]);
    harness.clock.advance(5_000);
    expect(await pull(id)).toEqual([]);
    const released = await harness.admin('POST', at(id, 'release'), { leases });
    expect(released.body.data[0]).toMatchObject({ status: 200 });
    expect((await harness.admin('POST', at(id, 'release'), { leases })).body.data[0]).toMatchObject({
      status: 409,
      code: 'claim_lost',
    });
    const [again] = await pull(id);
    expect(again).toMatchObject({ delivery: pulled.delivery, attempt: 1 });
    expect((await delivery(pulled.delivery)).attempts).toEqual([]);
  });

  test('waits, and wakes at once when something is published', async () => {
    const { id } = await register();
    const waiting = pull(id, { waitMs: 30_000 });
    await publish({ id: 'a' });
    expect(await waiting).toMatchObject([{ event: 'a' }]);
    const over = pull(id, { waitMs: 30_000 });
    for (let ms = 0; ms < 30; ms++) {
      await new Promise(setImmediate);
      await harness.admin('GET', '/tenants');
    }
    harness.clock.advance(30_000);
    expect(await over).toEqual([]);
  });

  test('survives a restart of the server', async () => {
    const { id } = await register();
    await publish();
    const [pulled] = await pull(id);
    await harness.restart();
    expect(await pull(id)).toEqual([]);
    expect(await report(id, [{ ...leaseOf(pulled), status: 204 }])).toMatchObject([{ state: 'delivered' }]);
  });

  test('bad input is refused by name, and nothing changes', async () => {
    const { id } = await register();
    const push = await harness.admin('POST', '/tenants/acme/endpoints', {
      url: 'http://127.0.0.1:1/',
      eventTypes: ['none'],
    });
    await publish();
    const lease = { delivery: 'dlv_1', lease: 1 };
    for (const [verb, body, field] of [
      ['pull', { max: 101 }, 'max'],
      ['pull', { waitMs: 30_001 }, 'waitMs'],
      ['pull', { leaseMs: 999 }, 'leaseMs'],
      ['pull', { leaseMs: 3_600_001 }, 'leaseMs'],
      ['results', { results: [] }, 'results'],
      ['results', { results: [{ ...lease }] }, 'results[0]'],
      ['results', { results: [{ ...lease, status: 200, error: 'timeout' }] }, 'results[0]'],
      ['results', { results: [{ ...lease, status: 99 }] }, 'results[0].status'],
      ['results', { results: [{ ...lease, error: 'tired' }] }, 'results[0].error'],
      ['results', { results: [{ ...lease, status: 200, body: 'é' }] }, 'results[0].body'],
      ['extend', { leases: [{ delivery: 'dlv_1', lease: 0 }] }, 'leases[0].lease'],
      ['release', { leases: Array.from({ length: 101 }, () => lease) }, 'leases'],
    ] as const) {
      const { status, body: refusal } = await harness.admin('POST', at(id, verb), body);
      expect(status, JSON.stringify(body)).toBe(400);
      expect(refusal.errors[0].field).toBe(field);
    }
    const refused = await harness.admin('POST', at(push.body.id, 'pull'), {});
    expect(refused).toMatchObject({
      status: 400,
      body: { code: 'field_invalid', errors: [{ field: 'id' }] },
    });
    expect((await harness.admin('POST', at('ep_none', 'pull'), {})).status).toBe(404);
    expect(await pull(id)).toHaveLength(1);
  });
});

describe('a client of the standard dialect', () => {
  test('creates, pulls and reports with its token, and touches no other tenant', async () => {
    const token = (await harness.admin('POST', '/tenants/acme/credentials', { mode: 'live' })).body.token;
    await harness.admin('POST', '/tenants', { id: 'other', name: 'Other', dialect: 'standard' });
    const foreign = await register({}, 'other');
    const created = await harness.call('POST', '/v1/endpoints', {
      token,
      body: { kind: 'pull', eventTypes: ['*'] },
    });
    expect(created).toMatchObject({ status: 201, body: { kind: 'pull', url: null } });
    await publish();
    const path = `/v1/endpoints/${created.body.id}`;
    const pulled = await harness.call('POST', `${path}/pull`, { token, body: { max: 5 } });
    expect(pulled.body.data).toHaveLength(1);
    const results = [{ ...leaseOf(pulled.body.data[0]), status: 200 }];
    const reported = await harness.call('POST', `${path}/results`, { token, body: { results } });
    expect(reported.body.data).toMatchObject([{ status: 200, state: 'delivered' }]);
    const stolen = await harness.call('POST', `/v1/endpoints/${foreign.id}/pull`, { token, body: {} });
    expect(stolen.status).toBe(404);
    expect((await harness.call('POST', `${path}/pull`, { body: {} })).status).toBe(401);
  });
});

describe('a stream', () => {
  let url: string;
  const streams: EventStream[] = [];
  const authorization = `Bearer ${testKeys.adminKeys[0]}`;

  beforeEach(async () => {
    url = await harness.engine.http.listen({ host: '127.0.0.1', port: 0 });
  });

  afterEach(() => streams.splice(0).forEach((stream) => stream.close()));

  async function stream(id: string, query = ''): Promise<EventStream> {
    const opened = await openStream(`${url}/admin/v1${at(id, 'stream')}${query}`, { authorization });
    streams.push(opened);
    return opened;
  }

  test('says first what was missed, then hands out, and goes on at once', async () => {
    const { id } = await register();
    await publish({ id: 'a' });
    harness.clock.advance(1_000);
    await publish({ id: 'b' });
    const opened = await stream(id);
    expect(opened).toMatchObject({ status: 200 });
    expect(opened.headers['content-type']).toBe('text/event-stream');
    const events = await opened.received(3);
    expect(events.map(({ event }) => event)).toEqual(['missed', 'delivery', 'delivery']);
    const since = new Date(harness.clock.now() - 1_000).toISOString();
    expect(events[0]?.data).toEqual({ count: 2, since });
    expect(events[1]?.id).toBe(`${events[1]?.data.delivery}.1`);
    await publish({ id: 'c' });
    expect((await opened.received(4))[3]?.data).toMatchObject({ event: 'c', attempt: 1 });
  });

  test('holds so many deliveries as it was asked for, until some are reported', async () => {
    const { id } = await register();
    for (const event of ['a', 'b', 'c']) await publish({ id: event });
    const opened = await stream(id, '?max=2');
    const events = await opened.received(3);
    expect(await pull(id)).toMatchObject([{ event: 'c' }]);
    await publish({ id: 'd' });
    await report(id, [{ ...leaseOf(events[1]?.data), status: 200 }]);
    expect((await opened.received(4))[3]?.data.event).toBe('d');
    expect(opened.events).toHaveLength(4);
  });

  test('shares the work with another one, and gets what a dead client had', async () => {
    const { id } = await register();
    const both = [await stream(id, '?max=1'), await stream(id, '?max=1')];
    await Promise.all(both.map((one) => one.received(1)));
    for (const event of ['a', 'b']) await publish({ id: event });
    const shared = await Promise.all(both.map((one) => one.received(2)));
    const seen = shared.map((events) => events[1]?.data.event);
    expect(new Set(seen)).toEqual(new Set(['a', 'b']));
    both[0]?.close();
    await report(id, [{ ...leaseOf(shared[1]?.[1]?.data), status: 200 }]);
    harness.clock.advance(60_000);
    expect((await both[1]?.received(3))?.[2]?.data).toMatchObject({ event: seen[0], attempt: 1 });
  });

  test('is kept alive by pings, and ends with the server', async () => {
    const { id } = await register();
    const opened = await stream(id);
    await opened.received(1);
    for (let tries = 0; tries < 100 && !opened.text().includes(': ping'); tries++) {
      harness.clock.advance(15_000);
      await harness.admin('GET', '/tenants');
    }
    expect(opened.text()).toContain(': ping\n\n');
    await harness.restart();
    await opened.ended;
    expect(opened.events.at(-1)).toMatchObject({ event: 'end', data: { code: 'unavailable' } });
  });

  test('ends when its endpoint is removed, and is refused where there is none', async () => {
    const { id } = await register();
    const opened = await stream(id);
    await opened.received(1);
    await harness.admin('DELETE', `/tenants/acme/endpoints/${id}`);
    await opened.ended;
    expect(opened.events.at(-1)).toMatchObject({ event: 'end', data: { code: 'endpoint_not_found' } });
    expect((await stream(id)).status).toBe(404);
  });

  test('has a bound per tenant, which a stream that has ended frees', async () => {
    await harness.close();
    harness = await boot({ CARILLON_STREAMS_PER_TENANT_MAX: '1' });
    url = await harness.engine.http.listen({ host: '127.0.0.1', port: 0 });
    await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const { id } = await register();
    const first = await stream(id);
    expect(first.status).toBe(200);
    const refused = await stream(id);
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '5' } });
    first.close();
    for (let tries = 0; tries < 100; tries++) {
      const next = await stream(id);
      if (next.status === 200) return;
    }
    expect.fail('the place was not freed');
  });

  test('a HEAD request opens none', async () => {
    const { id } = await register();
    await publish();
    const answered = await fetch(`${url}/admin/v1${at(id, 'stream')}`, {
      method: 'HEAD',
      headers: { authorization },
    });
    expect(answered.status).toBe(200);
    expect(await pull(id)).toHaveLength(1);
  });
});
