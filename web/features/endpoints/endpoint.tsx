import { Outlet, useParams } from '@tanstack/react-router';
import { Page, Tabs, Pending } from '#web/components/page.tsx';
import type { EndpointCounts } from '#contract/attention.ts';
import type { Endpoint } from '#contract/endpoints.ts';
import type { AttemptCounts } from '#contract/stats.ts';
import { Time } from '#web/components/time.tsx';
import { formatCount, formatDuration, formatPercent } from '#web/lib/format.ts';
import { AttemptSparkline, countAll } from '#web/components/attempt-chart.tsx';
import { useCan } from '#web/lib/portal.ts';
import { useAttemptsOf, useCounts, useEndpoint } from './api.ts';
import { EndpointActions } from './endpoint-actions.tsx';
import { describeState, EndpointState } from './endpoint-state.tsx';

/** In place of a URL. */
const pullTitle = 'Pull endpoint';

export function EndpointScreen() {
  const { id } = useParams({ from: '/console/scoped/endpoints/$id' });
  const { data: endpoint, error, refetch } = useEndpoint(id);
  const can = useCan();
  if (endpoint === undefined)
    return <Pending title="Endpoint" error={error} onRetry={() => void refetch()} />;
  const link = { params: { id } } as const;
  return (
    <Page
      title={endpoint.url ?? pullTitle}
      heading={<bdi className="break-all">{endpoint.url ?? pullTitle}</bdi>}
      actions={<EndpointActions endpoint={endpoint} />}
    >
      <StateLine endpoint={endpoint} />
      <Tabs
        label="Parts of the endpoint"
        tabs={[
          ['Overview', { to: '/console/endpoints/$id', ...link }],
          ['Deliveries', { to: '/console/endpoints/$id/deliveries', ...link }],
          ['Check', { to: '/console/endpoints/$id/check', ...link }],
          ...(can('endpoints')
            ? [['Settings', { to: '/console/endpoints/$id/settings', ...link }] as const]
            : []),
          ...(can('secrets') ? [['Secret', { to: '/console/endpoints/$id/secret', ...link }] as const] : []),
        ]}
      />
      <Outlet />
    </Page>
  );
}

function StateLine({ endpoint }: { readonly endpoint: Endpoint }) {
  const { data: counts } = useCounts(endpoint.id);
  const attempts = useAttemptsOf([[endpoint.id]]).get(endpoint.id);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <EndpointState endpoint={endpoint} />
      <span className="text-muted">
        {describeState(endpoint)}{' '}
        {endpoint.disabledAt !== null && (
          <>
            That was <Time at={endpoint.disabledAt} />.{' '}
          </>
        )}
        {counts !== undefined && describeCounts(counts)}
      </span>
      {attempts !== undefined && attempts.length > 0 && (
        <>
          <AttemptSparkline data={attempts} />
          <span>{describeDay(attempts)}</span>
        </>
      )}
    </div>
  );
}

function describeCounts({ pending, held, exhausted }: EndpointCounts): string {
  const parts = [
    ...(held === 0 ? [] : [`${countUp(held, 'is', 'are')} held and will be sent when you enable it.`]),
    ...(pending === 0 ? [] : [`${countUp(pending, 'waits', 'wait')} for the next attempt.`]),
    ...(exhausted === 0 ? [] : [`${countUp(exhausted, 'was', 'were')} given up in the last 24 hours.`]),
  ];
  return parts.join(' ');
}

/** Percentiles cannot be added up: that of the slowest hour stands for the day. */
function describeDay(data: readonly AttemptCounts[]): string {
  const { all, accepted } = countAll(data);
  const slowestMs = Math.max(...data.map(({ p95Ms }) => p95Ms ?? 0));
  return `24 h: ${formatPercent(accepted / all)} accepted, p95 ${formatDuration(slowestMs)} in the slowest hour`;
}

/** Counting stops at 10,000. */
function countUp(count: number, one: string, many: string): string {
  return `${count >= 10_000 ? 'At least ' : ''}${formatCount(count, `delivery ${one}`, `deliveries ${many}`)}`;
}
