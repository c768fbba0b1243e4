// Stats: counts and latencies of attempts per bucket of time, for charts.
import type { CommandHandlers } from '#core/commands.ts';
import { fieldFault } from '#core/fault.ts';
import { readCodeKey, type StatsBucket, type StatsQuery } from '#core/stats.ts';
import { addDurations, durationQuantile } from '#lib/histogram.ts';
import type { StatsRow } from '#store/store.ts';
import type { ReadDeps } from './deps.ts';
import { dialectOf } from './tenant-dialect.ts';

/** The attempts of one bucket, and of one endpoint or code where they are grouped. */
interface Sum extends Pick<StatsBucket, 'start' | 'endpoint' | 'code'> {
  accepted: number;
  refused: number;
  unreachable: number;
  readonly durations: number[];
}

export function createStatsReads(deps: ReadDeps): Pick<CommandHandlers, 'readStats'> {
  return {
    async readStats(query) {
      const { tenant, endpoints, since, groupBy } = query;
      if (groupBy === 'endpoint' && tenant === null && endpoints === null) {
        throw fieldFault('groupBy', 'needs a tenant or endpoints: the endpoints of all tenants are too many');
      }
      if (tenant !== null) await dialectOf(deps, tenant);
      return summarize(await deps.store.stats.read({ tenant, endpoints, since }), query);
    },
  };
}

function summarize(rows: readonly StatsRow[], { bucketMs, groupBy }: StatsQuery): StatsBucket[] {
  const sums = new Map<string, Sum>();
  const sumOf = (start: number, endpoint: Sum['endpoint'], code: Sum['code']): Sum => {
    const key = `${start} ${endpoint ?? ''} ${code ?? ''}`;
    let sum = sums.get(key);
    if (sum === undefined) {
      sum = { start, endpoint, code, accepted: 0, refused: 0, unreachable: 0, durations: [] };
      sums.set(key, sum);
    }
    return sum;
  };
  for (const row of rows) {
    const start = Math.floor(row.minute / bucketMs) * bucketMs;
    if (groupBy === 'code') {
      for (const [key, count] of Object.entries(row.codes)) {
        const { outcome, code } = readCodeKey(key);
        sumOf(start, null, code)[outcome] += count;
      }
    } else addRow(sumOf(start, groupBy === null ? null : row.endpoint, null), row);
  }
  return [...sums.values()].sort((a, b) => a.start - b.start).map(toBucket);
}

function addRow(sum: Sum, row: StatsRow): void {
  sum.accepted += row.accepted;
  sum.refused += row.refused;
  sum.unreachable += row.unreachable;
  addDurations(sum.durations, row.durations);
}

/** The durations of a code are not counted. */
function toBucket({ durations, ...sum }: Sum): StatsBucket {
  const [p50Ms = null, p95Ms = null, p99Ms = null] = [0.5, 0.95, 0.99].map((fraction) =>
    durationQuantile(durations, fraction),
  );
  return { ...sum, p50Ms, p95Ms, p99Ms };
}
