// Every route that reads answers within a bound of bytes, time and memory, over a store that is filled to its limits: wide
// endpoints, long URLs, large payloads, deliveries with all the attempts that there may be.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { adminPrefix, routes } from '#contract/routes.ts';
import { responseBytesKept } from '#core/attempt.ts';
import { catalogueLimits } from '#core/catalogue.ts';
import { defaultLimits } from '#core/limits.ts';
import { dialects } from '#dialects/index.ts';
import { pageBytesMax } from '#store/cursor.ts';
import { dialectClients } from '../contracts/dialect-clients.ts';
import { openWorld } from '../contracts/dialect-world.ts';
import { boot, type Harness, testKeys } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

/** A page holds 1 MiB of stored text, which JSON escapes to at most six times as much; the names are the rest. */
const answerBytesMax = 6 * pageBytesMax + 256 * 1024;
/** On a machine with other load. A list reads for 20 ms. */
const answerMsMax = 2000;
const memoryBytesMax = 256 * 1024 * 1024;
const readers = 8;
const longest = (text: string, length: number): string => text + 'x'.repeat(length - text.length);
/** What is longest in JSON. */
const escaped = '\u0001'.repeat(responseBytesKept);

describe('a store filled to its limits', () => {
  let harness: Harness;
  let receiver: Receiver;
  let token = '';
  const ids = {
    tenant: 'acme',
    event: 'evt-large',
    endpoint: '',
    delivery: '',
    replay: '',
    alert: '',
    check: '',
    name: longest('type.', 100),
  };

  beforeAll(async () => {
    harness = await boot({ CARILLON_READS_PER_MINUTE: '1000000' });
    receiver = await startReceiver();
    receiver.answer = () => ({ status: 500, headers: {}, body: escaped });
    const admin: Harness['admin'] = (method, path, body) => harness.admin(method, path, body);
    const metadata = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`name-${n}`, 'y'.repeat(200)]));
    for (let n = 0; n < 40; n++)
      await admin('POST', '/tenants', { name: `t${n}`, dialect: 'standard', metadata });
    await admin('POST', '/tenants', { id: ids.tenant, name: 'Acme', dialect: 'standard', metadata });
    ({ token } = (await admin('POST', '/tenants/acme/credentials', { mode: 'live' })).body);
    const eventTypes = (n: number): string[] =>
      Array.from({ length: defaultLimits.eventTypesMax }, (_, m) => longest(`type.${n}.${m}.`, 100));
    for (let n = 0; n < 210; n++) {
      const url = longest(`${receiver.url}/${n}/`, defaultLimits.urlLengthMax);
      const made = await admin('POST', '/tenants/acme/endpoints', {
        url,
        eventTypes: eventTypes(n),
        metadata,
      });
      ids.endpoint = made.body.id;
    }
    const [type] = eventTypes(209);
    const payload = { text: '"'.repeat(defaultLimits.payloadBytesMax / 2 - 100) };
    for (let n = 0; n < 30; n++) {
      const id = n === 0 ? ids.event : `evt-${n}`;
      await admin('POST', '/tenants/acme/events', { id, type, payload, metadata });
    }
    await harness.turn();
    ids.delivery = (await admin('GET', `/tenants/acme/deliveries?event=${ids.event}`)).body.data[0].id;
    for (let n = 1; n < defaultLimits.attemptsMax; n++) {
      await admin('POST', `/tenants/acme/deliveries/${ids.delivery}/redeliver`);
      await harness.turn();
    }
    const since = new Date(harness.clock.now() - 1000).toISOString();
    const until = new Date(harness.clock.now()).toISOString();
    const order = { states: ['exhausted'], eventTypes: eventTypes(1), since, until };
    ids.replay = (await admin('POST', '/tenants/acme/replays', order)).body.id;
    const via = { kind: 'webhook', url: longest(`${receiver.url}/alerts`, defaultLimits.urlLengthMax) };
    const alert = { name: 'wide', types: ['endpoint.failing'], via };
    ids.alert = (await admin('POST', '/alerts', alert)).body.id;
    ids.check = (await admin('POST', `/tenants/acme/endpoints/${ids.endpoint}/check`, {})).body.id;
    const { schemaBytesMax, examplesBytesMax } = catalogueLimits;
    const content = {
      description: 'y'.repeat(4000),
      schema: { description: escaped.slice(0, schemaBytesMax / 8) },
      examples: [escaped.slice(0, examplesBytesMax / 8)],
    };
    for (let n = 0; n < 100; n++)
      await admin('PUT', `/event-types/${n === 0 ? ids.name : `type.${n}`}`, content);
  }, 300_000);

  afterAll(async () => {
    await harness.close();
    await receiver.close();
  });

  /** The path of a route about what is largest, with the largest page. */
  function fill(path: string): string {
    const listOf = /\/(\w+)\/\{id\}/.exec(path)?.[1];
    const { endpoint, event, delivery, replay, alert } = ids;
    const id = { endpoints: endpoint, events: event, deliveries: delivery, replays: replay, alerts: alert }[
      listOf ?? ''
    ];
    const parts = { '{tenant}': ids.tenant, '{id}': id ?? '', '{check}': ids.check, '{name}': ids.name };
    return path.replace(/\{\w+\}/g, (part) => parts[part as keyof typeof parts]);
  }

  async function measure(path: string, key: string): Promise<void> {
    const before = process.memoryUsage().rss;
    const answers = await Promise.all(
      Array.from({ length: readers }, async () => {
        const startedAt = performance.now();
        const { statusCode, rawPayload } = await harness.engine.http.inject({
          url: path,
          headers: { authorization: `Bearer ${key}` },
        });
        return { statusCode, bytes: rawPayload.length, ms: performance.now() - startedAt };
      }),
    );
    for (const { statusCode, bytes, ms } of answers) {
      expect(statusCode, path).toBe(200);
      expect(bytes, `${path} has so many bytes`).toBeLessThan(answerBytesMax);
      expect(ms / readers, `${path} took so many ms`).toBeLessThan(answerMsMax);
    }
    expect(process.memoryUsage().rss - before, `memory for ${path}`).toBeLessThan(memoryBytesMax);
  }

  /** The largest page, of lists that have pages. */
  const queryOf = (path: string): string => {
    if (path.endsWith('/feed')) return '?limit=100';
    return path.endsWith('}') || /stats|counts|\.openapi$/.test(path) ? '' : '?limit=200';
  };
  /** They do not end; see test/e2e/pull.test.ts and feed.test.ts. */
  const isStream = (path: string): boolean => /\/(stream|tail)$/.test(path);

  const admin = Object.values(routes).filter(({ method, path }) => method === 'GET' && !isStream(path));
  test.each(admin.map(({ path }) => path))('GET %s', async (path) => {
    await measure(`${adminPrefix}${fill(path)}${queryOf(path)}`, testKeys.adminKeys[0]);
  });

  const standard = dialects.find(({ name }) => name === 'standard')?.operations ?? [];
  test.each(
    standard.filter(({ method, path }) => method === 'GET' && !isStream(path)).map(({ path }) => path),
  )('GET %s', async (path) => {
    await measure(`${fill(path)}${queryOf(path)}`, token);
  });
});

describe.each(dialectClients.map((client) => [client.name, client] as const))('in %s', (name, client) => {
  test('the list of as many endpoints as there may be has a bound', { timeout: 120_000 }, async () => {
    const dialect = dialects.find((each) => each.name === name);
    if (dialect === undefined) throw new Error(`there is no dialect ${name}`);
    const { world, close } = await openWorld(dialect, client);
    onTestFinished(close);
    const tenant = await world.openTenant();
    // A key pair takes long to make.
    const { endpointsMax = dialect.secretsAhead === undefined ? 110 : 10, urlLengthMax } =
      dialect.endpointRules;
    for (let n = 0; n <= endpointsMax; n++) {
      const url = longest(`${world.receiver.url}/${n}/`, Math.min(urlLengthMax, defaultLimits.urlLengthMax));
      const eventTypes = (dialect.docs.deliveries.types ?? ['a.b']).slice(0, defaultLimits.eventTypesMax);
      const { status } = await world.harness.admin('POST', `/tenants/${tenant.id}/endpoints`, {
        url,
        eventTypes,
      });
      const isOver = n === dialect.endpointRules.endpointsMax;
      expect(status, `endpoint ${n}`).toBe(isOver ? 409 : 201);
    }
    const { body } = await world.ask(tenant, tenant.live, client.roles.list);
    expect(JSON.stringify(body).length).toBeLessThan(answerBytesMax);
  });
});
