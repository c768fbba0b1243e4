// Totals of the demo.
import type { SeenAttempt } from './receiver.ts';
import type { DeliveryCount } from './tenants.ts';

export interface Numbers {
  readonly events: number;
  readonly deliveries: number;
  readonly delivered: number;
  readonly attempts: number;
  readonly retries: number;
  readonly signatures: { readonly verified: number; readonly wrong: number };
  /** From the publish request to the arrival of the first attempt; null without attempts. */
  readonly p50LatencyMs: number | null;
}

export interface DemoSummary extends Numbers {
  /** Everything was delivered, and every signature was valid. */
  readonly ok: boolean;
  readonly platforms: readonly PlatformNumbers[];
}

export interface PlatformNumbers extends Numbers {
  readonly platform: string;
}

/** An attempt with the time since its event was published. */
export interface TimedAttempt extends SeenAttempt {
  readonly latencyMs: number;
}

/** The input of the summary for one platform. */
export interface PlatformFacts {
  readonly platform: string;
  readonly events: number;
  readonly count: DeliveryCount;
  readonly attempts: readonly TimedAttempt[];
}

export function summarize(platforms: readonly PlatformFacts[]): DemoSummary {
  const numbers = summarizeOne({
    events: sumOf(platforms, ({ events }) => events),
    count: {
      deliveries: sumOf(platforms, ({ count }) => count.deliveries),
      delivered: sumOf(platforms, ({ count }) => count.delivered),
      attempts: sumOf(platforms, ({ count }) => count.attempts),
    },
    attempts: platforms.flatMap(({ attempts }) => attempts),
  });
  const each = platforms.map((facts) => ({ platform: facts.platform, ...summarizeOne(facts) }));
  return { ok: each.every(isOk), ...numbers, platforms: each };
}

/** An event without a delivery is a failure too. */
function isOk({ events, deliveries, delivered, signatures }: Numbers): boolean {
  return deliveries === events && delivered === deliveries && signatures.wrong === 0;
}

function summarizeOne({ events, count, attempts }: Omit<PlatformFacts, 'platform'>): Numbers {
  const wrong = attempts.filter(({ problem }) => problem !== null).length;
  const first = attempts.filter(({ number }) => number === 1);
  return {
    events,
    ...count,
    retries: attempts.length - first.length,
    signatures: { verified: attempts.length - wrong, wrong },
    p50LatencyMs: median(first.map(({ latencyMs }) => latencyMs)),
  };
}

function sumOf<T>(values: readonly T[], read: (value: T) => number): number {
  return values.reduce((sum, value) => sum + read(value), 0);
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
