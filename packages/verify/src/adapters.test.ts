// The adapters in the frameworks that are here: node:http (which Express is), Fastify, and `Request` (Next, Hono, workers).
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test } from 'vitest';
import { receive as receiveExpress } from './express.ts';
import { receive as receiveFastify } from './fastify.ts';
import { receive as receiveHono } from './hono.ts';
import { createVerifier, type Delivery } from './verify.ts';
import { receive as receiveWeb } from './web.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const verifier = createVerifier({ dialect: 'standard', secret, bodyBytesMax: 1000 });
const body = '{"type":"payment.paid","data":{"amount":1.10}}';
const seen: Delivery[] = [];
const keep = (delivery: Delivery): void => void seen.push(delivery);
const closing: (() => unknown)[] = [];
afterEach(async () => {
  seen.length = 0;
  for (const close of closing.splice(0)) await close();
});

function signed(text = body): RequestInit {
  const headers = {
    'content-type': 'application/json',
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
    'webhook-signature': new Webhook(secret).sign('evt_1', new Date(), text),
  };
  return { method: 'POST', headers, body: text };
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Call = (init: RequestInit) => Promise<Response>;
type Handler = (delivery: Delivery) => void;

/** How each framework is called with a handler that returns nothing. */
const frameworks: Readonly<Record<string, (handler: Handler) => Promise<Call>>> = {
  async express(handler) {
    const url = await listen(
      (request, response) => void receiveExpress(verifier, handler)(request, response),
    );
    return (init) => fetch(url, init);
  },
  async fastify(handler) {
    const app = fastify();
    await app.register(receiveFastify(verifier, handler), { prefix: '/hooks' });
    app.post('/other', async ({ body }) => body);
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    closing.push(() => app.close());
    return (init) => fetch(`${url}/hooks`, init);
  },
  async next(handler) {
    const route = receiveWeb(verifier, handler);
    return (init) =>
      route(new Request('http://receiver.example', init)).catch(() => new Response('', { status: 500 }));
  },
  async hono(handler) {
    const route = receiveHono(verifier, handler);
    const call: Call = (init) => route({ req: { raw: new Request('http://receiver.example', init) } });
    return (init) => call(init).catch(() => new Response('', { status: 500 }));
  },
};

describe.each(Object.keys(frameworks))('%s', (name) => {
  const start = (handler: Handler = keep) => frameworks[name]?.(handler) ?? Promise.reject(new Error(name));

  test('gives a delivery to the handler, and answers 200', async () => {
    const call = await start();
    expect((await call(signed())).status).toBe(200);
    expect(seen.map((delivery) => [delivery.id, delivery.text(), delivery.json()])).toEqual([
      ['evt_1', body, { type: 'payment.paid', data: { amount: 1.1 } }],
    ]);
  });

  test.each([
    ['another body', { body: `${body} ` }, 400, 'signature_mismatch'],
    ['no headers', { headers: {} }, 400, 'header_missing'],
    ['no body', { body: '' }, 400, 'signature_mismatch'],
  ])('answers why it refuses a request: %s', async (_, wrong, status, reason) => {
    const call = await start();
    const answer = await call({ ...signed(), ...wrong });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ reason, message: expect.stringMatching(/./) });
    expect(seen).toEqual([]);
  });

  test('refuses a body that is too large', async () => {
    const call = await start();
    expect((await call(signed('x'.repeat(1001)))).status).toBe(413);
    expect(seen).toEqual([]);
  });

  test('does not answer 2xx when the handler fails: the delivery is retried', async () => {
    const call = await start(() => {
      throw new Error('no database');
    });
    expect((await call(signed())).status).toBe(500);
  });
});

describe('express', () => {
  /** A middleware that has read the body, as `express.json()` and `express.raw()` do. */
  const after = (
    parse: (bytes: Buffer) => unknown,
    next?: (error?: unknown) => void,
    handler: Handler = keep,
  ) =>
    listen(async (request: IncomingMessage & { body?: unknown }, response: ServerResponse) => {
      request.body = parse(Buffer.concat(await request.toArray()));
      await receiveExpress(verifier, handler)(request, response, next);
    });

  test('takes the bytes that express.raw() has read', async () => {
    expect((await fetch(await after((bytes) => bytes), signed())).status).toBe(200);
    expect(seen).toHaveLength(1);
  });

  test('refuses what express.json() has parsed, and says what to do', async () => {
    const answer = await fetch(await after((bytes) => JSON.parse(bytes.toString())), signed());
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({
      reason: 'body_parsed',
      message: expect.stringContaining('express.raw'),
    });
  });

  test('refuses a body that was read and not kept', async () => {
    const answer = await fetch(await after(() => undefined), signed());
    expect(await answer.json()).toMatchObject({ reason: 'body_parsed' });
  });

  test('gives the error of a handler to next', async () => {
    const errors: unknown[] = [];
    const handler = () => {
      throw new Error('no database');
    };
    const url = await listen((request, response) => {
      const next = (error?: unknown): void => {
        errors.push(error);
        response.end();
      };
      void receiveExpress(verifier, handler)(request, response, next);
    });
    await fetch(url, signed());
    expect(errors).toEqual([new Error('no database')]);
  });

  test('leaves an answer of the handler as it is', async () => {
    const url = await listen(
      (request, response) =>
        void receiveExpress(verifier, (_delivery, _request, response: ServerResponse) =>
          response.writeHead(202).end(),
        )(request, response),
    );
    expect((await fetch(url, signed())).status).toBe(202);
  });
});

describe('fastify', () => {
  test('leaves the parsers of other routes as they are, and an answer of the handler', async () => {
    const app = fastify();
    await app.register(
      receiveFastify(verifier, () => ({ kept: true })),
      { prefix: '/hooks' },
    );
    app.post('/other', async ({ body }) => body);
    const payload = { a: 1 };
    const other = await app.inject({ method: 'POST', url: '/other', payload });
    expect(other.json()).toEqual(payload);
    const { headers, body: text } = signed();
    const hook = await app.inject({
      method: 'POST',
      url: '/hooks',
      headers: headers as Record<string, string>,
      payload: text as string,
    });
    expect({ status: hook.statusCode, body: hook.json() }).toEqual({ status: 200, body: { kept: true } });
    await app.close();
  });
});

describe('next', () => {
  test('refuses a request that was read before', async () => {
    const request = new Request('http://receiver.example', signed());
    await request.json();
    const answer = await receiveWeb(verifier, keep)(request);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ reason: 'body_parsed' });
  });

  test('gives the handler what the framework gives besides, and leaves its answer', async () => {
    const route = receiveWeb(
      verifier,
      (_delivery, _request, context: { params: string }) => new Response(context.params),
    );
    expect(
      await (await route(new Request('http://receiver.example', signed()), { params: 'x' })).text(),
    ).toBe('x');
  });
});

test('hono gives the handler its context, and leaves its answer', async () => {
  const route = receiveHono(
    verifier,
    (_delivery, { path }: { req: { raw: Request }; path: string }) => new Response(path),
  );
  const context = { req: { raw: new Request('http://receiver.example', signed()) }, path: '/x' };
  expect(await (await route(context)).text()).toBe('/x');
});
