// The victim, in a process of its own: it publishes at a fixed rate to receivers of its own that answer at once, and measures
// both latencies from the scheduled time of each event (open loop, so there is no coordinated omission).
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { createHistogram, type Histogram } from '../support/histogram.ts';
import { serveCalls } from '../support/part.ts';
import type { Measured } from './verdict.ts';

export interface VictimCalls {
  /** Listens on loopback; endpoint n is at this URL and `/<n>`. */
  listen(input: null): Promise<{ url: string }>;
  /** Begins to publish. */
  start(input: { url: string; adminKey: string }): void;
  /** Measures the events of the next `ms`, and waits until their deliveries have arrived. */
  measure(input: { ms: number }): Promise<Omit<Measured, 'residentMiB'>>;
}

/** The endpoints that are used all the time; the others are used for `freshEvents` events of one kind each, and then no more. */
const established = 20;
const perSecond = 100;
/** Every so many events, one goes to an endpoint that has never been called before, or a few times only. */
const freshEvery = 5;
const freshEvents = 10;

export const victim = {
  tenant: 'victim',
  /** How many endpoints it needs for `ms` of publishing. */
  endpointsFor: (ms: number): number =>
    established + Math.ceil((ms * perSecond) / 1000 / freshEvery / freshEvents),
  eventType: (endpoint: number): string => `order.paid.${endpoint}`,
} as const;

/** The endpoint that an event goes to. */
function endpointOf(number: number): number {
  return number % freshEvery === 0
    ? established + Math.floor(number / freshEvery / freshEvents)
    : number % established;
}

/** How long the deliveries of a measurement may take to arrive. */
const drainMsMax = 60_000;
/** Enough that the publisher never waits for itself, as long as an answer takes less than some seconds. */
const connections = 256;

/** The events that are scheduled before `untilAt`, and what became of them. Times are those of `performance.now()`. */
interface Measurement {
  readonly untilAt: number;
  readonly published: Histogram;
  readonly delivered: Histogram;
  /** When each event was scheduled that has not arrived. */
  readonly owed: Map<string, number>;
  unanswered: number;
  refused: number;
}

let current: Measurement | null = null;

const receivers = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    const id = String(request.headers['webhook-id']);
    const scheduledAt = current?.owed.get(id);
    if (scheduledAt !== undefined) current?.delivered.record(usSince(scheduledAt));
    current?.owed.delete(id);
    response.end();
  });
});
receivers.keepAliveTimeout = 60_000;

async function publishAll({ url, adminKey }: { url: string; adminKey: string }): Promise<void> {
  const api = createApiClient(url, adminKey, connections);
  const startedAt = performance.now();
  for (let number = 0; ; number++) {
    const scheduledAt = startedAt + (number * 1000) / perSecond;
    await sleep(Math.max(0, scheduledAt - performance.now()));
    void publish(api, number, scheduledAt);
  }
}

async function publish(api: ApiClient, number: number, scheduledAt: number): Promise<void> {
  const id = `v${number}`;
  const type = victim.eventType(endpointOf(number));
  const measurement = current !== null && scheduledAt < current.untilAt ? current : null;
  if (measurement !== null) {
    measurement.owed.set(id, scheduledAt);
    measurement.unanswered++;
  }
  const body = { id, type, payload: { id, note: 'x'.repeat(300) } };
  const answer = await api.call('POST', `/tenants/${victim.tenant}/events`, body).catch(() => null);
  if (measurement === null) return;
  measurement.unanswered--;
  measurement.published.record(usSince(scheduledAt));
  if (answer?.status === 202) return;
  measurement.refused++;
  measurement.owed.delete(id);
}

function usSince(at: number): number {
  return (performance.now() - at) * 1000;
}

serveCalls<VictimCalls>({
  listen: () =>
    new Promise((resolve) => {
      receivers.listen(0, '127.0.0.1', () => {
        resolve({ url: `http://127.0.0.1:${(receivers.address() as AddressInfo).port}` });
      });
    }),
  start: (server) => void publishAll(server),
  async measure({ ms }) {
    const untilAt = performance.now() + ms;
    const [published, delivered] = [createHistogram(), createHistogram()];
    const owed = new Map<string, number>();
    const measurement: Measurement = { untilAt, published, delivered, owed, unanswered: 0, refused: 0 };
    current = measurement;
    await sleep(ms);
    const deadline = untilAt + drainMsMax;
    while (measurement.unanswered + owed.size > 0 && performance.now() < deadline) await sleep(20);
    for (const scheduledAt of owed.values()) delivered.record(usSince(scheduledAt));
    return {
      publications: published.count,
      refused: measurement.refused,
      missing: owed.size,
      publishP99Ms: published.quantileMs(0.99) ?? Infinity,
      deliveryP99Ms: delivered.quantileMs(0.99) ?? Infinity,
    };
  },
});
