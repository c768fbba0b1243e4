// A rate limit of 10 per second on one endpoint with 5,000 deliveries waiting: it gets 10 ± 1 per second, and the 199 others keep
// at least 90 % of their throughput and a p99 within 1.5 times, against a server without that endpoint. Both are measured in one run.
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '#lib/clock.ts';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { temporaryFolder } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startServer } from '../support/server-process.ts';

const others = 199;
const waiting = 5000;
const perSecond = 10;
const eventsPerWindow = 800;
const eventsPerSecond = 800;
/** Short windows in turn, of which the median counts: other load on the machine affects some of them. */
const windows = 7;
/** More of them are measured while the medians are out of bounds: load that comes and goes affects fewer of many. */
const windowsMax = 21;

interface Measured {
  readonly throughput: number;
  readonly p99Ms: number;
}

async function register(client: ApiClient, path: string, fields: object): Promise<void> {
  const { status } = await client.call('POST', '/tenants/acme/endpoints', { url: path, ...fields });
  expect(status).toBe(201);
}

/** Publishes to the others in turn at the fixed rate; latency counts from the scheduled time of each event. */
async function measure(client: ApiClient, receiver: Receiver, name: string): Promise<Measured> {
  const publishing: Promise<unknown>[] = [];
  let read = receiver.requests.length;
  const startAt = Date.now();
  for (let sent = 0; sent < eventsPerWindow;) {
    const dueNow = Math.min(eventsPerWindow, Math.ceil(((Date.now() - startAt) * eventsPerSecond) / 1000));
    for (; sent < dueNow; sent++) {
      const event = { id: `${name}-${sent}`, type: `other.${sent % others}`, payload: {} };
      publishing.push(client.call('POST', '/tenants/acme/events', event));
    }
    await systemClock.sleep(2);
  }
  await Promise.all(publishing);
  const latencies: number[] = [];
  let endAt = startAt;
  await receiver.until(() => {
    for (; read < receiver.requests.length; read++) {
      const request = receiver.requests[read];
      const [window, index] = String(request?.headers['webhook-id']).split('-');
      if (request === undefined || window !== name) continue;
      const { at } = request;
      latencies.push(at - startAt - (Number(index) * 1000) / eventsPerSecond);
      endAt = Math.max(endAt, at);
    }
    return latencies.length === eventsPerWindow;
  });
  latencies.sort((a, b) => a - b);
  return {
    throughput: (eventsPerWindow * 1000) / (endAt - startAt),
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Infinity,
  };
}

/** A server with 199 endpoints, and with one more that is limited and has much waiting. */
async function startSide(hasLimited: boolean) {
  const folder = temporaryFolder();
  const receiver = await startReceiver();
  const server = await startServer(folder);
  const client = createApiClient(server.url, server.adminKey);
  await client.call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  for (let i = 0; i < others; i++) {
    await register(client, `${receiver.url}/others/${i}`, { eventTypes: [`other.${i}`] });
  }
  await measure(client, receiver, 'warmUp');
  if (hasLimited) {
    await register(client, `${receiver.url}/limited`, { eventTypes: ['limited'], rateLimit: { perSecond } });
    const events = Array.from({ length: 1000 }, () => ({ type: 'limited', payload: {} }));
    for (let sent = 0; sent < waiting; sent += events.length) {
      const { status } = await client.call('POST', '/tenants/acme/events/batch', { events });
      expect(status).toBe(202);
    }
  }
  return {
    receiver,
    measure: (name: string) => measure(client, receiver, name),
    async close() {
      await client.close();
      await server.kill();
      await receiver.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

test(
  'a limited endpoint with much waiting keeps its rate and delays no other',
  { timeout: 120_000 },
  async () => {
    const plain = await startSide(false);
    const limited = await startSide(true);
    const from = Date.now();
    const measured: { plain: Measured; limited: Measured }[] = [];
    const middle = (side: 'plain' | 'limited', figure: keyof Measured): number =>
      median(measured.map((window) => window[side][figure]));
    const throughputMin = () => 0.9 * middle('plain', 'throughput');
    // Of latencies of a few milliseconds, one or two of them are the resolution of the clock and the scheduler.
    const p99Max = () => 1.5 * middle('plain', 'p99Ms') + 2;
    const isWithinBounds = () =>
      middle('limited', 'throughput') >= throughputMin() && middle('limited', 'p99Ms') <= p99Max();
    while (measured.length < windows || (measured.length < windowsMax && !isWithinBounds())) {
      const name = `window${measured.length}`;
      measured.push({ plain: await plain.measure(name), limited: await limited.measure(name) });
    }
    const seconds = Math.floor((Date.now() - from) / 1000);
    const arrivals = limited.receiver.requests.filter(({ path }) => path === '/limited').map(({ at }) => at);
    const counts = Array.from(
      { length: seconds },
      (_, second) => arrivals.filter((at) => Math.floor((at - from) / 1000) === second).length,
    );
    await plain.close();
    await limited.close();

    const describe = (side: 'plain' | 'limited'): string =>
      `${middle(side, 'throughput').toFixed(0)}/s, p99 ${middle(side, 'p99Ms').toFixed(0)} ms`;
    process.stdout.write(
      `${measured.length} windows; without: ${describe('plain')}; beside a limited endpoint: ${describe('limited')}; there per second: ${counts.join(' ')}\n`,
    );
    // The median: a stall of the machine of a few 100 ms shows in one second, and a little in the next.
    expect(Math.abs(median(counts) - perSecond)).toBeLessThanOrEqual(1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(perSecond + 1);
    expect(Math.abs(counts.reduce((sum, count) => sum + count, 0) / seconds - perSecond)).toBeLessThanOrEqual(
      1,
    );
    expect(middle('limited', 'throughput')).toBeGreaterThanOrEqual(throughputMin());
    expect(middle('limited', 'p99Ms')).toBeLessThanOrEqual(p99Max());
  },
);
