// Attempts over time above the list: drawing over them sets the time filter.
import type { Stats } from '#contract/stats.ts';
import { AttemptChart } from '#web/components/attempt-chart.tsx';
import { Button } from '#web/components/button.tsx';
import { Failure, Skeleton } from '#web/components/feedback.tsx';
import type { FilterValues } from '#web/components/filter-text.ts';
import { usePortal } from '#web/lib/portal.ts';
import { readPoint } from '#web/lib/time-range.ts';
import { type DeliveryFilters, useHistogram } from './api.ts';

/** How far back, in which buckets: at most 168 bars. */
export const spans = {
  '1h': { hours: 1, bucket: 'minute' },
  '24h': { hours: 24, bucket: 'hour' },
  '7d': { hours: 168, bucket: 'hour' },
  '30d': { hours: 720, bucket: 'day' },
} as const satisfies Record<string, { readonly hours: number; readonly bucket: Stats['bucket'] }>;
export type SpanName = keyof typeof spans;

const names = Object.keys(spans) as readonly SpanName[];

interface HistogramProps {
  readonly filters: DeliveryFilters;
  readonly onFilter: (changes: FilterValues) => void;
}

export function Histogram({ filters, onFilter }: HistogramProps) {
  const { endpoint, since, until } = filters;
  const name = names.find((each) => each === filters.span) ?? '24h';
  const { data: stats, error, dataUpdatedAt, refetch } = useHistogram(endpoint, name, spans[name]);
  // The attempts of more than 50 endpoints are not added up for the portal.
  const portal = usePortal();
  if (portal !== null && error !== null && stats === undefined) return null;
  const point = (text: string | undefined): number | null => {
    const at = text === undefined ? null : readPoint(text, dataUpdatedAt);
    return at === null ? null : Date.parse(at);
  };
  return (
    <div className="border-b border-line">
      <div className="flex flex-wrap items-center gap-1.5 px-3 pt-2">
        <div role="group" aria-label="Time of the chart" className="flex flex-wrap gap-1.5">
          {names.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={name === each}
              onClick={() => onFilter({ span: each })}
              className="min-h-6 rounded-full border border-line px-2.5 text-[12.5px] text-muted hover:bg-raised aria-pressed:border-accent aria-pressed:text-ink"
            >
              {each}
            </button>
          ))}
        </div>
        {(since !== undefined || until !== undefined) && (
          <Button look="bare" onClick={() => onFilter({ since: undefined, until: undefined })}>
            All times
          </Button>
        )}
      </div>
      {stats === undefined && error === null && <Skeleton rows={3} />}
      {stats === undefined && error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {stats !== undefined && (
        <AttemptChart
          label={`Attempts per ${stats.bucket}, of ${portal === null ? 'both modes and ' : ''}all states. Draw over them to filter by time.`}
          stats={stats}
          hours={spans[name].hours}
          range={{
            from: point(since),
            to: point(until),
            onChoose: (from, to) => onFilter({ since: from, until: to }),
          }}
        />
      )}
    </div>
  );
}
