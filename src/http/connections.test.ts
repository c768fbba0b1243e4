// Inbound connections on bare sockets: the bound, timeouts, a process that stood still, and recycling.
import type { AddressInfo } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { adminKey, createHttpFakes } from '../../test/support/http-fakes.ts';
import { openRawClient, type RawClient } from '../../test/support/raw-client.ts';
import { createHttpServer, type HttpDeps } from './server.ts';

let app: FastifyInstance;
const clients: RawClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await app.close();
});

async function listen(replaced: Partial<HttpDeps> = {}): Promise<() => Promise<RawClient>> {
  app = await createHttpServer(createHttpFakes(replaced).deps);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return async () => {
    const client = await openRawClient(port);
    clients.push(client);
    return client;
  };
}

const request = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';
const slowHead = `POST /admin/v1/tenants HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${adminKey}\r\n`;
const slowBody = `${slowHead}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;

/** A server with room for `connectionsMax`, whose metrics wait until `answer` is called. */
async function listenWithin(connectionsMax: number) {
  const gate = Promise.withResolvers<void>();
  const shed: string[] = [];
  const counts: number[] = [];
  const clock = createFakeClock();
  let begun = 0;
  const open = await listen({
    connectionsMax,
    clock,
    metrics: {
      connected: (count) => void counts.push(count),
      shed: (kind) => void shed.push(kind),
      authRefused: () => {},
    },
    metricsText: async () => {
      begun++;
      await gate.promise;
      return 'late 1\n';
    },
  });
  return {
    open,
    clock,
    shed,
    counts,
    answer: () => gate.resolve(),
    /** A connection whose request is being answered. */
    occupy: async (): Promise<RawClient> => {
      const client = await open();
      const before = begun;
      client.send('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
      while (begun === before) await immediate();
      return client;
    },
    /** A connection that is idle after `text`. */
    ask: async (text: string): Promise<RawClient> => {
      const client = await open();
      client.send(text);
      expect((await client.answer()).status).toBe(200);
      return client;
    },
  };
}

const knownRequest = `GET /admin/v1/tenants HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${adminKey}\r\n\r\n`;

test('beyond the bound half-open connections are closed first, idle ones then, and none that is at work', async () => {
  const { open, clock, shed, answer, occupy, ask } = await listenWithin(5);
  const known = await ask(knownRequest);
  const idle = await ask(request);
  const busy = await occupy();
  const slow = await open();
  slow.send('POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{');
  expect((await slow.answer()).status).toBe(404);
  const silent = await open();
  clock.advance(1000);
  const young = await open();
  expect(await silent.closed()).toBe('');
  const second = await ask(request);
  expect(await slow.closed()).toBe('');
  // A connection that may still send its request is worth more than an idle one.
  const third = await ask(request);
  expect(await idle.closed()).toBe('');
  const fourth = await ask(knownRequest);
  expect(await second.closed()).toBe('');
  await occupy();
  expect(await third.closed()).toBe('');
  await occupy();
  expect(await young.closed()).toBe('');
  // Who has shown a key comes last.
  await occupy();
  expect(await known.closed()).toBe('');
  await occupy();
  expect(await fourth.closed()).toBe('');
  expect(await (await open()).closed()).toBe('');
  expect(shed).toEqual([
    'half_open',
    'half_open',
    'idle',
    'idle',
    'idle',
    'half_open',
    'idle',
    'idle',
    'new',
  ]);
  answer();
  expect((await busy.answer()).body).toBe('late 1\n');
});

test('connections that come at once leave no more open than the bound', async () => {
  const { open, counts } = await listenWithin(10);
  const all = await Promise.all(Array.from({ length: 200 }, open));
  await expect.poll(() => all.filter(({ socket }) => socket.closed).length).toBe(190);
  expect(Math.max(...counts)).toBe(10);
  // The last ones, whose requests may be on their way.
  for (const client of all.slice(-10)) client.send(request);
  for (const client of all.slice(-10)) expect((await client.answer()).status).toBe(200);
});

/** Short enough for a test, and each of its own length. */
const timeouts = { requestMs: 400, headersMs: 200, keepAliveMs: 60_000, inactivityMs: 60_000, checkMs: 50 };

test('a request that does not arrive in time is answered 408, a connection that sent nothing is closed silently', async () => {
  const open = await listen({ timeouts });
  const silent = await open();
  const half = await open();
  half.send('GET /healthz HTTP/1.1\r\nHost:');
  const slow = await open();
  slow.send(slowBody);
  const kept = await open();
  kept.send(request);
  expect((await kept.answer()).status).toBe(200);
  expect(await silent.closed()).toBe('');
  for (const client of [half, slow]) expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 /);
  // Between two requests there is time.
  kept.send(request);
  expect((await kept.answer()).status).toBe(200);
  // What follows an answer is no request that could be answered.
  kept.send('POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{');
  expect((await kept.answer()).status).toBe(404);
  expect(await kept.closed()).toBe('');
});

test('a body that breaks off after its answer gets no second answer', async () => {
  const open = await listen();
  const client = await open();
  client.send('POST /nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  expect((await client.answer()).status).toBe(404);
  client.send('no length\r\n');
  expect(await client.closed()).toBe('');
});

/** Nothing runs in this process meanwhile, as when it is stopped or swapped out. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('whole requests that arrived while the process stood still are served', async () => {
  const open = await listen({ timeouts: { ...timeouts, keepAliveMs: 300, inactivityMs: 300 } });
  const fresh = await Promise.all(Array.from({ length: 30 }, open));
  const kept = await Promise.all(Array.from({ length: 30 }, open));
  for (const client of kept) client.send(request);
  for (const client of kept) expect((await client.answer()).status).toBe(200);
  const partly = await open();
  partly.send(slowBody);
  await immediate();
  // The bytes are in the buffers of the sockets when the timeouts have passed.
  for (const client of [...fresh, ...kept]) client.send(request);
  partly.send('"name":"B"');
  standStill(1_500);
  for (const client of [...fresh, ...kept]) expect(await client.answer()).toMatchObject({ status: 200 });
  // Its time began anew, and ends.
  expect(await partly.closed()).toMatch(/^HTTP\/1\.1 408 /);
});

test('a client that does not read its answer is closed after a while', async () => {
  const text = 'x'.repeat(32 * 1024 * 1024);
  const counts: number[] = [];
  const open = await listen({
    timeouts: { ...timeouts, inactivityMs: 200 },
    metrics: { connected: (count) => void counts.push(count), shed: () => {}, authRefused: () => {} },
    metricsText: async () => text,
  });
  const client = await open();
  client.socket.pause();
  client.send('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
  await expect.poll(() => counts, { timeout: 10_000 }).toEqual([1, 0]);
});

test('a connection is recycled after ten minutes', async () => {
  const clock = createFakeClock();
  const open = await listen({ clock });
  const client = await open();
  client.send(request);
  expect((await client.answer()).headers['connection']).toBe('keep-alive');
  clock.advance(10 * 60_000);
  client.send(request);
  expect((await client.answer()).headers['connection']).toBe('close');
  expect(await client.closed()).toBe('');
});

test('a connection is recycled after 10,000 requests', async () => {
  const open = await listen();
  const client = await open();
  for (let round = 1; round <= 100; round++) {
    client.send(request.repeat(100));
    for (let count = 1; count <= 100; count++) {
      const isLast = round === 100 && count === 100;
      const { headers } = await client.answer();
      expect(headers['connection']).toBe(isLast ? 'close' : 'keep-alive');
    }
  }
  expect(await client.closed()).toBe('');
});

test.each([
  ['GET * HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'keep-alive'],
  ['OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 204, 'keep-alive'],
  ['GET /healthz HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n', 400, 'keep-alive'],
  [`${slowHead}host: b\r\nContent-Length: 2\r\n\r\n{}`, 400, 'keep-alive'],
  ['GET healthz HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'close'],
  [`${slowHead}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 'close'],
  [`${slowHead}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 'close'],
  [`${slowHead}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 400, 'close'],
  [`${slowHead}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`, 400, 'close'],
  [`POST /nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 404, 'close'],
])('%j is answered %i with connection: %s', async (text, status, connection) => {
  const open = await listen();
  const client = await open();
  client.send(text);
  expect(await client.answer()).toMatchObject({ status, headers: { connection } });
  if (connection === 'close') expect(await client.closed()).toBe('');
});
