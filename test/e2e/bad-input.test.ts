// Promise 10: bad input changes nothing; the error has a stable code, names the wrong field and says what is expected.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, type Harness, testKeys } from '../support/harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await boot({ CARILLON_ALLOW_TARGETS: '', CARILLON_PAYLOAD_MAX: '2048' });
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
});
afterAll(() => harness.close());

/** Everything that a request could change. */
async function snapshot(): Promise<string> {
  const lists = ['/tenants', '/tenants/acme/endpoints', '/tenants/acme/events', '/tenants/acme/credentials'];
  const answers = await Promise.all(lists.map((path) => harness.admin('GET', path)));
  return JSON.stringify(answers.map(({ body }) => body));
}

interface Case {
  readonly what: string;
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  readonly code: string;
  /** A field that the problem must name. */
  readonly field?: string;
}

const endpoints = '/tenants/acme/endpoints';
const events = '/tenants/acme/events';
const event = { type: 'payment.paid', payload: {} };
const refusedUrls = [
  'http://example.com/',
  'https://127.0.0.1/',
  'https://10.0.0.1/',
  'https://[::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://2130706433/',
  'https://localhost/',
  'https://user:pass@example.com/',
  'https://example.com:22/',
  'ftp://example.com/',
  'not a url',
  `https://example.com/${'a'.repeat(2048)}`,
];

const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, '']));
const badMetadata: readonly (readonly [string, unknown, string])[] = [
  ['a list', [], 'metadata'],
  ['51 members', { ...fifty, more: '' }, 'metadata'],
  ['an empty name', { '': 'x' }, 'metadata.'],
  ['a name of 41 characters', { ['n'.repeat(41)]: 'x' }, `metadata.${'n'.repeat(41)}`],
  ['a line break in a name', { 'a\nb': 'x' }, 'metadata.a\nb'],
  ['a number', { a: 1 }, 'metadata.a'],
  ['501 characters', { a: 'x'.repeat(501) }, 'metadata.a'],
  ['a tab', { ok: 'x', a: 'x\ty' }, 'metadata.a'],
];

const cases: readonly Case[] = [
  { what: 'broken JSON', path: events, body: '{"type": "payment.paid", ', status: 400, code: 'json_invalid' },
  { what: 'JSON of another kind', path: events, body: '[]', status: 400, code: 'json_invalid' },
  { what: 'no body', path: '/tenants', status: 400, code: 'json_invalid' },
  {
    what: 'a wrong type',
    path: events,
    body: { ...event, type: 7 },
    status: 400,
    code: 'field_invalid',
    field: 'type',
  },
  {
    what: 'a missing field',
    path: events,
    body: { type: 'x' },
    status: 400,
    code: 'field_invalid',
    field: 'payload',
  },
  {
    what: 'an unknown field',
    path: events,
    body: { ...event, tpye: 1 },
    status: 400,
    code: 'field_invalid',
    field: 'tpye',
  },
  {
    what: 'an id that is no id',
    path: events,
    body: { ...event, id: 'a b' },
    status: 400,
    code: 'field_invalid',
    field: 'id',
  },
  {
    what: 'an id with a slash',
    path: events,
    body: { ...event, id: 'evt/1' },
    status: 400,
    code: 'field_invalid',
    field: 'id',
  },
  {
    what: 'a time that is none',
    path: events,
    body: { ...event, occurredAt: '2026-02-30T00:00:00Z' },
    status: 400,
    code: 'field_invalid',
    field: 'occurredAt',
  },
  {
    what: 'an unknown mode',
    path: events,
    body: { ...event, mode: 'prod' },
    status: 400,
    code: 'field_invalid',
    field: 'mode',
  },
  {
    what: 'a payload too large',
    path: events,
    body: { ...event, payload: 'x'.repeat(3000) },
    status: 413,
    code: 'body_too_large',
    field: 'payload',
  },
  {
    what: 'an unknown tenant',
    path: '/tenants/nobody/events',
    body: event,
    status: 404,
    code: 'tenant_not_found',
  },
  {
    what: 'an unknown event',
    method: 'GET',
    path: `${events}/evt_none`,
    status: 404,
    code: 'event_not_found',
  },
  {
    what: 'an unknown delivery',
    method: 'GET',
    path: '/tenants/acme/deliveries/dlv_none',
    status: 404,
    code: 'delivery_not_found',
  },
  {
    what: 'an unknown endpoint',
    method: 'GET',
    path: `${endpoints}/ep_none`,
    status: 404,
    code: 'endpoint_not_found',
  },
  {
    what: 'an unknown replay',
    method: 'GET',
    path: '/tenants/acme/replays/rpl_none',
    status: 404,
    code: 'replay_not_found',
  },
  {
    what: 'a broken cursor',
    method: 'GET',
    path: `${events}?cursor=nonsense`,
    status: 400,
    code: 'cursor_invalid',
  },
  {
    what: 'a limit out of bounds',
    method: 'GET',
    path: `${events}?limit=201`,
    status: 400,
    code: 'field_invalid',
    field: 'limit',
  },
  {
    what: 'an unknown dialect',
    path: '/tenants',
    body: { name: 'x', dialect: 'latin' },
    status: 400,
    code: 'dialect_unknown',
    field: 'dialect',
  },
  {
    what: 'a tenant id that is taken',
    path: '/tenants',
    body: { id: 'acme', name: 'x', dialect: 'standard' },
    status: 409,
    code: 'tenant_exists',
  },
  {
    what: 'an empty batch',
    path: `${events}/batch`,
    body: { events: [] },
    status: 400,
    code: 'field_invalid',
    field: 'events',
  },
  {
    what: 'one bad event in a batch',
    path: `${events}/batch`,
    body: { events: [event, { type: 'x' }] },
    status: 400,
    code: 'field_invalid',
    field: 'events[1].payload',
  },
  { what: 'a wrong method', method: 'PUT', path: '/tenants', status: 405, code: 'method_not_allowed' },
  { what: 'an unknown route', method: 'GET', path: '/nothing', status: 404, code: 'route_not_found' },
  {
    what: 'the operator tenant removed',
    method: 'DELETE',
    path: '/tenants/operator',
    status: 409,
    code: 'operator_tenant_fixed',
  },
  ...badMetadata.flatMap(([what, metadata, field]): Case[] => {
    const refused = { what: `metadata with ${what}`, status: 400, code: 'field_invalid', field };
    return [
      { ...refused, path: '/tenants', body: { name: 'x', dialect: 'standard', metadata } },
      { ...refused, method: 'PATCH', path: '/tenants/acme', body: { metadata } },
      { ...refused, path: endpoints, body: { url: 'https://example.com/', eventTypes: ['*'], metadata } },
      { ...refused, method: 'PATCH', path: `${endpoints}/ep_none`, body: { metadata } },
      { ...refused, path: events, body: { ...event, metadata } },
      {
        ...refused,
        path: `${events}/batch`,
        body: { events: [event, { ...event, metadata }] },
        field: `events[1].${field}`,
      },
    ];
  }),
  ...refusedUrls.map((url) => ({
    what: `the URL ${url.slice(0, 40)}`,
    path: endpoints,
    body: { url, eventTypes: ['*'] },
    status: 400,
    code: 'url_refused',
    field: 'url',
  })),
];

describe('bad input', () => {
  test.each(cases)('$what: $status $code', async ({ method = 'POST', path, body, status, code, field }) => {
    const before = await snapshot();
    const answered = await harness.call(method, `/admin/v1${path}`, { token: testKeys.adminKeys[0], body });
    expect(answered.body, JSON.stringify(answered.body)).toMatchObject({ status, code });
    expect(answered.status).toBe(status);
    expect(answered.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answered.body.detail.length).toBeGreaterThan(10);
    if (field !== undefined) {
      expect(answered.body.errors.map((error: { field: string }) => error.field)).toContain(field);
    }
    expect(await snapshot()).toBe(before);
  });

  test('a missing key gets key_missing, and a wrong one key_unknown', async () => {
    const missing = await harness.call('GET', '/admin/v1/tenants');
    expect(missing).toMatchObject({ status: 401, body: { code: 'key_missing' } });
    expect(missing.headers['www-authenticate']).toMatch(/^Bearer/);
    const wrong = await harness.call('GET', '/admin/v1/tenants', { token: `${testKeys.adminKeys[0]}x` });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'key_unknown' } });
  });

  test('the server refuses a body over the limit before it has read all of it', async () => {
    const body = JSON.stringify({ ...event, payload: 'x'.repeat(3 * 1024 * 1024) });
    const answered = await harness.call('POST', `/admin/v1${events}`, { token: testKeys.adminKeys[0], body });
    expect(answered).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });
});
