// Every method of RFC 9110 on every path: 405 with `Allow` where the path exists, 404 where it does not. Every other method:
// 501, and never another 5xx.
import { Agent, type IncomingHttpHeaders, METHODS, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialects } from '#dialects/index.ts';
import { eventStreamType } from '#lib/server-sent-events.ts';
import { adminKey, createHttpFakes } from '../../test/support/http-fakes.ts';
import { methods } from './bind.ts';
import { createHttpServer } from './server.ts';

let app: FastifyInstance;
let port: number;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
beforeAll(async () => {
  app = await createHttpServer(createHttpFakes({ dialects }).deps);
  await app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = app.server.address() as AddressInfo);
});
afterAll(async () => {
  agent.destroy();
  await app.close();
});

interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

function send(method: string, path: string, headers: Record<string, string>, body: string): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
      const answer = { status: response.statusCode ?? 0, headers: response.headers };
      response.resume().on('end', () => resolve(answer));
      // A stream goes on.
      if (response.headers['content-type']?.startsWith(eventStreamType) !== true) return;
      response.destroy();
      resolve(answer);
    });
    sent.on('error', reject).end(body);
  });
}

const body = '{"a":1}';
const withBody = { 'content-type': 'application/json', 'content-length': String(body.length) };
const withKey = { authorization: `Bearer ${adminKey}` };
const requests: readonly (readonly [string, Record<string, string>, string])[] = [
  ['nothing', {}, ''],
  ['a key', withKey, ''],
  ['a body', withBody, body],
  ['a body without a type', { 'content-length': String(body.length) }, body],
  ['a key and a body', { ...withKey, ...withBody }, body],
];

/** CONNECT names a host and no path. */
const others = METHODS.filter((method) => !methods.includes(method) && method !== 'CONNECT');

async function tablesOf(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const documents = ['/openapi.json', ...dialects.map(({ name }) => `/openapi/${name}.json`)];
  const tables = new Map<string, Set<string>>();
  for (const path of documents) {
    const { paths } = (await app.inject(path)).json();
    for (const [template, operations] of Object.entries<object>(paths)) {
      const own = Object.keys(operations).map((method) => method.toUpperCase());
      if (own.includes('GET')) own.push('HEAD');
      tables.set(template.replaceAll(/\{\w+\}/g, 'acme'), new Set(own));
    }
  }
  return tables;
}

describe.each(requests)('with %s', (_what, headers, text) => {
  test('a path answers its own methods, and 405 with Allow to all others', async () => {
    for (const [path, own] of await tablesOf()) {
      const answers = methods.map(async (method) => {
        const { status, headers: answered } = await send(method, path, headers, text);
        const at = `${method} ${path}`;
        if (own.has(method)) expect(status, at).toBeLessThan(500);
        else expect(status, at).toBe(method === 'OPTIONS' ? 204 : 405);
        if (!own.has(method)) expect(answered.allow, at).toBe([...own, 'OPTIONS'].toSorted().join(', '));
      });
      await Promise.all(answers);
    }
  });

  test.each(['/nothing', '/admin/v1/nothing', '/v1/nothing', '/api/v1/nothing', '/webhook/a/b'])(
    'no method is found at %s',
    async (path) => {
      for (const method of methods) {
        const { status } = await send(method, path, headers, text);
        expect(status, method).toBe(404);
      }
    },
  );
});

test.each(others)('%s is a method that the server does not know', async (method) => {
  for (const path of ['/healthz', '/nothing', '/v1/endpoints', '/admin/v1/tenants/acme']) {
    const { status, headers } = await send(method, path, { ...withKey, ...withBody }, body);
    expect([status, headers['content-type']], path).toEqual([501, 'application/problem+json']);
    expect(headers['x-request-id']).toBeDefined();
  }
});

/** The first line of the answer to raw bytes. */
async function exchange(text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

test.each(['FROBNICATE / HTTP/1.1', 'get /healthz HTTP/1.1', 'CONNECT example.com:443 HTTP/1.1'])(
  '%s is a method that the server does not implement',
  async (line) => {
    const answer = await exchange(`${line}\r\nHost: a\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 501 /);
    expect(answer).toContain('application/problem+json');
  },
);
