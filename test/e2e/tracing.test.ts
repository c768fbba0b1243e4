// OpenTelemetry: the spans of a publication and its deliveries, as a collector gets them.
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Collector, startCollector } from '../support/collector.ts';
import { boot, type Harness, temporaryFolder, testKeys } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startServer } from '../support/server-process.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';
const recorded = `00-${traceId}-${parentId}-01`;
const unrecorded = `00-${traceId}-${parentId}-00`;
const event = { type: 'payment.paid', payload: { amount: 1 }, id: 'evt-1' };
/** Longer than the first delay of the schedule, and than the interval of exports. */
const interval = 60_000;

let collector: Collector;
let receiver: Receiver;

beforeEach(async () => {
  [collector, receiver] = await Promise.all([startCollector(), startReceiver()]);
});
afterEach(() => Promise.all([collector.close(), receiver.close()]));

async function bootTraced(settings: Record<string, string> = {}): Promise<Harness> {
  const harness = await boot({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...settings });
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const endpoint = { url: `${receiver.url}/hook?token=secret`, eventTypes: ['*'] };
  expect((await harness.admin('POST', '/tenants/acme/endpoints', endpoint)).status).toBe(201);
  return harness;
}

async function publish(harness: Harness, traceparent?: string, body: unknown = event): Promise<number> {
  const [token] = testKeys.adminKeys;
  const headers: Record<string, string> = traceparent === undefined ? {} : { traceparent };
  const path = '/admin/v1/tenants/acme/events';
  return (await harness.call('POST', path, { token, body, headers })).status;
}

const sentContexts = (): readonly unknown[] => receiver.requests.map(({ headers }) => headers['traceparent']);

test('publish, commit, claim and send are spans below the traceparent of the publisher, of each attempt', async () => {
  const harness = await bootTraced({ OTEL_SERVICE_NAME: 'hooks', OTEL_RESOURCE_ATTRIBUTES: 'zone=eu%201' });
  receiver.answer = () => (receiver.requests.length === 1 ? 500 : 200);
  expect(await publish(harness, recorded)).toBe(202);
  await harness.turn();
  harness.clock.advance(interval);
  await harness.turn();
  await harness.close();

  expect(collector.requests[0]?.path).toBe('/v1/traces');
  const [root] = collector.spans('publish');
  expect(root).toMatchObject({ traceId, parentSpanId: parentId, kind: 4 });
  expect(root?.attributes).toMatchObject({
    'messaging.message.id': 'evt-1',
    'carillon.tenant': 'acme',
    'carillon.deliveries': 1,
  });
  expect(root?.resource).toMatchObject({ 'service.name': 'hooks', zone: 'eu 1', 'carillon.thread': 'api' });
  const below = { traceId, parentSpanId: root?.spanId };
  expect(collector.spans('commit')).toMatchObject([below]);
  expect(collector.spans('claim')).toMatchObject([below, below]);
  const sent = collector.spans('send');
  expect(sent).toMatchObject([
    { ...below, kind: 3, status: { code: 2, message: '500' } },
    { ...below, status: {} },
  ]);
  expect(sent.map(({ attributes }) => attributes)).toMatchObject([
    { 'carillon.attempt': 1, 'http.response.status_code': 500, 'server.address': '127.0.0.1' },
    { 'carillon.attempt': 2, 'http.response.status_code': 200 },
  ]);
  const [first, second] = sent;
  expect((second?.startedAt ?? 0) - (first?.startedAt ?? 0)).toBe(interval);
  // What the receiver does is below the request that it got.
  expect(sentContexts()).toEqual(sent.map(({ spanId }) => `00-${traceId}-${spanId}-01`));
  // No path, no query, no payload.
  expect(JSON.stringify(collector.requests)).not.toContain('token=secret');
});

test('without a traceparent the publication begins a trace, which the receiver gets', async () => {
  const harness = await bootTraced();
  await publish(harness);
  await harness.turn();
  await harness.close();
  const [root] = collector.spans('publish');
  expect(root?.parentSpanId).toBeUndefined();
  expect(collector.spans().map((span) => span.traceId)).toEqual(
    Array.from({ length: 4 }, () => root?.traceId),
  );
  expect(sentContexts()).toEqual([`00-${root?.traceId}-${collector.spans('send')[0]?.spanId}-01`]);
});

test('a refused publication is a span with its code', async () => {
  const harness = await bootTraced();
  await publish(harness, recorded);
  expect(await publish(harness, recorded, { ...event, type: 'payment.lost' })).toBe(409);
  await harness.close();
  expect(collector.spans('publish')[1]).toMatchObject({
    status: { code: 2, message: 'event_id_reused' },
    attributes: { 'error.type': 'event_id_reused' },
  });
});

test.each([
  ['the publisher does not record', unrecorded, {}, unrecorded],
  [
    'the ratio is 0',
    undefined,
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
    undefined,
  ],
  ['the exporter is none', recorded, { OTEL_TRACES_EXPORTER: 'none' }, recorded],
  ['it is disabled', recorded, { OTEL_SDK_DISABLED: 'true' }, recorded],
])('when %s, nothing is exported and the context is passed on', async (_, traceparent, settings, passed) => {
  const harness = await bootTraced(settings);
  await publish(harness, traceparent);
  await harness.turn();
  await harness.close();
  expect(collector.requests).toEqual([]);
  expect(sentContexts()).toEqual([passed]);
});

test('spans that the collector cannot take now are sent again, and deliveries do not wait for it', async () => {
  collector.answer = () => (collector.requests.length <= 2 ? 503 : 200);
  const harness = await bootTraced();
  await publish(harness, recorded);
  await harness.turn();
  expect(receiver.requests).toHaveLength(1);
  harness.clock.advance(interval);
  await collector.until(() => collector.requests.length === 2);
  await harness.close();
  expect(collector.spans('send')).toHaveLength(1);
  expect(collector.spans()).toHaveLength(4);
});

test('both threads of a server export, with the headers and to the URL that the environment names', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startServer(folder, {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/custom`,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20key',
  });
  const call = async (path: string, body: unknown): Promise<void> => {
    const headers = { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    expect((await fetch(`${server.url}/admin/v1${path}`, init)).ok).toBe(true);
  };
  await call('/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  await call('/tenants/acme/endpoints', { url: receiver.url, eventTypes: ['*'] });
  await call('/tenants/acme/events', event);
  await receiver.until(() => receiver.requests.length === 1);
  expect(await server.terminate()).toBe(0);
  const threads = collector.spans().map(({ name, resource }) => `${name} ${resource['carillon.thread']}`);
  expect(threads.toSorted()).toEqual(['claim engine', 'commit engine', 'publish api', 'send engine']);
  expect(new Set(collector.spans().map((span) => span.traceId)).size).toBe(1);
  expect(new Set(collector.requests.map(({ path }) => path))).toEqual(new Set(['/custom']));
  expect(collector.requests.map(({ headers }) => headers['authorization'])).toEqual([
    'Bearer key',
    'Bearer key',
  ]);
  expect(server.output()).not.toContain('Bearer key');
});
