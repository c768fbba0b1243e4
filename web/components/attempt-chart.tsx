// Attempts over time by outcome, as the stats of the server count them.
import type { AttemptCounts, Stats } from '#contract/stats.ts';
import { type Bar, Chart } from './chart.tsx';

const series = [
  { name: 'accepted', color: 'var(--delivered)' },
  { name: 'refused', color: 'var(--exhausted)' },
  { name: 'unreachable', color: 'var(--retrying)' },
] as const;

const bucketMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

interface AttemptChartProps {
  readonly label: string;
  readonly stats: Stats;
  readonly hours: number;
}

export function AttemptChart({ label, stats, hours }: AttemptChartProps) {
  return <Chart label={label} series={series} bars={toBars(stats, hours)} />;
}

/** One bar per bucket up to now: the answer leaves out buckets without attempts. */
function toBars({ bucket, since, data }: Stats, hours: number): readonly Bar[] {
  const size = bucketMs[bucket];
  const known = new Map(data.map((counts) => [Date.parse(counts.start), counts]));
  const first = Math.floor(Date.parse(since) / size) * size;
  return Array.from({ length: Math.ceil((hours * 3_600_000) / size) + 1 }, (_, index) => {
    const start = first + index * size;
    const counts = known.get(start);
    return {
      start: new Date(start).toISOString(),
      counts: series.map(({ name }) => counts?.[name] ?? 0),
    };
  });
}

export function countAll(data: readonly AttemptCounts[]): {
  readonly all: number;
  readonly accepted: number;
} {
  const accepted = data.reduce((sum, counts) => sum + counts.accepted, 0);
  const failed = data.reduce((sum, counts) => sum + counts.refused + counts.unreachable, 0);
  return { all: accepted + failed, accepted };
}
