// The running process: health, metrics and graceful shutdown.
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { temporaryFolder } from '../support/harness.ts';
import { type Answer, type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

let folder: string;
let receiver: Receiver;
let server: ServerProcess;
let client: ApiClient;

beforeEach(async () => {
  folder = temporaryFolder();
  receiver = await startReceiver();
  server = await startServer(folder);
  client = createApiClient(server.url, server.adminKey);
  await client.call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  await client.call('POST', '/tenants/acme/endpoints', { url: receiver.url, eventTypes: ['*'] });
});

afterEach(async () => {
  await client.close();
  await server.kill();
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

const publish = (id: string) =>
  client.call('POST', '/tenants/acme/events', { id, type: 'payment.paid', payload: {} });

test('the server answers health and readiness checks, and has metrics', async () => {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  receiver.answer = () => (receiver.requests.length === 1 ? 500 : 200);
  for (const id of ['a', 'b', 'c']) await publish(id);
  await receiver.until(() => receiver.requests.length === 3);
  const read = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();
  // The last result is recorded shortly after the receiver has answered.
  let metrics = await read();
  while (!metrics.includes('carillon_attempts_total{outcome="accepted"} 2')) metrics = await read();
  const lines = [
    'carillon_events_accepted_total 3',
    'carillon_attempts_total{outcome="refused"} 1',
    'carillon_deliveries_delivered_total 2',
    'carillon_attempts_failed_total 1',
    'carillon_attempts_retried_total 0',
    'carillon_in_flight 0',
    'carillon_waiting 1',
    'carillon_oldest_waiting_seconds',
    'carillon_publish_duration_seconds_bucket',
    'carillon_attempt_duration_seconds_bucket',
    'carillon_delivery_latency_seconds_bucket',
    'carillon_commit_size_bucket{le="1",kind="publish"} 3',
  ];
  for (const line of lines) expect(metrics).toContain(line);
});

test('SIGTERM finishes requests in flight, releases the other leases, and exits 0', async () => {
  const held: ((answer: Answer) => void)[] = [];
  receiver.answer = () => new Promise((resolve) => held.push(resolve));
  for (let i = 0; i < 20; i++) await publish(`event-${i}`);
  await receiver.until(() => receiver.requests.length > 0);
  const ended = server.terminate();
  // The server stops listening, but the request in flight gets its answer.
  while (
    await fetch(`${server.url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  );
  const sentBefore = receiver.requests.length;
  for (const answer of held) answer(200);
  expect(await ended).toBe(0);
  expect(receiver.requests.length).toBe(sentBefore);

  receiver.answer = () => 200;
  server = await startServer(folder);
  await receiver.until(() => receiver.requests.length >= 20);
  const ids = receiver.requests.map(({ headers }) => String(headers['webhook-id']));
  expect(ids).toHaveLength(20);
  expect(new Set(ids).size).toBe(20);
});
