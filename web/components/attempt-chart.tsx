// Attempts over time by outcome, as the stats of the server count them.
import type { AttemptCounts, Stats } from '#contract/stats.ts';
import { useState } from 'react';
import { formatCount, formatPercent } from '#web/lib/format.ts';
import type { Brush } from './brush.tsx';
import { type Bar, Chart } from './chart.tsx';
import { Sparkline } from './sparkline.tsx';

const series = [
  { name: 'accepted', color: 'var(--delivered)' },
  { name: 'refused', color: 'var(--exhausted)' },
  { name: 'unreachable', color: 'var(--retrying)' },
] as const;

export const bucketMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

interface AttemptChartProps {
  readonly label: string;
  readonly stats: Stats;
  readonly hours: number;
  /** A range of time can be chosen; that which is chosen now. */
  readonly range?: TimeRange;
}

interface TimeRange {
  /** Unix ms; null where the range has no end. */
  readonly from: number | null;
  readonly to: number | null;
  /** The times by RFC 3339: from the first one until before the second. */
  readonly onChoose: (from: string, to: string) => void;
}

export function AttemptChart({ label, stats, hours, range }: AttemptChartProps) {
  const bars = toBars(stats, hours);
  const brush = range && toBrush(bars, bucketMs[stats.bucket], range);
  return <Chart label={label} series={series} bars={bars} brush={brush} />;
}

function toBrush(bars: readonly Bar[], sizeMs: number, { from, to, onChoose }: TimeRange): Brush {
  const first = Date.parse(bars[0]?.start ?? '');
  const at = (ms: number): number =>
    Math.min(bars.length - 1, Math.max(0, Math.floor((ms - first) / sizeMs)));
  const time = (bar: number): string => new Date(first + bar * sizeMs).toISOString();
  const isSet = from !== null || to !== null;
  return {
    chosen: isSet ? [at(from ?? first), at((to ?? Number.MAX_SAFE_INTEGER) - 1)] : null,
    onChoose: (start, end) => onChoose(time(start), time(end + 1)),
  };
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

/** The shape of the last 24 hours in the width of a word; its figures are its name. */
export function AttemptSparkline({ data }: { readonly data: readonly AttemptCounts[] }) {
  const [now] = useState(Date.now);
  const { all, accepted } = countAll(data);
  if (all === 0) return <span className="text-muted">none</span>;
  const byStart = new Map(data.map((counts) => [Date.parse(counts.start), counts]));
  const last = Math.floor(now / bucketMs.hour) * bucketMs.hour;
  const bars = Array.from({ length: 24 }, (_, index) => {
    const counts = byStart.get(last - (23 - index) * bucketMs.hour);
    return series.map(({ name }) => counts?.[name] ?? 0);
  });
  const title = `${formatCount(all, 'attempt')}, ${formatPercent(accepted / all)} accepted`;
  return <Sparkline bars={bars} colors={series.map(({ color }) => color)} title={title} />;
}
