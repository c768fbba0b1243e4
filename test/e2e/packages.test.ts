// The two libraries and a running server: events published by @carillon/client, deliveries verified by @carillon/verify in
// the handlers of three frameworks, in every dialect.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rmSync } from 'node:fs';
import { fastify } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dialects } from '#dialects/index.ts';
import { CarillonError, type Client, createClient } from '#packages/client/src/client.ts';
import { receive as receiveExpress } from '#packages/verify/src/express.ts';
import { receive as receiveFastify } from '#packages/verify/src/fastify.ts';
import { receive as receiveHono } from '#packages/verify/src/hono.ts';
import { createVerifier, type Delivery, type Dialect, type Verifier } from '#packages/verify/src/verify.ts';
import { temporaryFolder } from '../support/harness.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const folder = temporaryFolder();
let server: ServerProcess;
let client: Client;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startServer(folder);
  client = createClient({ server: server.url, key: server.adminKey });
});

afterAll(async () => {
  for (const close of closing) await close();
  await server.kill();
  rmSync(folder, { recursive: true });
});

interface Inbox {
  readonly url: string;
  /** Set before anything is delivered. */
  verifier: Verifier | null;
  readonly deliveries: Delivery[];
}

type Start = (verifier: () => Verifier, keep: (delivery: Delivery) => void) => Promise<string>;

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
}

async function toRequest(request: IncomingMessage): Promise<Request> {
  const body = Buffer.concat(await request.toArray());
  return new Request('http://receiver.example', {
    method: 'POST',
    headers: request.headers as Record<string, string>,
    body,
  });
}

const frameworks: Readonly<Record<string, Start>> = {
  express: (verifier, keep) =>
    listen(createServer((request, response) => void receiveExpress(verifier(), keep)(request, response))),
  async fastify(verifier, keep) {
    const app = fastify();
    closing.push(() => app.close());
    const late: Verifier = { bodyBytesMax: 2 ** 21, verify: (request) => verifier().verify(request) };
    await app.register(receiveFastify(late, keep), { prefix: '/hooks' });
    return `${await app.listen({ port: 0, host: '127.0.0.1' })}/hooks`;
  },
  hono: (verifier, keep) =>
    listen(
      createServer(async (request, response) => {
        const route = receiveHono(verifier(), keep);
        const answer = await route({ req: { raw: await toRequest(request) } });
        response.writeHead(answer.status).end(await answer.text());
      }),
    ),
};

/** An endpoint of the tenant in each framework. */
async function createInboxes(tenant: string, dialect: Dialect): Promise<readonly Inbox[]> {
  return Promise.all(
    Object.values(frameworks).map(async (start) => {
      const deliveries: Delivery[] = [];
      const inbox: { verifier: Verifier | null } = { verifier: null };
      const required = (): Verifier => {
        if (inbox.verifier === null) throw new Error('a delivery came before its secret');
        return inbox.verifier;
      };
      const url = await start(required, (delivery) => void deliveries.push(delivery));
      const params = { tenant };
      const { secret, attributes } = await client.call('createEndpoint', {
        params,
        body: { url, eventTypes: ['*'] },
      });
      const { public_key: publicKey } = attributes as { public_key?: string };
      const given = secret ?? publicKey ?? (await setSecret(tenant, 'a secret of their own'));
      inbox.verifier = createVerifier({ dialect, secret: given });
      return Object.assign(inbox, { url, deliveries });
    }),
  );
}

/** The wire of these tenants lets them set the secret themselves. */
async function setSecret(tenant: string, secret: string): Promise<string> {
  const body = { mode: 'live', kind: 'bearer' } as const;
  const issued = await client.call('createCredential', { params: { tenant }, body });
  const answer = await fetch(`${server.url}/v1/integrator/webhook-secret`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${'token' in issued ? issued.token : ''}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ secret }),
  });
  expect(answer.status).toBe(200);
  return secret;
}

async function allDelivered(tenant: string, count: number): Promise<void> {
  await expect
    .poll(
      async () => {
        const states: string[] = [];
        for await (const { state } of client.each('listDeliveries', { params: { tenant } }))
          states.push(state);
        return states.filter((state) => state === 'delivered').length;
      },
      { timeout: 30_000 },
    )
    .toBe(count);
}

test.each(dialects.map(({ name }) => name as Dialect))('%s', async (dialect) => {
  await client.call('createTenant', { body: { id: dialect, name: dialect, dialect } });
  const inboxes = await createInboxes(dialect, dialect);
  const samples = dialects.find(({ name }) => name === dialect)?.events.samples ?? [];
  expect(samples).not.toEqual([]);
  const events = samples
    .slice(0, 5)
    .map(({ type, payload }, index) => ({ id: `${dialect}-${index}`, type, payload }));
  const published = await Promise.all(events.map((event) => client.publish(dialect, event)));
  expect(published.map(({ id, deliveries }) => ({ id, deliveries }))).toEqual(
    events.map(({ id }) => ({ id, deliveries: 3 })),
  );
  await allDelivered(dialect, events.length * 3);
  for (const { deliveries } of inboxes) {
    expect(deliveries).toHaveLength(events.length);
    for (const delivery of deliveries) expect(delivery.json()).toBeTypeOf('object');
  }
  // Again with the same ids: nothing is sent.
  const again = await client.publish(dialect, events);
  expect(again.map(({ replayed }) => replayed)).toEqual(events.map(() => true));
});

test('a rotation is noticed by no receiver, with the old secret or the new one', async () => {
  const tenant = 'rotating';
  await client.call('createTenant', { body: { id: tenant, name: tenant, dialect: 'standard' } });
  const inboxes = await createInboxes(tenant, 'standard');
  const [first] = inboxes;
  const listed = await client.call('listEndpoints', { params: { tenant } });
  const id = listed.data.find(({ url }) => url === first?.url)?.id ?? '';
  const rotated = await client.call('rotateSecret', { params: { tenant, id }, body: {} });
  await client.publish(tenant, { type: 'a', payload: { secret: 'old' } });
  await allDelivered(tenant, 3);
  if (first !== undefined)
    first.verifier = createVerifier({ dialect: 'standard', secret: rotated.secret ?? '' });
  await client.publish(tenant, { type: 'a', payload: { secret: 'new' } });
  await allDelivered(tenant, 6);
  expect(first?.deliveries.map((delivery) => delivery.json<{ data: object }>().data)).toEqual([
    { secret: 'old' },
    { secret: 'new' },
  ]);
});

test('concurrent publishes of many callers, one of them wrong', async () => {
  const tenant = 'busy';
  await client.call('createTenant', { body: { id: tenant, name: tenant, dialect: 'standard' } });
  const answers = await Promise.allSettled(
    Array.from({ length: 3000 }, (_, index) =>
      client.publish(tenant, {
        type: index === 1500 ? 'x'.repeat(200) : 'a',
        payload: { index },
        orderingKey: 'one',
      }),
    ),
  );
  const failed = answers.filter(({ status }) => status === 'rejected');
  expect(failed).toHaveLength(1);
  const [{ reason }] = failed as [PromiseRejectedResult];
  expect(reason).toBeInstanceOf(CarillonError);
  expect(reason).toMatchObject({ code: 'field_invalid', status: 400 });
  expect((reason as CarillonError).problem?.errors?.[0]?.field).toBe('type');
  let count = 0;
  for await (const { data } of client.pages('listEvents', { params: { tenant }, query: { limit: 200 } })) {
    count += data.length;
  }
  expect(count).toBe(2999);
});

test('a key that is wrong is a problem of the server', async () => {
  const stranger = createClient({ server: server.url, key: 'cak_wrong_0123456789abcdef' });
  await expect(stranger.call('listTenants', {})).rejects.toMatchObject({ code: 'key_unknown', status: 401 });
});
