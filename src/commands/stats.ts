// Stats: counts and latencies of attempts per bucket of time, for charts.
import type { CommandHandlers } from '#core/commands.ts';
import type { StatsBucket } from '#core/stats.ts';
import { addDurations, durationQuantile } from '#lib/histogram.ts';
import type { StatsRow } from '#store/store.ts';
import type { CommandDeps } from './deps.ts';
import { dialectOf } from './tenant-dialect.ts';

type Sum = { -readonly [K in keyof StatsRow]: StatsRow[K] } & { durations: number[] };

export function createStatsCommands(deps: CommandDeps): Pick<CommandHandlers, 'readStats'> {
  return {
    async readStats({ tenant, endpoint, since, bucketMs }) {
      if (tenant !== null) await dialectOf(deps, tenant);
      await deps.effects.flushStats();
      const buckets = new Map<number, Sum>();
      for (const row of await deps.store.stats.read({ tenant, endpoint, since })) {
        const start = Math.floor(row.minute / bucketMs) * bucketMs;
        const bucket = buckets.get(start);
        if (bucket === undefined) buckets.set(start, { ...row, durations: [...row.durations] });
        else addRow(bucket, row);
      }
      return [...buckets].sort(([a], [b]) => a - b).map(([start, row]) => toBucket(start, row));
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
  const [p50Ms = null, p95Ms = null, p99Ms = null] = [0.5, 0.95, 0.99].map((fraction) =>
    durationQuantile(durations, fraction),
  );
  return { start, accepted, refused, unreachable, p50Ms, p95Ms, p99Ms };
}
