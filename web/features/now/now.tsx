import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { AttemptChart, countAll } from '#web/components/attempt-chart.tsx';
import { Failure, Notice, Skeleton } from '#web/components/feedback.tsx';
import { NeedsAttention } from '#web/components/needs-attention.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import { call } from '#web/lib/api.ts';
import { formatDuration, formatNumber, formatPercent } from '#web/lib/format.ts';
import { sumOf } from '#web/lib/metrics-text.ts';
import { useMetrics } from '#web/lib/metrics.ts';
import { FirstSteps } from './first-steps.tsx';

const hourMs = 3_600_000;
const refreshMs = 5000;

export function Now() {
  return (
    <Page title="Now">
      <FirstSteps />
      <Figures />
      <NeedsAttention title="Needs attention" />
      <div className="grid gap-4 xl:grid-cols-2">
        <Panel title="The last hour">
          <Attempts bucket="minute" hours={1} label="Attempts per minute, all tenants" />
        </Panel>
        <Panel title="The last 24 hours">
          <Attempts bucket="hour" hours={24} label="Attempts per hour, all tenants" />
        </Panel>
      </div>
    </Page>
  );
}

function useAttempts(bucket: 'minute' | 'hour', hours: number) {
  return useQuery({
    queryKey: ['readStats', 'all', bucket],
    queryFn: () =>
      call('readStats', { query: { bucket, since: new Date(Date.now() - hours * hourMs).toISOString() } }),
    refetchInterval: refreshMs,
  });
}

function Attempts({
  bucket,
  hours,
  label,
}: {
  readonly bucket: 'minute' | 'hour';
  readonly hours: number;
  readonly label: string;
}) {
  const { data: stats, error, refetch } = useAttempts(bucket, hours);
  if (stats === undefined) {
    return error === null ? <Skeleton rows={4} /> : <Failure error={error} onRetry={() => void refetch()} />;
  }
  const isEmpty = stats.data.length === 0;
  return isEmpty ? (
    <Notice title="No attempts in this time." />
  ) : (
    <AttemptChart label={label} stats={stats} hours={hours} />
  );
}

function Figures() {
  const { data: metrics } = useMetrics();
  const { data: stats } = useAttempts('minute', 1);
  const { all, accepted } = countAll(stats?.data ?? []);
  const metric = (name: string): number | undefined =>
    metrics === undefined ? undefined : sumOf(metrics, name);
  const oldest = metric('carillon_oldest_waiting_seconds');
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-6">
      <Figure name="Attempts, last hour">{stats === undefined ? '–' : formatNumber(all)}</Figure>
      <Figure name="Accepted, last hour">{all === 0 ? '–' : formatPercent(accepted / all)}</Figure>
      <Figure name="Waiting deliveries">{show(metric('carillon_waiting'))}</Figure>
      <Figure name="Oldest due waits">{oldest === undefined ? '–' : formatDuration(oldest * 1000)}</Figure>
      <Figure name="In flight">{show(metric('carillon_in_flight'))}</Figure>
      <Figure name="Publishes refused">{show(metric('carillon_publish_refused_total'))}</Figure>
    </dl>
  );
}

function Figure({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="rounded-lg border border-line bg-surface px-3 py-2">
      <dt className="text-[12px] text-muted">{name}</dt>
      <dd className="text-[18px] font-semibold tabular-nums">{children}</dd>
    </div>
  );
}

function show(value: number | undefined): string {
  return value === undefined ? '–' : formatNumber(value);
}
