// Counts and latencies per endpoint and minute, for charts. Kept in memory and added to the store now and
// then: after a crash the last seconds are missing from the charts, never from the log of attempts.
import type { Outcome } from '#core/attempt.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { addDurations, countDuration, durationQuantile, emptyDurations } from '#lib/histogram.ts';
import type { StatsRow, Store } from '#store/store.ts';

export interface StatsQuery {
  readonly tenant: TenantId | null;
  readonly endpoint: EndpointId | null;
  readonly since: number;
  readonly bucketMs: number;
}

/** Attempts that ended in one bucket of time. Durations are upper bounds of the classes they are counted in. */
export interface StatsBucket {
  /** Unix ms. */
  readonly start: number;
  readonly accepted: number;
  readonly refused: number;
  readonly unreachable: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export interface Stats {
  count(tenant: TenantId, endpoint: EndpointId, at: number, outcome: Outcome, durationMs: number): void;
  /** Adds what was counted since the last time to the store. */
  flush(): Promise<void>;
}

export interface Charts {
  /** Oldest first; buckets in which nothing ended are left out. */
  read(query: StatsQuery): Promise<readonly StatsBucket[]>;
}

type Row = { -readonly [K in keyof StatsRow]: StatsRow[K] } & { durations: number[] };

const minuteMs = 60_000;

export function createStats(store: Store): Stats {
  let rows = new Map<string, Row>();

  const flush = async (): Promise<void> => {
    const full = rows;
    rows = new Map();
    if (full.size > 0) await store.stats.add([...full.values()]);
  };

  return {
    count(tenant, endpoint, at, outcome, durationMs) {
      const minute = Math.floor(at / minuteMs) * minuteMs;
      const key = `${endpoint} ${minute}`;
      let row = rows.get(key);
      if (row === undefined) {
        row = {
          tenant,
          endpoint,
          minute,
          accepted: 0,
          refused: 0,
          unreachable: 0,
          durations: emptyDurations(),
        };
        rows.set(key, row);
      }
      row[outcome]++;
      countDuration(row.durations, durationMs);
    },
    flush,
  };
}

/** `flush` adds to the store what was counted and is not there yet. */
export function createCharts(store: Pick<Store, 'stats'>, flush: () => Promise<void>): Charts {
  return {
    async read({ tenant, endpoint, since, bucketMs }) {
      await flush();
      const buckets = new Map<number, Row>();
      for (const row of await store.stats.read({ tenant, endpoint, since })) {
        const start = Math.floor(row.minute / bucketMs) * bucketMs;
        const bucket = buckets.get(start);
        if (bucket === undefined) buckets.set(start, { ...row, durations: [...row.durations] });
        else addRow(bucket, row);
      }
      return [...buckets].sort(([a], [b]) => a - b).map(([start, row]) => toBucket(start, row));
    },
  };
}

function addRow(sum: Row, row: StatsRow): void {
  sum.accepted += row.accepted;
  sum.refused += row.refused;
  sum.unreachable += row.unreachable;
  addDurations(sum.durations, row.durations);
}

function toBucket(start: number, { accepted, refused, unreachable, durations }: StatsRow): StatsBucket {
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((fraction) => durationQuantile(durations, fraction));
  return {
    start,
    accepted,
    refused,
    unreachable,
    p50Ms: p50Ms ?? null,
    p95Ms: p95Ms ?? null,
    p99Ms: p99Ms ?? null,
  };
}
