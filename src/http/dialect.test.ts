import { expect, test } from 'vitest';
import { Fault, type FaultCode, faultCodes, fieldFault } from '#core/fault.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Dialect, Operation, WireRequest, WireResponse } from '#dialects/dialect.ts';
import { createHttpFakes } from '../../test/support/http-fakes.ts';
import { createHttpServer } from './server.ts';

/** A made-up platform: faults are `{oops}`, refusals of any kind 499, so that ours can't be taken for its. */
function createToy(name: string, base: string) {
  const seen: WireRequest[] = [];
  const tell = ({ code, fields }: Fault): WireResponse => ({
    status: code === 'internal' ? 599 : 499,
    body: { oops: code, fields: fields.map(({ field }) => field) },
    headers: { 'x-toy': name },
    contentType: 'application/vnd.toy+json',
  });
  const schema = {
    $id: 'Thing',
    type: 'object',
    properties: {
      part: { $id: 'Part', type: ['string', 'null'], enum: ['a', null], 'x-problem': 'must be a' },
    },
  };
  const docs = { id: 'getThing', summary: 'toy', responses: { 200: { description: 'fine', schema } } };
  const own: readonly Operation[] = [
    {
      method: 'GET',
      path: `${base}/things/{thing}/`,
      command: 'getEndpoint',
      parse: (request) => {
        seen.push(request);
        return { id: request.params['thing'] as EndpointId };
      },
      reply: ({ endpoint }) => ({ status: 200, body: { thing: endpoint.id } }),
      docs: {
        ...docs,
        query: { properties: { since: { type: 'string', description: 'When.' } }, required: ['since'] },
      },
    },
    {
      method: 'DELETE',
      path: `${base}/things`,
      command: 'removeEndpoint',
      parse: (request) => {
        seen.push(request);
        if (request.rawBody.length === 0) throw fieldFault('id', 'is required');
        return { id: Buffer.from(request.rawBody).toString() as EndpointId };
      },
      reply: () => ({ status: 200 }),
      docs: { ...docs, body: { type: 'object' } },
    },
    {
      method: 'POST',
      path: `${base}//things:all`,
      command: 'sendTest',
      parse: (request) => {
        seen.push(request);
        return { id: 'ep_1' as EndpointId };
      },
      reply: ({ type }) => ({ status: 201, body: type, headers: { 'x-made': 'yes' } }),
      docs,
    },
  ];
  const faults = Object.fromEntries(faultCodes.map((code) => [code, tell])) as Record<FaultCode, typeof tell>;
  const dialect = {
    name,
    title: `The ${name} API`,
    authenticate: ({ headers }: WireRequest) => {
      const token = headers['x-token'];
      if (token === undefined) throw new Fault('key_missing', 'no token');
      return { kind: 'bearer', token };
    },
    operations: own,
    faults,
    events: { samples: [{ type: 'thing.made', payload: { thing: 1 } }] },
    render: ({ payload }: { readonly payload: Uint8Array }) => payload,
    policy: { accepted: { from: 200, to: 299 } },
    docs: {
      security: [{ token: { type: 'apiKey', in: 'header', name: 'X-Token' } }],
      deliveries: { headers: { 'X-Signed': 'By the toy.' }, body: { $id: 'Made', type: 'object' } },
    },
  } as unknown as Dialect;
  return { dialect, seen };
}

const headers = { 'x-token': 'good', host: 'api.toy.example:8080' };

async function boot(handled: Parameters<typeof createHttpFakes>[1] = {}, quirks: Partial<Dialect> = {}) {
  const toy = createToy('toy', '/toy/v1');
  const { deps, asked } = createHttpFakes({ dialects: [{ ...toy.dialect, ...quirks }] }, handled);
  return { app: await createHttpServer(deps), seen: toy.seen, asked };
}

test('a request reaches its command as it was sent, and the answer leaves as the dialect wrote it', async () => {
  const { app, seen } = await boot();
  const url = '/toy/v1/things/ep_1/?b=2&a=%20x&a=y';
  const response = await app.inject({
    method: 'GET',
    url,
    headers: { ...headers, 'content-type': 'application/json' },
  });
  expect(response.statusCode).toBe(200);
  expect(response.body).toBe('{"thing":"ep_1"}');
  expect(response.headers['content-type']).toBe('application/json');
  expect(response.headers['x-request-id']).toMatch(/^[\w.-]+$/);
  const [request] = seen;
  expect(request).toMatchObject({
    method: 'GET',
    path: '/toy/v1/things/ep_1/',
    params: { thing: 'ep_1' },
    origin: 'http://api.toy.example:8080',
  });
  expect(request?.query.getAll('a')).toEqual([' x', 'y']);
  expect(request?.headers['x-token']).toBe('good');
  expect(request?.rawBody).toHaveLength(0);
});

test('the path keeps its percent-encoding, parameters lose theirs', async () => {
  const { app, seen } = await boot();
  await app.inject({ method: 'GET', url: '/toy/v1/things/a%2Fb%20%C3%A9/', headers });
  expect(seen[0]).toMatchObject({ path: '/toy/v1/things/a%2Fb%20%C3%A9/', params: { thing: 'a/b é' } });
});

test.each([['application/json'], ['text/weird; x=y'], ['application/x-www-form-urlencoded'], [''], [null]])(
  'a body on DELETE arrives byte by byte as %s',
  async (contentType) => {
    const { app, seen } = await boot();
    const type = contentType === null ? {} : { 'content-type': contentType };
    const payload = Buffer.from([0x65, 0x70, 0x5f, 0x31]);
    const response = await app.inject({
      method: 'DELETE',
      url: '/toy/v1/things',
      headers: { ...headers, ...type },
      payload,
    });
    expect([response.statusCode, response.body]).toEqual([200, '']);
    expect(Buffer.from(seen[0]?.rawBody ?? []).equals(payload)).toBe(true);
  },
);

test('a JSON content type without a body is no mistake', async () => {
  const { app, seen } = await boot();
  const request = {
    url: '/toy/v1/things',
    headers: { ...headers, 'content-type': 'application/json' },
  } as const;
  const response = await app.inject({ method: 'DELETE', ...request });
  expect(response.json()).toEqual({ oops: 'field_invalid', fields: ['id'] });
  expect(seen[0]?.rawBody).toHaveLength(0);
});

test('paths with doubled slashes and colons are taken literally, and a text is a JSON text', async () => {
  const { app } = await boot();
  const response = await app.inject({ method: 'POST', url: '/toy/v1//things:all', headers });
  expect([response.statusCode, response.body, response.headers['x-made']]).toEqual([201, '"test"', 'yes']);
  const single = await app.inject({ method: 'POST', url: '/toy/v1/things:all', headers });
  expect(single.json()).toMatchObject({ oops: 'route_not_found' });
});

test.each([
  ['no key', { method: 'GET', url: '/toy/v1/things/ep_1/' }, 'key_missing'],
  [
    'a wrong key',
    { method: 'GET', url: '/toy/v1/things/ep_1/', headers: { 'x-token': 'bad' } },
    'key_unknown',
  ],
  ['nothing there', { method: 'GET', url: '/toy/v1/things/ep_2/', headers }, 'endpoint_not_found'],
  ['no such route', { method: 'GET', url: '/toy/v1/nothing', headers }, 'route_not_found'],
  ['no slash at the end', { method: 'GET', url: '/toy/v1/things/ep_1', headers }, 'route_not_found'],
  ['a wrong method', { method: 'PUT', url: '/toy/v1/things/ep_1/', payload: '{' }, 'method_not_allowed'],
  ['broken percent-encoding', { method: 'GET', url: '/toy/v1/things/%zz/', headers }, 'field_invalid'],
  [
    'percent-encoding that is not UTF-8',
    { method: 'GET', url: '/toy/v1/things/%ff/', headers },
    'field_invalid',
  ],
  [
    'an endless id',
    { method: 'GET', url: `/toy/v1/things/${'a'.repeat(5000)}/`, headers },
    'route_not_found',
  ],
  [
    'a wrong host',
    { method: 'GET', url: '/toy/v1/things/ep_1/', headers: { ...headers, host: 'a b' } },
    'field_invalid',
  ],
  [
    'a long body',
    { method: 'DELETE', url: '/toy/v1/things', headers, payload: Buffer.alloc(300_000) },
    'body_too_large',
  ],
] as const)('%s is told in the form of the dialect', async (_case, request, code) => {
  const { app } = await boot();
  const response = await app.inject({ ...request });
  expect(response.statusCode).toBe(499);
  expect(response.json()).toMatchObject({ oops: code });
  expect(response.headers).toMatchObject({ 'x-toy': 'toy', 'content-type': 'application/vnd.toy+json' });
  expect(response.headers['x-request-id']).toBeDefined();
});

test('a dialect may serve its paths without their end slash, too', async () => {
  const { app, seen } = await boot({}, { isEndSlashOptional: true });
  const response = await app.inject({ method: 'GET', url: '/toy/v1/things/ep_1', headers });
  expect([response.statusCode, seen[0]?.path]).toEqual([200, '/toy/v1/things/ep_1']);
  const wrong = await app.inject({ method: 'POST', url: '/toy/v1/things/ep_1' });
  expect([wrong.json().oops, wrong.headers.allow]).toEqual(['method_not_allowed', 'GET, HEAD, OPTIONS']);
});

test('a known path tells its methods', async () => {
  const { app } = await boot();
  const wrong = await app.inject({ method: 'POST', url: '/toy/v1/things/ep_1/' });
  expect(wrong.headers.allow).toBe('GET, HEAD, OPTIONS');
  const options = await app.inject({ method: 'OPTIONS', url: '/toy/v1/things' });
  expect([options.statusCode, options.headers.allow]).toEqual([204, 'DELETE, OPTIONS']);
  const head = await app.inject({ method: 'HEAD', url: '/toy/v1/things/ep_1/', headers });
  expect([head.statusCode, head.body]).toEqual([200, '']);
});

test('a fault that passes says when', async () => {
  const fault = new Fault('overloaded', 'too much', { retryAfterSeconds: 7 });
  const { app } = await boot({ sendTest: () => Promise.reject(fault) });
  const response = await app.inject({ method: 'POST', url: '/toy/v1//things:all', headers });
  expect(response.headers['retry-after']).toBe('7');
});

test('what nobody foresaw is told as internal, without its message', async () => {
  const error = new Error('the disk at /secret burns');
  const { app } = await boot({ sendTest: () => Promise.reject(error) });
  const response = await app.inject({ method: 'POST', url: '/toy/v1//things:all', headers });
  expect(response.statusCode).toBe(599);
  expect(response.json()).toEqual({ oops: 'internal', fields: [] });
});

test('the OpenAPI document of a dialect is made of its operations', async () => {
  const { app } = await boot();
  const document = (await app.inject('/openapi/toy.json')).json();
  expect(document).toMatchObject({
    openapi: '3.1.0',
    info: { title: 'The toy API', version: '1.2.3' },
    security: [{ token: [] }],
  });
  const thing = { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } };
  expect(document.paths['/toy/v1/things/{thing}/'].get).toEqual({
    operationId: 'getThing',
    summary: 'toy',
    parameters: [
      { name: 'thing', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'since', in: 'query', required: true, description: 'When.', schema: { type: 'string' } },
    ],
    responses: { 200: { description: 'fine', content: thing } },
  });
  expect(document.paths['/toy/v1/things'].delete.requestBody.required).toBe(true);
  expect(document.components).toEqual({
    schemas: {
      Made: { type: 'object' },
      Part: { type: 'string', enum: ['a'] },
      Thing: {
        type: 'object',
        properties: { part: { anyOf: [{ $ref: '#/components/schemas/Part' }, { type: 'null' }] } },
      },
    },
    securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Token' } },
  });
});

test('the OpenAPI document of a dialect shows what it delivers', async () => {
  const { app } = await boot();
  const { webhooks } = (await app.inject('/openapi/toy.json')).json();
  expect(Object.keys(webhooks)).toEqual(['thing.made']);
  expect(webhooks['thing.made'].post).toMatchObject({
    security: [],
    parameters: [{ name: 'X-Signed', in: 'header', required: true, description: 'By the toy.' }],
    requestBody: {
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/Made' }, example: { thing: 1 } },
      },
    },
    responses: { '2XX': {} },
  });
});
