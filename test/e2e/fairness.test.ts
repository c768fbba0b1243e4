// Promise 4, isolation of endpoints: when 100 of 200 endpoints never answer, the other 100 keep at least 80 % of their throughput,
// and their p99 at most doubles. Both are measured in one run.
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '#lib/clock.ts';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { temporaryFolder } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startServer } from '../support/server-process.ts';

const endpointsPerGroup = 100;
/** Events for each group in one window, and the fixed rate of publishing. */
const eventsPerWindow = 600;
const eventsPerSecond = 600;
/** Many short windows, of which the median counts: other load on the machine affects some of them only. */
const windows = 9;
/** In memory, because stalls of the disk would affect the two servers differently. */

interface Measured {
  /** Deliveries per second to the first group. */
  readonly throughput: number;
  /** 99th percentile from publish to arrival in ms, of the first group. */
  readonly p99Ms: number;
}

async function register(client: ApiClient, receiver: Receiver): Promise<void> {
  await client.call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  for (const group of ['first', 'second']) {
    for (let i = 0; i < endpointsPerGroup; i++) {
      const url = `${receiver.url}/${group}/${i}`;
      const { status } = await client.call('POST', '/tenants/acme/endpoints', {
        url,
        eventTypes: [`${group}.${i}`],
      });
      expect(status).toBe(201);
    }
  }
}

/** Publishes to both groups in turn at the fixed rate; latency counts from the scheduled time of each event. */
async function measure(client: ApiClient, receiver: Receiver, name: string): Promise<Measured> {
  const intended = new Map<string, number>();
  const arrived = new Map<string, number>();
  const from = receiver.requests.length;
  const startAt = Date.now();
  const publishing: Promise<unknown>[] = [];
  for (let sent = 0; sent < eventsPerWindow;) {
    const dueNow = Math.min(eventsPerWindow, Math.ceil(((Date.now() - startAt) * eventsPerSecond) / 1000));
    for (; sent < dueNow; sent++) {
      for (const group of ['first', 'second']) {
        const id = `${name}-${group}-${sent}`;
        if (group === 'first') intended.set(id, startAt + (sent * 1000) / eventsPerSecond);
        const type = `${group}.${sent % endpointsPerGroup}`;
        publishing.push(client.call('POST', '/tenants/acme/events', { id, type, payload: { id } }));
      }
    }
    await systemClock.sleep(2);
  }
  await Promise.all(publishing);
  let read = from;
  await receiver.until(() => {
    for (; read < receiver.requests.length; read++) {
      const request = receiver.requests[read];
      const id = String(request?.headers['webhook-id']);
      if (request !== undefined && intended.has(id) && !arrived.has(id)) arrived.set(id, request.at);
    }
    return arrived.size === intended.size;
  });
  const latencies = [...arrived].map(([id, at]) => at - (intended.get(id) ?? 0)).sort((a, b) => a - b);
  const endAt = Math.max(...arrived.values());
  return {
    throughput: (eventsPerWindow * 1000) / (endAt - startAt),
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Infinity,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** A server with 200 endpoints; with `isHalfDead` the second half of them never answers. */
async function startSide(isHalfDead: boolean) {
  const folder = temporaryFolder();
  const receiver = await startReceiver();
  const server = await startServer(folder);
  const client = createApiClient(server.url, server.adminKey);
  await register(client, receiver);
  await measure(client, receiver, 'warm-up');
  if (isHalfDead) {
    receiver.answer = ({ path }) => (path.startsWith('/second') ? 'never' : 200);
    await measure(client, receiver, 'falling-silent');
  }
  return {
    measure: (name: string) => measure(client, receiver, name),
    async close() {
      await client.close();
      await server.kill();
      await receiver.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

test('100 endpoints that never answer do not delay the other 100', { timeout: 180_000 }, async () => {
  // Two servers, measured in turn, so that other load on the machine affects both.
  const healthy = await startSide(false);
  const halfDead = await startSide(true);
  const measured: { healthy: Measured; halfDead: Measured }[] = [];
  for (let i = 0; i < windows; i++) {
    measured.push({
      healthy: await healthy.measure(`window${i}`),
      halfDead: await halfDead.measure(`window${i}`),
    });
  }
  await healthy.close();
  await halfDead.close();

  const middle = (side: 'healthy' | 'halfDead', figure: keyof Measured): number =>
    median(measured.map((window) => window[side][figure]));
  const describe = (side: 'healthy' | 'halfDead'): string =>
    `${middle(side, 'throughput').toFixed(0)}/s, p99 ${middle(side, 'p99Ms').toFixed(0)} ms`;
  const windowP99s = (side: 'healthy' | 'halfDead'): string =>
    measured.map((window) => window[side].p99Ms.toFixed(0)).join(' ');
  process.stdout.write(
    `all healthy: ${describe('healthy')} (${windowP99s('healthy')}); ` +
      `half dead: ${describe('halfDead')} (${windowP99s('halfDead')})\n`,
  );
  expect(middle('halfDead', 'throughput')).toBeGreaterThanOrEqual(0.8 * middle('healthy', 'throughput'));
  expect(middle('halfDead', 'p99Ms')).toBeLessThanOrEqual(2 * middle('healthy', 'p99Ms'));
});
