// What the clients of one tenant ask is limited per minute, by kind: 429 with `Retry-After`, in each wire form. Other
// tenants and the operator do not notice.
import { describe, expect, onTestFinished, test } from 'vitest';
import { dialects } from '#dialects/index.ts';
import { dialectClients } from '../contracts/dialect-clients.ts';
import { openWorld } from '../contracts/dialect-world.ts';
import { boot, type Harness } from '../support/harness.ts';

describe.each(dialectClients.map((client) => [client.name, client] as const))('in %s', (name, client) => {
  const open = async (flags: Record<string, string>) => {
    const dialect = dialects.find((each) => each.name === name);
    if (dialect === undefined) throw new Error(`there is no dialect ${name}`);
    const { world, close } = await openWorld(dialect, client, flags);
    onTestFinished(close);
    return world;
  };

  test('the third creation of a minute is refused when two are allowed', async () => {
    const world = await open({ CARILLON_ENDPOINTS_PER_MINUTE: '2' });
    const { harness, receiver } = world;
    const [tenant, other] = [await world.openTenant(), await world.openTenant()];
    await world.create(tenant, tenant.live);
    await world.create(tenant, tenant.test);
    const refused = await world.ask(tenant, tenant.live, client.roles.create);
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '30' } });
    expect(await world.list(tenant)).toHaveLength(1);
    await world.create(other);
    const imported = { url: `${receiver.url}/operator`, eventTypes: ['*'] };
    expect((await harness.admin('POST', `/tenants/${tenant.id}/endpoints`, imported)).status).toBe(201);
    harness.clock.advance(30_000);
    await world.create(tenant);
  });

  test('the third list of a minute is refused when two are allowed', async () => {
    const world = await open({ CARILLON_READS_PER_MINUTE: '2' });
    const { harness } = world;
    const [tenant, other] = [await world.openTenant(), await world.openTenant()];
    const list = client.roles.list;
    for (const credential of [tenant.live, tenant.test]) {
      expect(await world.ask(tenant, credential, list)).toMatchObject({ status: 200 });
    }
    expect(await world.ask(tenant, tenant.live, list)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '30' },
    });
    expect(await world.ask(other, other.live, list)).toMatchObject({ status: 200 });
    expect((await harness.admin('GET', `/tenants/${tenant.id}/endpoints`)).status).toBe(200);
    harness.clock.advance(30_000);
    expect(await world.ask(tenant, tenant.live, list)).toMatchObject({ status: 200 });
  });
});

describe('in standard', () => {
  async function openAcme(flags: Record<string, string>) {
    const harness: Harness = await boot(flags);
    onTestFinished(() => harness.close());
    await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const { token } = (await harness.admin('POST', '/tenants/acme/credentials', { mode: 'live' })).body;
    const url = 'http://127.0.0.1:1/';
    const { body } = await harness.admin('POST', '/tenants/acme/endpoints', { url, eventTypes: ['*'] });
    const ask = (method: string, path: string, json?: object) =>
      harness.call(method, `/v1${path}`, { token, ...(json === undefined ? {} : { body: json }) });
    return { harness, endpoint: String(body.id), ask };
  }

  test('test events, redeliveries and changes have limits of their own', async () => {
    const { harness, endpoint, ask } = await openAcme({
      CARILLON_TESTS_PER_MINUTE: '1',
      CARILLON_REDELIVERIES_PER_MINUTE: '1',
      CARILLON_REQUESTS_PER_MINUTE: '1',
    });
    await harness.admin('POST', '/tenants/acme/events', { type: 'order.paid', payload: {} });
    const [delivery] = (await ask('GET', '/deliveries')).body.data;
    const asks = [
      [202, () => ask('POST', `/endpoints/${endpoint}/test`), /send 1 test events per minute/],
      [202, () => ask('POST', `/deliveries/${delivery.id}/redeliver`), /ask for 1 redeliveries per minute/],
      [200, () => ask('PATCH', `/endpoints/${endpoint}`, { description: 'x' }), /make 1 changes per minute/],
    ] as const;
    for (const [status, once] of asks) expect((await once()).status).toBe(status);
    for (const [, again, detail] of asks) {
      expect(await again()).toMatchObject({
        status: 429,
        headers: { 'retry-after': '60' },
        body: { code: 'rate_limited', detail: expect.stringMatching(detail) },
      });
    }
    expect((await ask('GET', '/endpoints')).status).toBe(200);
  });

  test('reads that wait at once are refused beyond their number, and those of others are answered', async () => {
    const { harness, ask } = await openAcme({ CARILLON_READS_MAX: '3' });
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask('GET', '/deliveries')));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(answers.find(({ status }) => status === 429)?.headers).toMatchObject({ 'retry-after': '1' });
    expect((await harness.admin('GET', '/tenants/acme/deliveries')).status).toBe(200);
  });

  test('a delivery is redelivered up to a number of attempts', async () => {
    const { harness, ask } = await openAcme({});
    await harness.admin('POST', '/tenants/acme/events', { type: 'order.paid', payload: {} });
    const [{ id }] = (await ask('GET', '/deliveries')).body.data;
    const { attemptsMax } = harness.config.limits;
    await harness.turn();
    for (let attempts = 1; attempts < attemptsMax; attempts++) {
      expect((await ask('POST', `/deliveries/${id}/redeliver`)).status).toBe(202);
      await harness.turn();
    }
    const detail = (await ask('GET', `/deliveries/${id}`)).body;
    expect(detail.attemptCount).toBe(attemptsMax);
    const numbers = detail.attempts.map(({ number }: { number: number }) => number);
    expect(numbers).toEqual([1, ...Array.from({ length: 19 }, (_, n) => attemptsMax - 18 + n)]);
    expect(await ask('POST', `/deliveries/${id}/redeliver`)).toMatchObject({
      status: 409,
      body: { code: 'redelivery_limit_reached' },
    });
    const [since, until] = [0, 60_000].map((ms) =>
      new Date(harness.clock.now() - 60_000 + 2 * ms).toISOString(),
    );
    const order = { states: ['delivered'], since, until, dryRun: true };
    expect((await harness.admin('POST', '/tenants/acme/replays', order)).body).toMatchObject({ total: 0 });
    const all: number[] = [];
    for (let cursor = ''; ;) {
      const { body } = await ask('GET', `/deliveries/${id}/attempts?limit=60${cursor}`);
      all.push(...body.data.map(({ number }: { number: number }) => number));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(all).toEqual(Array.from({ length: attemptsMax }, (_, n) => attemptsMax - n));
    const page = await harness.admin('GET', `/tenants/acme/deliveries/${id}/attempts?limit=1`);
    expect(page.body.data).toMatchObject([{ number: attemptsMax, trigger: 'redelivery' }]);
    expect((await harness.admin('GET', '/tenants/acme/deliveries/dlv_0/attempts')).status).toBe(404);
  });
});
