// The event catalogue: its routes, what may be published, and the document that it is imported from and exported to.
import { afterEach, describe, expect, test } from 'vitest';
import { boot, type Harness, testKeys } from '../support/harness.ts';
import { runInProcess } from '../support/in-process.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let harness: Harness;
let receiver: Receiver | null = null;
afterEach(async () => {
  await harness.close();
  await receiver?.close();
  receiver = null;
});

async function start(rule: 'open' | 'known' | 'strict'): Promise<void> {
  harness = await boot({ CARILLON_EVENT_TYPES: rule });
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
}

const put = (name: string, body: object) => harness.admin('PUT', `/event-types/${name}`, body);
const publish = (type: string, payload: unknown = {}) =>
  harness.admin('POST', '/tenants/acme/events', { type, payload });

const money = { type: 'string', pattern: '^\\d+\\.\\d{2}$' };
const schema = {
  type: 'object',
  required: ['amount'],
  properties: {
    amount: { $ref: '#/$defs/money' },
    lines: { type: 'array', items: { $ref: '#/$defs/money' } },
  },
  $defs: { money },
};
const paid = { groupName: 'Payments', description: 'Money came.', schema, examples: [{ amount: '12.50' }] };

describe('the catalogue', () => {
  test('is set, read, listed and emptied', async () => {
    await start('open');
    const created = await put('payment.paid', paid);
    expect(created).toMatchObject({ status: 200, body: { ...paid, name: 'payment.paid', version: 1 } });
    expect((await put('payment.paid', paid)).body.version).toBe(1);
    expect((await put('payment.paid', { deprecated: true })).body).toMatchObject({
      version: 2,
      deprecated: true,
      schema: null,
      examples: [],
    });
    await put('invoice.sent', {});
    const { body } = await harness.admin('GET', '/event-types?limit=1');
    expect(body.data.map(({ name }: { name: string }) => name)).toEqual(['invoice.sent']);
    const second = await harness.admin('GET', `/event-types?limit=1&cursor=${body.nextCursor}`);
    expect(second.body).toMatchObject({ data: [{ name: 'payment.paid' }], nextCursor: null });
    const audit = (await harness.admin('GET', '/audit?command=setEventType&limit=2')).body.data;
    expect(audit[1]).toMatchObject({ noun: 'event-type', target: 'payment.paid', tenant: null });
    expect(audit[1].after).toMatchObject({ version: 2, deprecated: true });
    await harness.restart();
    expect((await harness.admin('GET', '/event-types/payment.paid')).body.version).toBe(2);
    expect((await harness.admin('DELETE', '/event-types/payment.paid')).status).toBe(204);
    expect((await harness.admin('GET', '/event-types/payment.paid')).body.code).toBe('event_type_not_found');
  });

  test('of a platform is read by the same routes, and cannot be changed', async () => {
    await start('open');
    const { body } = await harness.admin('GET', '/event-types?dialect=diddo&limit=2');
    expect(body.data.map(({ name }: { name: string }) => name)).toEqual([
      'checkout.cancelled',
      'checkout.failed',
    ]);
    const rest = await harness.admin('GET', `/event-types?dialect=diddo&cursor=${body.nextCursor}`);
    expect(rest.body).toMatchObject({ data: { length: 4 }, nextCursor: null });
    const one = await harness.admin('GET', '/event-types/checkout.succeeded?dialect=diddo');
    expect(one.body).toMatchObject({ dialect: 'diddo', version: 1, createdAt: null });
    expect(one.body.examples).toHaveLength(1);
    expect((await harness.admin('GET', '/event-types?dialect=none')).body.code).toBe('dialect_unknown');
    expect((await harness.admin('GET', '/event-types?dialect=diddo&cursor=eHg')).body.code).toBe(
      'cursor_invalid',
    );
    expect((await put('checkout.failed?dialect=diddo', {})).status).toBe(200);
    expect(
      (await harness.admin('GET', '/event-types/checkout.failed?dialect=diddo')).body.createdAt,
    ).toBeNull();
  });

  test('refuses what is wrong by its place, and changes nothing', async () => {
    await start('open');
    const refused = async (body: object, name = 'a') => {
      const answer = await put(name, body);
      expect(answer.status, JSON.stringify(answer.body)).toBe(400);
      return `${answer.body.errors[0].field} ${answer.body.errors[0].message}`;
    };
    expect(await refused({}, 'a%20b')).toContain('name An event type has');
    expect(await refused({ schema: { type: 'text' } })).toContain('schema is no JSON Schema: schema.type');
    expect(await refused({ schema: { $ref: 'https://example.com/x' } })).toContain("schema can't resolve");
    expect(await refused({ schema: { pattern: '(?!a)' } })).toContain('schema error parsing regexp');
    expect(await refused({ schema, examples: [{ amount: '1.00' }, { amount: 1 }] })).toBe(
      'examples[1].amount must be string',
    );
    expect(await refused({ examples: Array.from({ length: 11 }, () => 1) })).toContain('examples');
    expect(await refused({ examples: ['x'.repeat(70_000)] })).toContain('examples are 70004 bytes');
    expect(await refused({ schemas: {} })).toContain('schemas');
    expect((await harness.admin('GET', '/event-types')).body.data).toEqual([]);
  });

  test('is shown to a tenant, and to readers of the document of its dialect', async () => {
    await start('open');
    const before = (await harness.call('GET', '/openapi/standard.json')).body;
    expect(Object.keys(before.webhooks)).toContain('payment.succeeded');
    await put('payment.paid', paid);
    const { body } = await harness.admin('POST', '/tenants/acme/credentials', { mode: 'live' });
    const listed = await harness.call('GET', '/v1/event-types', { token: body.token });
    expect(listed.body).toMatchObject({ data: [{ name: 'payment.paid', ...paid }], nextCursor: null });
    expect((await harness.call('GET', '/v1/event-types')).status).toBe(401);
    harness.clock.advance(5000);
    const { webhooks } = (await harness.call('GET', '/openapi/standard.json')).body;
    expect(Object.keys(webhooks)).toEqual(['carillon.test', 'payment.paid']);
    expect(webhooks['payment.paid'].post).toMatchObject({
      description: 'Money came.',
      requestBody: { content: { 'application/json': { example: { data: { amount: '12.50' } } } } },
    });
  });

  test('gives a test event its example', async () => {
    await start('strict');
    receiver = await startReceiver();
    await put('payment.paid', paid);
    const made = { url: `${receiver.url}/hook`, eventTypes: ['*'] };
    const { body } = await harness.admin('POST', '/tenants/acme/endpoints', made);
    const send = (given?: object) => harness.admin('POST', `/tenants/acme/endpoints/${body.id}/test`, given);
    expect((await send({ type: 'payment.paid' })).status).toBe(202);
    expect((await send()).status).toBe(202);
    await harness.turn();
    const data = receiver.requests.map((request) => JSON.parse(request.body).data);
    expect(data).toEqual(expect.arrayContaining([{ amount: '12.50' }, { message: 'This is a test event.' }]));
    expect((await send({ type: 'other' })).body.errors[0].field).toBe('payload');
  });
});

describe('publishing', () => {
  test('takes any type and payload when the catalogue is open', async () => {
    await start('open');
    await put('payment.paid', paid);
    expect((await publish('payment.paid', { amount: 1 })).status).toBe(202);
    expect((await publish('other')).status).toBe(202);
  });

  test('takes known types alone when it is told to', async () => {
    await start('known');
    expect((await publish('payment.paid')).body).toMatchObject({ status: 400, code: 'event_type_unknown' });
    await put('payment.paid', { ...paid, deprecated: true });
    // A change by this process counts at once.
    expect((await publish('payment.paid', { amount: 1 })).status).toBe(202);
    const batch = {
      events: [
        { type: 'payment.paid', payload: 1 },
        { type: 'other', payload: 1 },
      ],
    };
    const refused = await harness.admin('POST', '/tenants/acme/events/batch', batch);
    expect(refused.body.errors[0].field).toBe('events[1].type');
    await harness.admin('DELETE', '/event-types/payment.paid');
    expect((await publish('payment.paid')).status).toBe(400);
    expect((await harness.admin('GET', '/tenants/acme/events')).body.data).toHaveLength(1);
  });

  test('checks payloads by their schemas when it is strict, and says where they differ', async () => {
    await start('strict');
    await put('payment.paid', paid);
    await put('free', {});
    expect((await publish('payment.paid', { amount: '12.50' })).status).toBe(202);
    expect((await publish('free', [1])).status).toBe(202);
    const wrong = await publish('payment.paid', { amount: 12.5, lines: ['1.00', 'x'] });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'payload_invalid' } });
    expect(wrong.body.errors.map(({ field }: { field: string }) => field)).toEqual([
      'payload.amount',
      'payload.lines[1]',
    ]);
    const events = [
      { type: 'free', payload: 1 },
      { type: 'payment.paid', payload: {} },
    ];
    const batch = await harness.admin('POST', '/tenants/acme/events/batch', { events });
    expect(batch.body.errors).toEqual([{ field: 'events[1].payload.amount', message: 'is required' }]);
    expect((await harness.admin('GET', '/tenants/acme/events')).body.data).toHaveLength(2);

    await put('payment.paid', { schema: { required: ['id'] } });
    expect((await publish('payment.paid', { amount: '12.50' })).status).toBe(422);
    expect((await publish('payment.paid', { id: 1 })).status).toBe(202);
  });

  test('learns within a second what another process has changed', async () => {
    await start('strict');
    await put('payment.paid', paid);
    expect((await publish('payment.paid', { amount: '1.00' })).status).toBe(202);
    const content = { name: 'new', groupName: null, description: null, examples: [], deprecated: false };
    const { eventTypes } = harness.engine.store;
    const terms = { now: harness.clock.now(), countMax: 1000, charactersMax: 10_000 };
    await eventTypes.set({ ...content, schema: { type: 'object' } }, terms);
    await eventTypes.set({ ...content, name: 'payment.paid', schema: { required: ['id'] } }, terms);
    harness.clock.advance(1000);
    expect((await publish('new', {})).status).toBe(202);
    expect((await publish('new', 1)).status).toBe(422);
    expect((await publish('payment.paid', { amount: '1.00' })).status).toBe(422);
  });

  test('for a platform follows its dialect alone', async () => {
    await start('strict');
    await harness.admin('POST', '/tenants', { id: 'shop', name: 'Shop', dialect: 'diddo' });
    const event = { type: 'checkout.succeeded', payload: { any: 'thing' } };
    expect((await harness.admin('POST', '/tenants/shop/events', event)).status).toBe(202);
  });
});

describe('an OpenAPI document', () => {
  const carillon = async (args: readonly string[], input?: string) => {
    const url = harness.engine.http.listeningOrigin;
    const environment = { CARILLON_SERVER: url, CARILLON_ADMIN_KEY: testKeys.adminKeys[0] ?? '' };
    return runInProcess(args, { environment, ...(input === undefined ? {} : { input }) });
  };
  const listen = () => harness.engine.http.listen({ host: '127.0.0.1', port: 0 });

  test('that is exported is imported as it was, by YAML and by JSON', async () => {
    await start('strict');
    await listen();
    await put('payment.paid', paid);
    await put('a:b', {
      deprecated: true,
      schema: { $id: 'https://e.example/x', $ref: '#/$defs/y', $defs: { y: {} } },
    });
    await put('plain', { examples: [null, '2026-01-02', 'yes'] });
    const before = (await harness.admin('GET', '/event-types')).body.data;
    for (const flags of [[], ['--json']]) {
      const exported = await carillon(['event-types', 'export', ...flags]);
      const same = await carillon(['event-types', 'import', '-', '--prune', '--yes'], exported.out);
      expect(same.out).toContain('0 created, 0 changed, 0 removed, 3 unchanged');
      for (const { name } of before) await harness.admin('DELETE', `/event-types/${name}`);
      const created = await carillon(['event-types', 'import', '-'], exported.out);
      expect(created.out).toContain('3 created');
      const after = (await harness.admin('GET', '/event-types')).body.data;
      expect(after).toEqual(before);
    }
  });

  test('is imported with its components; what changes is shown first, and pruned only on request', async () => {
    await start('open');
    await listen();
    await put('old', {});
    await put('payment.paid', { description: 'Before.' });
    const document = `
openapi: 3.1.0
info: { title: Ours, version: '1' }
webhooks:
  payment.paid:
    post:
      summary: Money came.
      tags: [Payments]
      requestBody:
        content:
          application/json:
            schema: { $ref: '#/components/schemas/Payment' }
            examples: { first: { $ref: '#/components/examples/paid' } }
  payment.failed: { $ref: '#/components/pathItems/Failed' }
components:
  examples: { paid: { value: { amount: { value: '1.00' } } } }
  pathItems:
    Failed: { post: { deprecated: true, requestBody: { content: { application/json: { schema: { type: object } } } } } }
  schemas:
    Money: { type: object, required: [value], properties: { value: { type: string }, parts: { type: array, items: { $ref: '#/components/schemas/Money' } } } }
    Payment: { type: object, properties: { amount: { $ref: '#/components/schemas/Money' }, again: { $ref: '#/components/schemas/Payment' } } }
`;
    const dry = await carillon(['event-types', 'import', '-', '--dry-run', '--prune'], document);
    expect(dry.out.trim().split('\n')).toEqual([
      '+ payment.failed',
      '~ payment.paid  groupName, description, schema, examples',
      '- old',
      'dry run: 1 created, 1 changed, 1 removed, 0 unchanged',
    ]);
    expect((await harness.admin('GET', '/event-types/payment.paid')).body.version).toBe(1);

    expect((await carillon(['event-types', 'import', '-'], document)).out).toContain(
      'old  not in the document; kept',
    );
    const type = (await harness.admin('GET', '/event-types/payment.paid')).body;
    expect(type).toMatchObject({ groupName: 'Payments', description: 'Money came.', version: 2 });
    expect(type.schema).toEqual({
      type: 'object',
      properties: { amount: { $ref: '#/$defs/Money' }, again: { $ref: '#' } },
      $defs: {
        Money: {
          type: 'object',
          required: ['value'],
          properties: {
            value: { type: 'string' },
            parts: { type: 'array', items: { $ref: '#/$defs/Money' } },
          },
        },
      },
    });
    expect(type.examples).toEqual([{ amount: { value: '1.00' } }]);
    const unsure = await carillon(['event-types', 'import', '-', '--prune'], document);
    expect(unsure).toMatchObject({ code: 2 });
    const pruned = await carillon(['event-types', 'import', '-', '--prune', '--yes', '--json'], document);
    expect(JSON.parse(pruned.out)).toMatchObject({ removed: ['old'], unchanged: 2 });
    expect((await harness.admin('GET', '/event-types/old')).status).toBe(404);
  });

  test.each([
    ['openapi: 3.0.3\nwebhooks: { a: {} }', 'must be OpenAPI 3.1'],
    ['openapi: 3.1.0', 'has no `webhooks`'],
    ['openapi: 3.1.0\nwebhooks: { a: { get: {} } }', '#/webhooks/a has no operation `post`'],
    [
      'openapi: 3.1.0\nwebhooks: { a/b: { post: { requestBody: 5 } } }',
      '#/webhooks/a~1b/post/requestBody must be an object',
    ],
    ["openapi: 3.1.0\nwebhooks: { a: { $ref: '#/none' } }", 'refers to #/none, which is not in it'],
    ['{', 'neither YAML nor JSON'],
    ['- 1', 'is not an object'],
  ])('that is wrong is refused: %s', async (document, message) => {
    await start('open');
    await listen();
    const { code, error } = await carillon(['event-types', 'import', '-'], document);
    expect([code, error]).toEqual([2, expect.stringContaining(message)]);
  });

  test('types are set and shown on the command line', async () => {
    await start('open');
    await listen();
    const set = (...flags: string[]) => carillon(['event-types', 'set', 'payment.paid', ...flags]);
    await set('--group', 'Payments', '--schema', JSON.stringify(schema), '--example', '{"amount":"1.00"}');
    expect((await set('--description', 'Money came.', '--deprecated')).out).toContain('Money came.');
    expect((await set()).error).toContain('nothing to change');
    const shown = JSON.parse((await carillon(['event-types', 'show', 'payment.paid', '--json'])).out);
    expect(shown).toMatchObject({ groupName: 'Payments', schema, deprecated: true, version: 2 });
    expect((await set('--no-schema', '--no-group', '--no-deprecated')).code).toBe(0);
    const list = (await carillon(['event-types', 'list'])).out.split('\n')[1];
    expect(list).toMatch(/^payment\.paid +- +3 +no +1 +no +Money came\.$/);
    expect((await carillon(['event-types', 'list', '--dialect', 'diddo'])).out).toContain('order.submitted');
    expect((await carillon(['event-types', 'remove', 'payment.paid', '--yes'])).code).toBe(0);
    expect((await carillon(['event-types', 'show', 'payment.paid'])).error).toContain('event-types list');
  });
});
