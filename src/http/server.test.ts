import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { routes } from '#contract/routes.ts';
import type { EngineState, Trouble } from '#core/backend.ts';
import { defaultLimits } from '#core/limits.ts';
import { checkResponse } from '../../test/support/openapi-check.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { adminKey, createHttpFakes, delivery, now } from '../../test/support/http-fakes.ts';
import { createHttpServer, type HttpDeps } from './server.ts';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

interface OperationObject {
  readonly operationId: string;
  readonly summary?: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly required: boolean };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, { schema?: object }>> }
    >
  >;
}

const time = '2026-01-02T03:04:05.678Z';
const key = { authorization: `Bearer ${adminKey}` };
const { deps, asked, published } = createHttpFakes();
let app: FastifyInstance;
let openapi: Document;
/** The operations that a test of this file has called with success, by id. */
const called = new Set<string>();

beforeAll(async () => {
  app = await createHttpServer(deps);
  openapi = (await app.inject('/openapi.json')).json();
});
afterAll(() => app.close());

/** Calls the admin API; what comes back is held against the served document. */
async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const url = `/admin/v1${path}`;
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await app.inject({
    method: method as 'GET',
    url,
    headers: { ...key, ...type, ...headers },
    ...(body === undefined ? {} : { payload }),
  });
  const answer = response.body === '' ? null : response.json();
  expect(response.headers['cache-control']).toBe('no-store');
  if (response.statusCode !== 405) {
    const { operationId } = checkResponse(openapi, method, url, response.statusCode, answer);
    if (response.statusCode < 300) called.add(operationId);
  }
  return { status: response.statusCode, body: answer, headers: response.headers };
}

const endpointJson = {
  id: 'ep_1',
  kind: 'push',
  url: 'https://shop.example/hooks',
  eventTypes: ['*'],
  mode: 'live',
  description: null,
  attributes: { title: 'shop' },
  metadata: {},
  filter: null,
  headers: null,
  authorization: null,
  timeoutMs: null,
  retry: null,
  disableAfter: null,
  rateLimit: null,
  inFlightMax: null,
  previousSecretEndsAt: null,
  tls: null,
  egress: null,
  transform: null,
  enabled: true,
  disabledReason: null,
  disabledAt: null,
  failureCount: 0,
  firstFailureAt: null,
  lastFailureAt: null,
  createdAt: time,
  updatedAt: time,
};
const keyJson = {
  id: 'key_1',
  name: 'billing',
  prefix: 'adm_5c1f0a9b',
  scopes: ['publish'],
  tenants: ['acme'],
  createdAt: time,
  expiresAt: null,
  lastUsedAt: time,
};
const eventJson = {
  id: 'evt-1',
  type: 'invoice.paid',
  mode: 'live',
  deliveries: 2,
  filtered: 1,
  createdAt: time,
  orderingKey: null,
  occurredAt: time,
  metadata: {},
};
const feedJson = {
  data: [
    {
      cursor: 'b',
      previous: 'a',
      tenant: 'acme',
      id: 'evt-1',
      type: 'invoice.paid',
      mode: 'live',
      orderingKey: null,
      occurredAt: time,
      createdAt: time,
      metadata: {},
      payload: { amount: '12.50', list: [1, null] },
    },
  ],
  cursor: 'c',
};
const deliveryJson = {
  id: 'dlv_1',
  endpoint: 'ep_1',
  event: 'evt-1',
  eventType: 'invoice.paid',
  mode: 'live',
  state: 'pending',
  attemptCount: 1,
  lastAttemptAt: time,
  lastStatus: 200,
  lastError: null,
  orderingKey: null,
  inFlight: false,
  dueAt: time,
  createdAt: time,
  endedAt: null,
  note: null,
};
const checkJson = {
  id: 'chk_1',
  endpoint: 'ep_1',
  mode: 'live',
  eventType: 'carillon.test',
  state: 'finished',
  passed: 1,
  failed: 0,
  skipped: 0,
  items: [{ name: 'valid', result: 'passed', seen: 'It answered 200.', fix: null, durationMs: 1.5 }],
  createdAt: '2026-01-02T03:04:05.678Z',
  finishedAt: '2026-01-02T03:04:05.678Z',
};

const unknownProcess = { own: false, role: null, version: null, host: null, pid: null };
const serverJson = {
  version: '1.2.3',
  node: process.versions.node,
  paused: false,
  troubles: [],
  processes: [
    { own: true, role: 'all', version: '1.2.3', host: 'here', pid: 4711, startedAt: checkJson.createdAt },
    { own: false, role: 'worker', version: '1.2.2', host: 'there', pid: 1, startedAt: checkJson.createdAt },
    { ...unknownProcess, startedAt: checkJson.createdAt },
  ],
  database: {
    kind: 'sqlite',
    name: 'sqlite:./data/carillon.db',
    version: '3.50.4',
    schema: 26,
    sizeBytes: 4096,
  },
  settings: [
    { name: 'PORT', value: '80', given: true, secret: false, default: '8480', meaning: 'port to listen on' },
  ],
};
const attentionJson = {
  tenant: 'acme',
  endpoint: 'ep_1',
  url: 'https://shop.example/hooks',
  mode: 'live',
  reasons: ['failing', 'backlog'],
  disabledReason: null,
  disabledAt: null,
  failureCount: 0,
  firstFailureAt: null,
  lastFailureAt: null,
  waiting: 7,
  oldestDueAt: time,
};
const attemptJson = {
  id: 'att_1',
  number: 1,
  trigger: 'schedule',
  startedAt: time,
  durationMs: 12,
  url: 'https://shop.example/hooks',
  requestHeaders: { 'content-type': 'application/json' },
  outcome: 'unreachable',
  status: null,
  responseHeaders: {},
  responseBody: 'café',
  error: { code: 'timeout', message: 'no answer within 20 s' },
};

const foundAttemptJson = {
  tenant: 'acme',
  mode: 'live',
  endpoint: 'ep_1',
  delivery: 'dlv_1',
  event: 'evt-1',
  eventType: 'invoice.paid',
  id: 'att_1',
  number: 1,
  trigger: 'schedule',
  startedAt: time,
  durationMs: 12,
  url: 'https://shop.example/hooks',
  outcome: 'unreachable',
  status: null,
  error: { code: 'timeout', message: 'no answer within 20 s' },
};
const explanationJson = {
  endpoint: 'ep_1',
  url: 'https://shop.example/hooks',
  mode: 'live',
  reason: 'filtered',
  basis: 'inferred',
  filterReasons: [{ path: 'a', message: 'is 1' }],
  delivery: null,
};
const eventTypeJson = {
  name: 'invoice.paid',
  dialect: 'standard',
  groupName: 'Invoices',
  description: null,
  schema: { type: 'object' },
  examples: [{ amount: '12.50' }],
  deprecated: false,
  version: 3,
  createdAt: time,
  updatedAt: time,
};
const noContent = { groupName: null, description: null, schema: null, examples: [], deprecated: false };
const replayJson = {
  id: 'rpl_1',
  kind: 'replay',
  mode: null,
  endpoint: null,
  states: ['held'],
  eventTypes: null,
  since: time,
  until: time,
  ratePerSecond: 5,
  includeDisabled: false,
  total: 7,
  done: 3,
  delivered: 2,
  failed: 1,
  state: 'running',
  createdAt: time,
};
const publishedJson = {
  id: 'evt_made',
  type: 'a.b',
  mode: 'live',
  deliveries: 3,
  filtered: 1,
  createdAt: time,
  unsent: null,
};
const tenantJson = {
  id: 'acme',
  name: 'Acme',
  dialect: 'standard',
  metadata: {},
  contact: null,
  createdAt: time,
};
const alertJson = {
  id: 'alr_1',
  name: 'operations',
  types: ['endpoint.failing'],
  tenants: null,
  via: { kind: 'email', to: ['ops@shop.example'] },
  windowSeconds: 900,
  enabled: true,
  snoozedUntil: null,
  createdAt: time,
  updatedAt: time,
  lastSentAt: time,
  lastError: null,
  lastErrorAt: null,
};
const replayTerms = { states: ['held'], since: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00+01:00' };

test.each([
  ['POST', '/tenants', { name: 'B', dialect: 'standard' }, 201, { ...tenantJson, id: 'ten_made', name: 'B' }],
  ['GET', '/tenants', undefined, 200, { data: [tenantJson], nextCursor: null }],
  ['GET', '/tenants?limit=1', undefined, 200, { data: [tenantJson], nextCursor: 'more' }],
  ['GET', '/tenants/acme', undefined, 200, tenantJson],
  ['PATCH', '/tenants/acme', { name: 'New' }, 200, { ...tenantJson, name: 'New' }],
  ['DELETE', '/tenants/acme', undefined, 204, null],
  [
    'POST',
    '/tenants/acme/credentials',
    { mode: 'test' },
    201,
    { id: 'crd_1', mode: 'test', kind: 'bearer', token: 'tok_once', createdAt: time },
  ],
  [
    'POST',
    '/tenants/acme/credentials',
    { mode: 'live', kind: 'key-pair' },
    201,
    { id: 'crd_1', mode: 'live', kind: 'key-pair', key: 'public-key', secret: 'once', createdAt: time },
  ],
  [
    'GET',
    '/tenants/acme/credentials',
    undefined,
    200,
    {
      data: [
        { id: 'crd_1', mode: 'live', kind: 'key-pair', key: 'public-key', createdAt: time },
        { id: 'crd_1', mode: 'live', kind: 'bearer', key: null, createdAt: time },
      ],
      nextCursor: null,
    },
  ],
  ['DELETE', '/tenants/acme/credentials/crd_1', undefined, 204, null],
  [
    'POST',
    '/keys',
    { name: 'mine', scopes: ['publish'], tenants: ['acme'] },
    201,
    { ...keyJson, name: 'mine', key: 'adm_once' },
  ],
  ['GET', '/keys', undefined, 200, { data: [keyJson], nextCursor: null }],
  ['DELETE', '/keys/key_1', undefined, 204, null],
  [
    'POST',
    '/tenants/acme/portal-sessions',
    { mode: 'live', permissions: ['read'], embedOrigins: ['https://app.example'] },
    201,
    { id: 'pts_1', url: 'http://localhost:80/portal/pts_1#secret-once', expiresAt: time },
  ],
  [
    'GET',
    '/tenants/acme/portal-sessions',
    undefined,
    200,
    {
      data: [
        {
          id: 'pts_1',
          mode: 'live',
          permissions: ['read'],
          embedOrigins: ['https://app.example'],
          returnUrl: 'https://app.example/back',
          theme: { accent: '#0055cc' },
          createdAt: time,
          openedAt: null,
          expiresAt: time,
        },
      ],
      nextCursor: null,
    },
  ],
  ['DELETE', '/tenants/acme/portal-sessions/pts_1', undefined, 204, null],
  ['DELETE', '/tenants/acme/portal-sessions', undefined, 200, { revoked: 1 }],
  [
    'POST',
    '/alerts',
    { name: 'operations', types: ['endpoint.failing'], via: { kind: 'email', to: ['ops@shop.example'] } },
    201,
    { ...alertJson, secret: null },
  ],
  ['GET', '/alerts', undefined, 200, { data: [alertJson], nextCursor: null }],
  ['GET', '/alerts/alr_1', undefined, 200, alertJson],
  ['PATCH', '/alerts/alr_1', { windowSeconds: 60 }, 200, alertJson],
  ['DELETE', '/alerts/alr_1', undefined, 204, null],
  ['POST', '/alerts/alr_1/test', undefined, 200, { sent: false, error: 'it answered 500' }],
  ['POST', '/alerts/alr_1/snooze', { until: time }, 200, { ...alertJson, snoozedUntil: time }],
  [
    'GET',
    '/audit?tenant=acme&actor=01234567&command=changeTenant&since=2026-01-02T03:04:05Z',
    undefined,
    200,
    {
      data: [
        {
          id: 'aud_1',
          at: time,
          actor: { kind: 'root', id: '01234567', name: 'configuration', console: true },
          command: 'changeTenant',
          tenant: 'acme',
          mode: null,
          noun: 'tenant',
          target: 'acme',
          before: { name: 'Old' },
          after: { name: 'Acme' },
          address: '192.0.2.1',
          requestId: 'req-1',
        },
      ],
      nextCursor: null,
    },
  ],
  [
    'POST',
    '/tenants/acme/endpoints',
    { url: 'https://a.example', eventTypes: ['*'] },
    201,
    { ...endpointJson, secret: 'whsec_once' },
  ],
  [
    'GET',
    '/tenants/acme/endpoints?enabled=true&mode=live',
    undefined,
    200,
    { data: [endpointJson], nextCursor: null },
  ],
  ['GET', '/tenants/acme/endpoints/ep_1', undefined, 200, endpointJson],
  ['PATCH', '/tenants/acme/endpoints/ep_1', { description: null }, 200, endpointJson],
  ['DELETE', '/tenants/acme/endpoints/ep_1', undefined, 204, null],
  ['POST', '/tenants/acme/endpoints/ep_1/enable', undefined, 200, endpointJson],
  [
    'POST',
    '/tenants/acme/endpoints/ep_1/disable',
    undefined,
    200,
    { ...endpointJson, enabled: false, disabledReason: 'requested', disabledAt: time },
  ],
  [
    'POST',
    '/tenants/acme/endpoints/ep_1/rotate-secret',
    undefined,
    200,
    { ...endpointJson, secret: 'whsec_once' },
  ],
  [
    'POST',
    '/tenants/acme/endpoints/ep_1/secret/reveal',
    undefined,
    200,
    { endpoint: 'ep_1', secret: 'whsec_once', previousSecretEndsAt: null },
  ],
  ['POST', '/tenants/acme/rotate-secret', { mode: 'test' }, 200, { mode: 'test', secret: 'whsec_tenant' }],
  ['POST', '/tenants/acme/secret/reveal', undefined, 200, { mode: 'live', secret: null }],
  ['POST', '/tenants/acme/endpoints/ep_1/test', undefined, 202, { ...publishedJson, type: 'test' }],
  [
    'POST',
    '/tenants/acme/endpoints/ep_1/filter/test',
    { payload: { a: 1 } },
    200,
    { matches: false, reasons: [{ path: 'a', message: 'is 1' }] },
  ],
  [
    'POST',
    '/tenants/acme/endpoints/ep_1/transform/test',
    { payload: { a: 1 } },
    200,
    {
      canceled: false,
      payload: { a: 1 },
      headers: { 'X-A': 'b' },
      url: 'https://receiver.example/',
      error: null,
      durationMs: 0.5,
    },
  ],
  [
    'POST',
    '/tenants/acme/endpoints/ep_1/pull',
    { max: 5 },
    200,
    {
      data: [
        {
          delivery: 'dlv_1',
          lease: 1,
          leaseUntil: time,
          attempt: 1,
          trigger: 'schedule',
          event: 'evt-1',
          eventType: 'invoice.paid',
          orderingKey: null,
          headers: { 'webhook-id': 'evt-1' },
          body: 'e30=',
        },
      ],
    },
  ],
  [
    'POST',
    '/tenants/acme/endpoints/ep_1/results',
    { results: [{ delivery: 'dlv_1', lease: 1, status: 500 }] },
    200,
    { data: [{ delivery: 'dlv_1', status: 200, code: null, state: 'pending', dueAt: time }] },
  ],
  [
    'POST',
    '/tenants/acme/endpoints/ep_1/extend',
    { leases: [{ delivery: 'dlv_1', lease: 1 }] },
    200,
    { data: [{ delivery: 'dlv_1', status: 200, code: null, leaseUntil: time }] },
  ],
  [
    'POST',
    '/tenants/acme/endpoints/ep_1/release',
    { leases: [{ delivery: 'dlv_1', lease: 1 }] },
    200,
    { data: [{ delivery: 'dlv_1', status: 409, code: 'claim_lost', leaseUntil: null }] },
  ],
  ['GET', '/tenants/acme/feed?after=a', undefined, 200, feedJson],
  ['GET', '/feed?mode=live&wait=1', undefined, 200, feedJson],
  ['POST', '/tenants/acme/events', { type: 'a.b', payload: null }, 202, publishedJson],
  [
    'POST',
    '/tenants/acme/events/batch',
    { events: [{ type: 'a.b', payload: 1 }] },
    202,
    { events: [{ ...publishedJson, replayed: false }] },
  ],
  ['GET', '/tenants/acme/events', undefined, 200, { data: [eventJson], nextCursor: null }],
  [
    'GET',
    '/tenants/acme/events/evt-1',
    undefined,
    200,
    { ...eventJson, payload: { amount: '12.50', list: [1, null] } },
  ],
  ['GET', '/tenants/acme/deliveries', undefined, 200, { data: [deliveryJson], nextCursor: null }],
  ['GET', '/endpoints', undefined, 200, { data: [{ tenant: 'acme', ...endpointJson }], nextCursor: null }],
  ['GET', '/deliveries', undefined, 200, { data: [{ tenant: 'acme', ...deliveryJson }], nextCursor: null }],
  ['GET', '/attempts', undefined, 200, { data: [foundAttemptJson], nextCursor: null }],
  [
    'GET',
    '/tenants/acme/deliveries/dlv_1',
    undefined,
    200,
    {
      ...deliveryJson,
      url: 'https://shop.example/hooks',
      attemptsMax: 10,
      waitsFor: { reason: 'ordering_key', disabledReason: null, since: null, delivery: 'dlv_0' },
      payload: { amount: '12.50', list: [1, null] },
      attempts: [attemptJson],
    },
  ],
  [
    'GET',
    '/tenants/acme/deliveries/dlv_1/request-body',
    undefined,
    200,
    { body: '{"amount":"12.50","list":[1,null]}' },
  ],
  [
    'GET',
    '/tenants/acme/deliveries/dlv_1/attempts',
    undefined,
    200,
    { data: [attemptJson], nextCursor: null },
  ],
  ['POST', '/tenants/acme/deliveries/dlv_1/redeliver', undefined, 202, deliveryJson],
  [
    'POST',
    '/tenants/acme/deliveries/dlv_1/cancel',
    undefined,
    200,
    { ...deliveryJson, state: 'canceled', dueAt: null },
  ],
  ['POST', '/tenants/acme/endpoints/ep_1/purge', undefined, 200, { canceled: 4 }],
  ['POST', '/tenants/acme/replays', replayTerms, 202, { id: 'rpl_1', total: 7 }],
  ['POST', '/tenants/acme/replays', { ...replayTerms, dryRun: true }, 200, { total: 7, leftOut: 2 }],
  ['POST', '/tenants/acme/endpoints/ep_1/backfill', { since: time }, 202, { id: 'rpl_1', total: 7 }],
  ['POST', '/tenants/acme/endpoints/ep_1/backfill', { since: time, dryRun: true }, 200, { total: 7 }],
  ['GET', '/tenants/acme/replays/rpl_1', undefined, 200, replayJson],
  ['GET', '/tenants/acme/replays', undefined, 200, { data: [replayJson], nextCursor: null }],
  ['DELETE', '/tenants/acme/replays/rpl_1', undefined, 204, null],
  [
    'GET',
    '/tenants/acme/events/evt-1/explain?limit=1',
    undefined,
    200,
    { event: eventJson, data: [explanationJson], nextCursor: null },
  ],
  ['GET', '/event-types?limit=5', undefined, 200, { data: [eventTypeJson], nextCursor: null }],
  ['GET', '/event-types/invoice.paid?dialect=standard', undefined, 200, eventTypeJson],
  [
    'PUT',
    '/event-types/invoice.paid',
    { description: 'Money came.', examples: [1] },
    200,
    { ...eventTypeJson, ...noContent, description: 'Money came.', examples: [1] },
  ],
  ['DELETE', '/event-types/invoice.paid', undefined, 204, null],
  [
    'GET',
    '/event-types.openapi',
    undefined,
    200,
    {
      openapi: '3.1.0',
      info: {
        title: 'Event types',
        version: '1.2.3',
        description: 'Each body is the payload of an event, without what its dialect adds around it.',
      },
      jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
      tags: [{ name: 'Invoices' }],
      webhooks: {
        'invoice.paid': {
          post: {
            operationId: 'invoice.paid',
            tags: ['Invoices'],
            'x-carillon-version': 3,
            requestBody: {
              required: true,
              content: {
                'application/json': {
                  schema: { type: 'object' },
                  examples: { example1: { value: { amount: '12.50' } } },
                },
              },
            },
            responses: { '2XX': { description: 'Accepted.' } },
          },
        },
      },
    },
  ],
  ['POST', '/tenants/acme/endpoints/ep_1/check', undefined, 202, checkJson],
  ['POST', '/tenants/acme/endpoints/ep_1/check', { type: 'invoice.paid' }, 202, checkJson],
  ['GET', '/tenants/acme/endpoints/ep_1/checks', undefined, 200, { data: [checkJson], nextCursor: null }],
  ['GET', '/tenants/acme/endpoints/ep_1/checks/chk_1', undefined, 200, checkJson],
  ['POST', '/resume', undefined, 200, { resumed: true }],
  ['GET', '/server', undefined, 200, serverJson],
  [
    'POST',
    '/encryption/rotate',
    undefined,
    200,
    { examined: 3, resealed: 2, remaining: 0, nextCursor: null },
  ],
  [
    'GET',
    '/tenants/acme/endpoints/ep_1/counts',
    undefined,
    200,
    { since: '2026-01-01T03:04:05.678Z', pending: 1, held: 0, exhausted: 2, canceled: 3 },
  ],
  ['GET', '/attention', undefined, 200, { data: [attentionJson], nextCursor: null }],
  [
    'GET',
    '/stats',
    undefined,
    200,
    {
      bucket: 'hour',
      since: '2026-01-01T03:04:05.678Z',
      data: [
        {
          start: time,
          endpoint: null,
          code: null,
          accepted: 1,
          refused: 2,
          unreachable: 3,
          p50Ms: 4,
          p95Ms: 5.5,
          p99Ms: null,
        },
      ],
    },
  ],
] as const)('%s %s answers as documented', async (method, path, body, status, answer) => {
  const response = await call(method, path, body);
  expect(response.status).toBe(status);
  expect(response.body).toEqual(answer);
});

test.each([
  ['GET', '/tenants/none'],
  ['PATCH', '/tenants/none', { name: 'x' }],
  ['DELETE', '/tenants/none'],
  ['POST', '/tenants/none/credentials', { mode: 'live' }],
  ['GET', '/tenants/none/credentials'],
  ['DELETE', '/tenants/none/credentials/crd_1'],
  ['GET', '/tenants/none/endpoints'],
  ['POST', '/tenants/none/events', { type: 'a', payload: {} }],
  ['POST', '/tenants/none/events/batch', { events: [{ type: 'a', payload: {} }] }],
  ['GET', '/tenants/none/events'],
  ['GET', '/tenants/none/events/evt-1'],
  ['GET', '/tenants/none/deliveries'],
  ['GET', '/tenants/none/deliveries/dlv_1'],
  ['GET', '/tenants/none/deliveries/dlv_1/request-body'],
  ['GET', '/tenants/none/deliveries/dlv_1/attempts'],
  ['POST', '/tenants/none/deliveries/dlv_1/redeliver'],
  ['POST', '/tenants/none/deliveries/dlv_1/cancel'],
  ['POST', '/tenants/none/endpoints/ep_1/purge'],
  ['POST', '/tenants/none/replays', replayTerms],
  ['POST', '/tenants/none/endpoints/ep_1/backfill', { since: '2026-01-01T00:00:00Z' }],
  ['GET', '/tenants/none/replays/rpl_1'],
  ['DELETE', '/tenants/none/replays/rpl_1'],
  ['GET', '/stats?tenant=none'],
  ['GET', '/tenants/none/endpoints/ep_1/counts'],
  ['GET', '/endpoints?tenant=none'],
  ['GET', '/deliveries?tenant=none'],
  ['GET', '/attempts?tenant=none'],
] as const)('%s %s: there is no such tenant', async (method, path, body?: unknown) => {
  expect(await call(method, path, body)).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } });
});

test.each([
  ['DELETE', '/tenants/acme/credentials/x', 'credential_not_found'],
  ['DELETE', '/keys/x', 'key_not_found'],
  ['DELETE', '/tenants/acme/portal-sessions/x', 'session_not_found'],
  ['GET', '/tenants/acme/endpoints/ep_1/checks/x', 'check_not_found'],
  ['POST', '/tenants/acme/endpoints/x/check', 'endpoint_not_found'],
  ['GET', '/alerts/x', 'alert_not_found'],
  ['PATCH', '/alerts/x', 'alert_not_found', {}],
  ['DELETE', '/alerts/x', 'alert_not_found'],
  ['POST', '/alerts/x/test', 'alert_not_found'],
  ['POST', '/alerts/x/snooze', 'alert_not_found', { until: null }],
  ['GET', '/tenants/acme/endpoints/x', 'endpoint_not_found'],
  ['PATCH', '/tenants/acme/endpoints/x', 'endpoint_not_found', {}],
  ['DELETE', '/tenants/acme/endpoints/x', 'endpoint_not_found'],
  ['POST', '/tenants/acme/endpoints/x/enable', 'endpoint_not_found'],
  ['POST', '/tenants/acme/endpoints/x/rotate-secret', 'endpoint_not_found'],
  ['POST', '/tenants/acme/endpoints/x/secret/reveal', 'endpoint_not_found'],
  ['POST', '/tenants/acme/endpoints/x/test', 'endpoint_not_found'],
  ['POST', '/tenants/acme/endpoints/x/pull', 'endpoint_not_found', {}],
  ['GET', '/tenants/acme/endpoints/x/stream', 'endpoint_not_found'],
  ['GET', '/tenants/acme/events/x', 'event_not_found'],
  ['GET', '/tenants/acme/events/x/explain', 'event_not_found'],
  ['GET', '/tenants/acme/deliveries/x', 'delivery_not_found'],
  ['GET', '/tenants/acme/deliveries/x/request-body', 'delivery_not_found'],
  ['POST', '/tenants/acme/deliveries/x/redeliver', 'delivery_not_found'],
  ['POST', '/tenants/acme/deliveries/x/cancel', 'delivery_not_found'],
  ['POST', '/tenants/acme/endpoints/x/purge', 'endpoint_not_found'],
  ['GET', '/tenants/acme/replays/x', 'replay_not_found'],
  ['DELETE', '/tenants/acme/replays/x', 'replay_not_found'],
  ['GET', '/event-types/x', 'event_type_not_found'],
  ['DELETE', '/event-types/x', 'event_type_not_found'],
] as const)('%s %s: %s', async (method, path, code, body?: unknown) => {
  expect(await call(method, path, body)).toMatchObject({ status: 404, body: { code } });
});

test('a conflict is a 409', async () => {
  const body = { id: 'acme', name: 'A', dialect: 'standard' };
  expect(await call('POST', '/tenants', body)).toMatchObject({
    status: 409,
    body: { code: 'tenant_exists' },
  });
});

test('what is asked for reaches the rooms in core words', async () => {
  await call('POST', '/tenants/acme/endpoints', {
    url: 'https://a.example',
    eventTypes: ['a'],
    description: null,
    metadata: { team: 'a' },
  });
  expect(asked['createEndpoint']).toEqual({
    tenant: 'acme',
    mode: 'live',
    url: 'https://a.example',
    eventTypes: ['a'],
    description: null,
    metadata: { team: 'a' },
  });
  await call('GET', '/tenants/acme/endpoints?limit=7&cursor=abc&enabled=false');
  expect(asked['listEndpoints']).toEqual({
    tenant: 'acme',
    mode: null,
    limit: 7,
    cursor: 'abc',
    enabled: false,
  });
  await call('PATCH', '/tenants/acme/endpoints/ep_1', { eventTypes: ['b'] });
  expect(asked['changeEndpoint']).toEqual({
    tenant: 'acme',
    mode: null,
    id: 'ep_1',
    patch: { eventTypes: ['b'] },
  });
  await call('POST', '/tenants/acme/endpoints/ep_1/disable');
  expect(asked['changeEndpoint']).toEqual({
    tenant: 'acme',
    mode: null,
    id: 'ep_1',
    patch: { enabled: false },
  });
  await call('POST', '/tenants/acme/endpoints/ep_1/rotate-secret', { overlapSeconds: 0 });
  expect(asked['rotateSecret']).toMatchObject({ id: 'ep_1', overlapMs: 0 });
  await call('POST', '/tenants/acme/endpoints/ep_1/rotate-secret');
  expect(asked['rotateSecret']).toMatchObject({ id: 'ep_1', overlapMs: 86_400_000 });
  await call('GET', '/tenants/acme/events/evt-1?mode=test');
  expect(asked['getEvent']).toEqual({ tenant: 'acme', mode: 'test', id: 'evt-1' });
  await call(
    'GET',
    `/tenants/acme/deliveries?state=held&endpoint=ep_1&event=evt-1&type=a.b&since=${time}&until=2026-01-03T00:00:00Z&mode=test`,
  );
  expect(asked['listDeliveries']).toEqual({
    tenant: 'acme',
    mode: 'test',
    filter: {
      state: 'held',
      endpoint: 'ep_1',
      event: 'evt-1',
      eventType: 'a.b',
      since: now,
      until: Date.UTC(2026, 0, 3),
    },
    limit: 50,
    cursor: null,
  });
  await call('POST', '/tenants/acme/replays', {
    ...replayTerms,
    eventTypes: ['a'],
    endpoint: 'ep_1',
    mode: 'live',
  });
  expect(asked['createReplay']).toEqual({
    tenant: 'acme',
    mode: 'live',
    endpoint: 'ep_1',
    states: ['held'],
    eventTypes: ['a'],
    since: Date.UTC(2026, 0, 1),
    until: Date.UTC(2026, 0, 1, 23),
    ratePerSecond: 50,
    includeDisabled: false,
  });
  await call('POST', '/tenants/acme/endpoints/ep_1/backfill', { since: time, eventTypes: ['a'] });
  expect(asked['createBackfill']).toEqual({
    tenant: 'acme',
    mode: null,
    id: 'ep_1',
    eventTypes: ['a'],
    since: now,
    until: null,
    ratePerSecond: 50,
  });
  await call('GET', `/stats?tenant=acme&endpoint=ep_1,ep_2&since=${time}&bucket=minute&groupBy=code`);
  expect(asked['readStats']).toEqual({
    tenant: 'acme',
    endpoints: ['ep_1', 'ep_2'],
    since: now,
    bucketMs: 60_000,
    groupBy: 'code',
  });
  await call('GET', '/attention?minFailures=9&minWaitSeconds=5&limit=2');
  expect(asked['listAttention']).toEqual({ failuresMin: 9, waitMsMax: 5000, limit: 2, cursor: null });
  await call('GET', '/attention');
  expect(asked['listAttention']).toEqual({ failuresMin: 3, waitMsMax: 60_000, limit: 50, cursor: null });
  await call('POST', '/tenants/acme/endpoints/ep_1/test', { type: 'a', payload: [1] });
  expect(asked['sendTest']).toEqual({ tenant: 'acme', mode: null, id: 'ep_1', type: 'a', payload: [1] });
  await call('GET', '/endpoints?id=x&url=https://a/&enabled=false');
  expect(asked['findEndpoints']).toEqual({
    tenant: null,
    mode: null,
    filter: { enabled: false, knownAs: 'x', url: 'https://a/' },
    limit: 50,
    cursor: null,
  });
  await call(
    'GET',
    `/tenants/acme/events?type=a&orderingKey=k&since=${time}&until=${time}&withoutDeliveries=true`,
  );
  expect(asked['listEvents']).toEqual({
    tenant: 'acme',
    mode: null,
    filter: { type: 'a', orderingKey: 'k', since: now, until: now, isWithoutDeliveries: true },
    limit: 50,
    cursor: null,
  });
  await call('GET', `/deliveries?tenant=acme&mode=test&code=5xx&error=timeout&wireId=7&limit=3`);
  expect(asked['findDeliveries']).toEqual({
    tenant: 'acme',
    mode: 'test',
    filter: { status: { from: 500, to: 599 }, error: 'timeout', wireId: '7' },
    limit: 3,
    cursor: null,
  });
  await call('GET', `/attempts?code=503&outcome=refused&endpoint=ep_1&type=a&until=${time}`);
  expect(asked['findAttempts']).toEqual({
    tenant: null,
    mode: null,
    filter: {
      status: { from: 503, to: 503 },
      outcome: 'refused',
      endpoint: 'ep_1',
      eventType: 'a',
      until: now,
    },
    limit: 50,
    cursor: null,
  });
});

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test.each([
  [traceparent, traceparent],
  ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', null],
  [`ff${traceparent.slice(2)}`, null],
  ['nonsense', null],
])('traceparent %s is passed on as %s', async (given, passed) => {
  await call('POST', '/tenants/acme/events', { type: 'a.b', payload: {} }, { traceparent: given });
  expect(published.at(-1)?.traceparent).toBe(passed);
});

test('an event reaches the publisher whole', async () => {
  const event = { id: 'e:1', type: 'a.b', payload: { n: 1.5 }, mode: 'test', orderingKey: 'k' };
  await call('POST', '/tenants/acme/events', { ...event, occurredAt: '2026-01-02T05:04:05.678+02:00' });
  expect(published.at(-1)).toEqual({
    tenant: 'acme',
    events: [{ ...event, source: expect.any(Uint8Array), occurredAt: now }],
    traceparent: null,
  });
});

test('a repetition says that it is one', async () => {
  const event = { type: 'a.b', payload: {} };
  const once = await call('POST', '/tenants/acme/events', { id: 'new', ...event });
  expect(once.headers['idempotent-replayed']).toBeUndefined();
  const twice = await call('POST', '/tenants/acme/events', { id: 'again', ...event });
  expect(twice.headers['idempotent-replayed']).toBe('true');
  const publish = (...ids: string[]) =>
    call('POST', '/tenants/acme/events/batch', { events: ids.map((id) => ({ id, ...event })) });
  const mixed = await publish('new', 'again');
  expect(mixed.headers['idempotent-replayed']).toBeUndefined();
  expect(mixed.body.events.map(({ replayed }: { replayed: boolean }) => replayed)).toEqual([false, true]);
  expect((await publish('again1', 'again2')).headers['idempotent-replayed']).toBe('true');
});

test.each([
  ['no key', {}, 'key_missing'],
  ['another scheme', { authorization: 'Basic abc' }, 'key_missing'],
  ['no key after the scheme', { authorization: 'Bearer ' }, 'key_missing'],
  ['a wrong key', { authorization: 'Bearer wrong' }, 'key_unknown'],
  ['a longer key', { authorization: `Bearer ${adminKey}x` }, 'key_unknown'],
])('%s is refused, and never told back', async (_case, headers, code) => {
  const response = await app.inject({ url: '/admin/v1/tenants', headers });
  expect(response.statusCode).toBe(401);
  expect(response.json()).toMatchObject({ code, type: `urn:carillon:problem:${code}` });
  expect(response.headers['www-authenticate']).toBe('Bearer');
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(response.body).not.toMatch(/wrong|cak_/);
});

test('every route under the prefix asks for the key', async () => {
  for (const [path, operations] of Object.entries(openapi.paths)) {
    if (!path.startsWith('/admin/')) continue;
    for (const method of Object.keys(operations)) {
      const url = path.replaceAll(/\{\w+\}/g, 'acme');
      const { statusCode } = await app.inject({ method: method as 'GET', url });
      expect(statusCode, `${method} ${path}`).toBe(401);
    }
  }
});

test.each([
  [
    'everything at once',
    '/tenants/acme/events',
    { id: 'ä', type: 7, extra: 1, occurredAt: 'soon', mode: 'both' },
    ['id', 'type', 'payload', 'mode', 'occurredAt', 'extra'],
  ],
  [
    'a day that is none',
    '/tenants/acme/events',
    { type: 'a', payload: 1, occurredAt: '2026-02-30T00:00:00Z' },
    ['occurredAt'],
  ],
  [
    'deep in a batch',
    '/tenants/acme/events/batch',
    { events: [{ type: 'a', payload: 1 }, { type: 'a' }, 3] },
    ['events[1].payload', 'events[2]'],
  ],
  [
    'a time in a batch',
    '/tenants/acme/events/batch',
    { events: [{ type: 'a', payload: 1, occurredAt: '2026-01-01T25:00:00Z' }] },
    ['events[0].occurredAt'],
  ],
  ['an empty batch', '/tenants/acme/events/batch', { events: [] }, ['events']],
  [
    'a mode and a kind that are none',
    '/tenants/acme/credentials',
    { mode: 'LIVE', kind: 'key' },
    ['mode', 'kind'],
  ],
  // The command refuses an endpoint without a URL that is not of kind pull.
  ['nothing', '/tenants/acme/endpoints', {}, ['eventTypes']],
  ['no event types', '/tenants/acme/endpoints', { url: 'https://a.example', eventTypes: [] }, ['eventTypes']],
  ['a replay backwards', '/tenants/acme/replays', { ...replayTerms, since: time }, ['until']],
  ['a backfill backwards', '/tenants/acme/endpoints/ep_1/backfill', { since: time, until: time }, ['until']],
  ['a backfill without a start', '/tenants/acme/endpoints/ep_1/backfill', {}, ['since']],
  [
    'a backfill of no types',
    '/tenants/acme/endpoints/ep_1/backfill',
    { since: time, eventTypes: [] },
    ['eventTypes'],
  ],
  ['a rate of 0', '/tenants/acme/replays', { ...replayTerms, ratePerSecond: 0 }, ['ratePerSecond']],
  [
    'an overlap of years',
    '/tenants/acme/endpoints/ep_1/rotate-secret',
    { overlapSeconds: 1e9 },
    ['overlapSeconds'],
  ],
  ['a name of nothing', '/tenants', { name: '', dialect: 'standard' }, ['name']],
  ['a name with NUL', '/tenants', { name: 'a\0', dialect: 'standard' }, ['name']],
  [
    'polluting keys',
    '/tenants',
    '{"__proto__":{"name":"x"},"constructor":1}',
    ['name', 'dialect', '__proto__', 'constructor'],
  ],
])('%s: each wrong field is named', async (_case, path, body, fields) => {
  const response = await call('POST', path, body);
  expect(response).toMatchObject({ status: 400, body: { code: 'field_invalid' } });
  expect(response.body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
});

test.each([
  ['/tenants?limit=0', 'limit'],
  ['/tenants?limit=201', 'limit'],
  ['/tenants?limit=ten', 'limit'],
  ['/tenants?limit=1&limit=2', 'limit'],
  ['/tenants?cursor=', 'cursor'],
  ['/tenants?offset=3', 'offset'],
  ['/tenants/acme/deliveries?state=lost', 'state'],
  ['/tenants/acme/deliveries?since=yesterday', 'since'],
  ['/tenants/acme/deliveries?until=2026-02-30T00:00:00Z', 'until'],
  ['/tenants/acme/deliveries?Type=a', 'Type'],
  ['/tenants/acme/endpoints?enabled=yes', 'enabled'],
  ['/stats?bucket=year', 'bucket'],
  ['/stats?endpoint=a,,b', 'endpoint'],
  ['/deliveries?code=6xx', 'code'],
  ['/attempts?error=none', 'error'],
])('GET %s: %s is wrong', async (path, field) => {
  const response = await call('GET', path);
  expect(response).toMatchObject({ status: 400, body: { code: 'field_invalid', errors: [{ field }] } });
});

test('a value that is wrong is not told back', async () => {
  const response = await call('POST', '/tenants/acme/endpoints', {
    url: 5,
    secret: 'whsec_mine',
    eventTypes: 'whsec_x',
  });
  expect(JSON.stringify(response.body)).not.toMatch(/whsec_/);
});

test.each([
  ['broken', '{"type": "a" nope}', /position 13/],
  ['nothing', '', /empty/],
  ['a list', '[]', /object/],
  ['null', 'null', /object/],
  ['deep', `{"type":"a","payload":${'['.repeat(500)}${']'.repeat(500)}}`, /nested/],
])('%s JSON is refused as such', async (_case, text, detail) => {
  const response = await call('POST', '/tenants/acme/events', text);
  expect(response).toMatchObject({ status: 400, body: { code: 'json_invalid' } });
  expect(response.body.detail).toMatch(detail);
  expect(response.headers.connection).not.toBe('close');
});

test('a payload reaches the publisher as it is written, in a batch too', async () => {
  const payloads = ['{ "b":9007199254740993,"10":1e21, "a":-0,"a":"\\u00fc\\/" }', '"\\u0000"', '[ ]'];
  const events = payloads.map((payload) => `{"type":"a", "payload" :${payload} }`);
  await call('POST', '/tenants/acme/events/batch', `{"events":[ ${events.join(' ,')}]}`);
  const written = published.at(-1)?.events.map(({ source }) => Buffer.from(source).toString());
  expect(written).toEqual(payloads);
  await call('POST', '/tenants/acme/events', `\ufeff{"payload":1,"type":"a","p\\u0061yload":${payloads[0]}}`);
  expect(Buffer.from(published.at(-1)?.events[0]?.source ?? []).toString()).toBe(payloads[0]);
});

test('a payload keeps its __proto__ and pollutes nothing', async () => {
  await call('POST', '/tenants/acme/events', '{"type":"a","payload":{"__proto__":{"polluted":true}}}');
  const [event] = published.at(-1)?.events ?? [];
  expect(JSON.stringify(event?.payload)).toBe('{"__proto__":{"polluted":true}}');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

const event = (bytes: number) => ({ type: 'a', payload: 'x'.repeat(bytes) });

test('an event may be larger than other bodies, and no larger than its limit', async () => {
  expect((await call('POST', '/tenants/acme/events', event(1024 * 1024))).status).toBe(202);
  const tooLarge = { status: 413, body: { code: 'body_too_large' } };
  expect(await call('POST', '/tenants/acme/events', event(1024 * 1024 + 17_000))).toMatchObject(tooLarge);
  expect(await call('POST', '/tenants', { name: 'x'.repeat(300_000) })).toMatchObject(tooLarge);
  const events = Array.from({ length: 9 }, () => event(1024 * 1024));
  expect(await call('POST', '/tenants/acme/events/batch', { events })).toMatchObject(tooLarge);
  expect((await call('POST', '/tenants/acme/events/batch', { events: events.slice(2) })).status).toBe(202);
});

test('a batch has at most as many events as the limits say', async () => {
  const events = Array.from({ length: defaultLimits.batchEventsMax + 1 }, () => ({ type: 'a', payload: 1 }));
  const response = await call('POST', '/tenants/acme/events/batch', { events });
  expect(response).toMatchObject({
    status: 400,
    body: { code: 'field_invalid', errors: [{ field: 'events' }] },
  });
});

test.each([['text/plain'], ['application/x-www-form-urlencoded'], ['nonsense']])(
  'a body of type %s is not supported',
  async (contentType) => {
    const response = await call('POST', '/tenants', '{}', { 'content-type': contentType });
    expect(response).toMatchObject({ status: 415, body: { code: 'media_type_unsupported' } });
  },
);

test('a charset with the content type is fine', async () => {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  expect((await call('POST', '/tenants', { name: 'B', dialect: 'standard' }, headers)).status).toBe(201);
});

test.each(['/nothing', '/admin/v1/nothing', '/admin/v1/stats/', '//healthz', '/openapi/none.json'])(
  'there is no route %s',
  async (url) => {
    const response = await app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'x/y' },
      payload: '{',
    });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ code: 'route_not_found', status: 404 });
  },
);

test('a path that is no UTF-8 is our problem outside of dialects', async () => {
  const response = await app.inject('/admin/v1/tenants/%ff');
  expect(response.json()).toMatchObject({ status: 400, code: 'field_invalid', errors: [{ field: 'path' }] });
});

test('a known path tells its methods', async () => {
  const wrong = await call('PUT', '/tenants/acme/events', 'not json', { 'content-type': 'text/plain' });
  expect(wrong).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
  expect(wrong.headers.allow).toBe('GET, HEAD, OPTIONS, POST');
  const options = await app.inject({ method: 'OPTIONS', url: '/healthz' });
  expect([options.statusCode, options.headers.allow]).toEqual([204, 'GET, HEAD, OPTIONS']);
  const head = await app.inject({ method: 'HEAD', url: '/admin/v1/tenants', headers: key });
  expect([head.statusCode, head.body]).toEqual([200, '']);
});

test('a parked delivery has no time', async () => {
  const parked = { ...delivery, dueAt: Number.MAX_SAFE_INTEGER };
  const { deps: other } = createHttpFakes({}, { redeliver: async () => parked });
  const server = await createHttpServer(other);
  const url = '/admin/v1/tenants/acme/deliveries/dlv_1/redeliver';
  const response = await server.inject({ method: 'POST', url, headers: key });
  expect(response.json()).toMatchObject({ dueAt: null });
});

async function idOf(given?: string) {
  const headers = given === undefined ? {} : { 'x-request-id': given };
  return (await app.inject({ url: '/healthz', headers })).headers['x-request-id'];
}

test('every request has an id, its own where it is harmless', async () => {
  expect(await idOf('abc-1.2_3')).toBe('abc-1.2_3');
  const made = await Promise.all([idOf(), idOf('a b'), idOf('x'.repeat(65)), idOf('')]);
  expect(new Set(made).size).toBe(4);
  for (const id of made) expect(id).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
});

/** A server whose publisher fails, and what it logs at `level`. */
async function bootLogging(level: string, replaced: Partial<HttpDeps> = {}) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const { deps } = createHttpFakes({ log, ...replaced });
  return { server: await createHttpServer(deps), lines };
}

test('what nobody foresaw is a bare 500, logged once and in full', async () => {
  const cause = new Error('disk full');
  const failing = { publish: async () => Promise.reject(new Error('cannot write', { cause })) };
  const { server, lines } = await bootLogging('info', { publisher: failing });
  const response = await server.inject({
    method: 'POST',
    url: '/admin/v1/tenants/acme/events?mode=live&key=in-the-url',
    headers: { ...key, 'x-request-id': 'mine' },
    payload: { type: 'a', payload: { card: '4111' } },
  });
  expect(response.json()).toMatchObject({ status: 500, code: 'internal', title: 'The server failed' });
  expect(response.body).not.toMatch(/disk|write/);
  expect(response.headers['x-request-id']).toBe('mine');
  expect(lines.map(({ msg }) => msg)).toEqual(['request.failed', 'admin.called']);
  expect(lines[0]).toMatchObject({
    msg: 'request.failed',
    requestId: 'mine',
    method: 'POST',
    route: '/admin/v1/tenants/:tenant/events',
    err: { message: expect.stringContaining('cannot write') },
  });
  expect(JSON.stringify(lines)).toMatch(/disk full/);
  expect(JSON.stringify(lines)).not.toMatch(/in-the-url|4111|cak_/);
});

test('requests are logged at debug alone, by the template of their route', async () => {
  const quiet = await bootLogging('info');
  await quiet.server.inject({ url: '/admin/v1/tenants/acme?x=1', headers: key });
  expect(quiet.lines).toEqual([]);
  const loud = await bootLogging('debug');
  await loud.server.inject({ url: '/admin/v1/tenants/acme', headers: key });
  await loud.server.inject({ url: '/secret/path?token=s3cret' });
  expect(loud.lines).toMatchObject([
    { msg: 'request.answered', method: 'GET', route: '/admin/v1/tenants/:tenant', status: 200 },
    { msg: 'request.answered', method: 'GET', status: 404 },
  ]);
  expect(JSON.stringify(loud.lines)).not.toMatch(/s3cret|acme|cak_/);
});

test('the checks, the metrics and the page', async () => {
  for (const path of ['/', '/healthz', '/readyz']) {
    const response = await app.inject(path);
    checkResponse(openapi, 'GET', path, response.statusCode, response.json());
    expect(response.statusCode).toBe(200);
  }
  const metrics = await app.inject('/metrics');
  expect(metrics.body).toBe('# HELP up\nup 1\n');
  expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
});

const noDatabase = {
  summary: 'the database cannot be used',
  detail: '/srv/data/carillon.db: the disk is full',
};
const state = (...troubles: Trouble[]): EngineState => ({ troubles, isPaused: false });
const noFiles = { summary: 'few open files', detail: 'few open files' };

test.each([
  [async () => state(noDatabase, noFiles), {}, 'the database cannot be used; few open files'],
  [async () => state(noDatabase), { authorization: 'Bearer wrong' }, 'the database cannot be used'],
  [async () => state(noDatabase, noFiles), key, `${noDatabase.detail}; few open files`],
  [async () => Promise.reject(new Error('boom')), key, 'readiness could not be found out'],
])('readiness says what is wrong, and where to the operator alone', async (readiness, headers, reason) => {
  const server = await createHttpServer(createHttpFakes({ readiness }).deps);
  const response = await server.inject({ url: '/readyz', headers });
  expect(response.json()).toMatchObject({
    status: 503,
    code: 'unavailable',
    detail: `Not ready: ${reason}.`,
  });
  checkResponse(openapi, 'GET', '/readyz', 503, response.json());
  expect((await server.inject('/healthz')).statusCode).toBe(200);
});

test('a paused server is ready, and says that it is paused', async () => {
  const readiness = async () => ({ troubles: [], isPaused: true });
  const server = await createHttpServer(createHttpFakes({ readiness }).deps);
  const response = await server.inject('/readyz');
  expect([response.statusCode, response.json()]).toEqual([200, { status: 'paused' }]);
  checkResponse(openapi, 'GET', '/readyz', 200, response.json());
});

const portOf = (server: FastifyInstance): number => (server.server.address() as AddressInfo).port;

test('closing answers what is under way, says so, and does not wait for idle connections', async () => {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const { deps } = createHttpFakes({
    metricsText: async () => {
      begun.resolve();
      await gate.promise;
      return 'late 1\n';
    },
  });
  const server = await createHttpServer(deps);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const port = portOf(server);
  const idle = connect(port, '127.0.0.1');
  await once(idle, 'connect');
  const busy = connect(port, '127.0.0.1');
  let answer = '';
  busy.on('data', (chunk) => (answer += String(chunk)));
  busy.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
  await begun.promise;
  const closed = server.close();
  const ended = once(busy, 'close');
  await once(idle, 'close');
  gate.resolve();
  await Promise.all([closed, ended]);
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(answer.toLowerCase()).toContain('connection: close');
  expect(answer).toContain('late 1');
});

test('a request that never ends is cut off after a while', async () => {
  const clock = createFakeClock();
  const server = await createHttpServer(createHttpFakes({ clock }).deps);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const accepting = once(server.server, 'connection');
  const socket = connect(portOf(server), '127.0.0.1');
  socket.write('POST /admin/v1/tenants HTTP/1.1\r\nHost: a\r\n');
  const [accepted] = (await accepting) as [Socket];
  while (accepted.bytesRead === 0) await immediate();
  const cut = once(socket, 'close');
  let isClosed = false;
  const closed = server.close().then(() => (isClosed = true));
  for (let turns = 0; turns < 50; turns++) await immediate();
  expect(isClosed).toBe(false);
  clock.advance(10_000);
  await Promise.all([closed, cut]);
});

test('what is not HTTP gets a problem', async () => {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const port = portOf(app);
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.write('NONSENSE\r\n\r\n');
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('application/problem+json');
});

test('the OpenAPI document is whole', () => {
  expect(openapi).toMatchObject({
    openapi: '3.1.0',
    info: { version: '1.2.3' },
    security: [{ adminKey: [] }],
  });
  expect(openapi.components.securitySchemes.adminKey).toMatchObject({ type: 'http', scheme: 'bearer' });
  const ids = new Set<string>();
  for (const [path, operations] of Object.entries(openapi.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const at = `${method} ${path}`;
      expect(ids.has(operation.operationId), at).toBe(false);
      ids.add(operation.operationId);
      expect(operation.summary, at).toBeTruthy();
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(response.description, `${at} ${status}`).not.toBe('Default Response');
        if (status === '204' || status === '303') expect(response.content, at).toBeUndefined();
        else expect(Object.values(response.content ?? {})[0]?.schema, `${at} ${status}`).toBeDefined();
      }
      if (path.startsWith('/admin/'))
        expect(Object.keys(operation.responses), at).toEqual(expect.arrayContaining(['401', '500']));
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name));
      const parameters = (operation.parameters ?? []).filter((one) => one.in === 'path');
      expect(parameters.map(({ name }) => name).toSorted(), at).toEqual(names.toSorted());
    }
  }
  const named = Object.keys(openapi.components.schemas);
  for (const [, name] of JSON.stringify(openapi).matchAll(/"\$ref":"([^"]+)"/g)) {
    expect(named).toContain(name?.replace('#/components/schemas/', ''));
  }
  expect(named.filter((name) => /^(def|schema)-/.test(name))).toEqual([]);
  const rotate = openapi.paths['/admin/v1/tenants/{tenant}/endpoints/{id}/rotate-secret']?.['post'];
  expect(rotate?.requestBody?.required).toBe(false);
});

test('whoami says what the key may do, and needs no scope', async () => {
  const { status, body } = await call('GET', '/whoami');
  expect(status).toBe(200);
  expect(body).toMatchObject({ key: { name: 'configuration', kind: 'configuration' }, tenants: null });
  expect(body.scopes).toContain('keys');
});
/** Streams are read from a socket: test/e2e has their tests. */
const streams: ReadonlySet<string> = new Set(['streamDeliveries', 'tailAttempts']);

test('every operation of the admin API has a test', () => {
  expect(Object.keys(routes).filter((name) => !called.has(name) && !streams.has(name))).toEqual([]);
});
