// Bodies on bare sockets: who may send how much, and what becomes of what is not read.
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { Fault } from '#core/fault.ts';
import { defaultLimits } from '#core/limits.ts';
import type { CredentialId, TenantId } from '#core/tenant.ts';
import { spritz } from '#dialects/spritz/index.ts';
import { standard } from '#dialects/standard/index.ts';
import { adminKey, createHttpFakes } from '../../test/support/http-fakes.ts';
import { openRawClient, type RawClient } from '../../test/support/raw-client.ts';
import { createHttpServer } from './server.ts';

const mebibyte = 1024 * 1024;
const knownKey = `car_live_${'k'.repeat(43)}`;
const unknownKey = `car_live_${'u'.repeat(43)}`;

let app: FastifyInstance;
const clients: RawClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await app.close();
});

/** A server with a dialect whose key can be checked before the body, and one whose signature is over the body. */
async function listen(bodyBytesMax = defaultLimits.bodyBytesMax): Promise<() => Promise<RawClient>> {
  const { deps } = createHttpFakes(
    { dialects: [standard, spritz], limits: { ...defaultLimits, bodyBytesMax } },
    {
      authenticate: async ({ proof }) => {
        if (proof.kind === 'bearer' && proof.token === knownKey)
          return { tenant: 'acme' as TenantId, mode: 'live', credential: 'crd_1' as CredentialId };
        throw new Fault('key_unknown', 'no such key');
      },
    },
  );
  app = await createHttpServer(deps);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return async () => {
    const client = await openRawClient(port);
    clients.push(client);
    return client;
  };
}

interface Head {
  readonly key?: string;
  readonly length?: number;
  readonly more?: string;
}

function head(path: string, { key, length, more = '' }: Head): string {
  const authorization = key === undefined ? '' : `Authorization: Bearer ${key}\r\n`;
  const framing = length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  return `POST ${path} HTTP/1.1\r\nHost: a\r\n${authorization}${more}Content-Type: application/json\r\n${framing}\r\n\r\n`;
}

const chunk = (bytes: number): string => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`;

const wellFormedSignature = `X-Integrator-Key: int_1\r\nX-Timestamp: 1\r\nX-Signature: sha256=${'0'.repeat(64)}\r\n`;
const create = '/v1/integrator/webhooks';

test.each([
  ['the admin API without a key', '/admin/v1/tenants', {}, 401],
  ['the admin API with another key', '/admin/v1/tenants', { key: unknownKey }, 401],
  ['a bearer dialect without a key', '/v1/endpoints', {}, 401],
  ['a bearer dialect with an unknown key', '/v1/endpoints', { key: unknownKey }, 401],
  ['a signed dialect without a key', create, {}, 401],
  ['a path that does not exist', '/nothing', { key: adminKey }, 404],
  ['a method that the path does not have', '/healthz', {}, 405],
] as const)('%s is refused before the body arrives', async (_case, path, given, status) => {
  const open = await listen();
  const client = await open();
  client.send(head(path, { ...given, length: 200_000 }));
  expect((await client.answer()).status).toBe(status);
  // What arrives of the body is dropped, and the connection is used again.
  client.send('x'.repeat(200_000));
  client.send('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(await client.answer()).toMatchObject({ status: 200, body: '{"status":"ok"}' });
});

test.each([{ length: 100 * mebibyte }, {}])(
  'a body that goes on after the refusal closes the connection (%j)',
  async (framing) => {
    const open = await listen();
    const client = await open();
    client.send(head('/nothing', framing));
    expect((await client.answer()).status).toBe(404);
    const goOn = (error?: Error | null): void => {
      if (error === undefined || error === null) client.socket.write(chunk(64 * 1024), goOn);
    };
    goOn();
    expect(await client.closed()).toBe('');
    expect(client.socket.bytesWritten).toBeGreaterThan(8 * mebibyte);
    expect(client.socket.bytesWritten).toBeLessThan(16 * mebibyte);
  },
);

test('a body is small until its sender is known, announced or in chunks', async () => {
  const open = await listen();
  for (const [path, given, bytes, status] of [
    ['/v1/endpoints', { key: knownKey }, 200_000, 400],
    ['/v1/endpoints', { key: knownKey }, 300_000, 413],
    [create, { more: wellFormedSignature }, 32 * 1024, 401],
    [create, { more: wellFormedSignature }, 32 * 1024 + 1, 413],
  ] as const) {
    const announced = await open();
    announced.send(head(path, { ...given, length: bytes }));
    announced.send('x'.repeat(bytes));
    expect((await announced.answer()).status, `${path} ${bytes}`).toBe(status);
    const chunked = await open();
    chunked.send(`${head(path, given)}${chunk(bytes)}0\r\n\r\n`);
    expect((await chunked.answer()).status, `${path} ${bytes}`).toBe(status);
  }
});

test('all bodies together are bounded, those of unknown senders apart from the others', async () => {
  const open = await listen(400_000);
  const signed = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const client = await open();
      client.send(head(create, { more: wellFormedSignature, length: 30_000 }));
      client.send('x'.repeat(20_000));
      return client;
    }),
  );
  // A quarter holds five of them.
  const refused = await Promise.any(signed.map((client) => client.answer()));
  expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  // Who has a key has the rest.
  const known = await open();
  known.send(head('/admin/v1/tenants', { key: adminKey, length: 200_000 }));
  known.send('x'.repeat(200_000));
  expect((await known.answer()).status).toBe(400);
  // 300,000 bytes are for those: three that have sent 90,000 each leave no place for a fourth.
  const keyed = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const client = await open();
      client.send(head('/admin/v1/tenants', { key: adminKey, length: 200_000 }));
      client.send('x'.repeat(90_000));
      return client;
    }),
  );
  const full = await Promise.any(keyed.map((client) => client.answer()));
  expect(full).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect(JSON.parse(full.body)).toMatchObject({ code: 'unavailable' });
});

test('a body that is not whole gives its place back', async () => {
  const open = await listen(400_000);
  for (let round = 0; round < 10; round++) {
    const client = await open();
    client.send(head('/admin/v1/tenants', { key: adminKey, length: 250_000 }));
    client.send('x'.repeat(150_000));
    client.socket.end();
    await client.closed();
  }
  const client = await open();
  client.send(head('/admin/v1/tenants', { key: adminKey, length: 250_000 }));
  client.send('x'.repeat(250_000));
  expect((await client.answer()).status).toBe(400);
});

test('the body of a GET is read, for signatures cover it', async () => {
  const open = await listen();
  const client = await open();
  const text = '{"a":1}';
  client.send(`GET /v1/endpoints HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${knownKey}\r\n`);
  client.send(`Content-Length: ${text.length}\r\n\r\n${text}GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`);
  expect((await client.answer()).status).toBe(200);
  expect((await client.answer()).status).toBe(200);
});
