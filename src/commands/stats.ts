// Reads the counts of attempts per minute as buckets of a chart, with percentiles of their durations.
import type { StatsBucket, StatsQuery } from '#core/stats.ts';
import { addDurations, durationQuantile } from '#lib/histogram.ts';
import type { StatsRow, Store } from '#store/store.ts';

export interface Charts {
  /** Oldest first; buckets in which no attempt ended are left out. */
  read(query: StatsQuery): Promise<readonly StatsBucket[]>;
}

type Sum = { -readonly [K in keyof StatsRow]: StatsRow[K] } & { durations: number[] };

/** `flush` writes what was counted and is not in the store yet. */
export function createCharts(store: Pick<Store, 'stats'>, flush: () => Promise<void>): Charts {
  return {
    async read({ tenant, endpoint, since, bucketMs }) {
      await flush();
      const buckets = new Map<number, Sum>();
      for (const row of await store.stats.read({ tenant, endpoint, since })) {
        const start = Math.floor(row.minute / bucketMs) * bucketMs;
        const bucket = buckets.get(start);
        if (bucket === undefined) buckets.set(start, { ...row, durations: [...row.durations] });
        else addRow(bucket, row);
      }
      return [...buckets].sort(([a], [b]) => a - b).map(([start, sum]) => toBucket(start, sum));
    },
  };
}

function addRow(sum: Sum, row: StatsRow): void {
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
