import { useParams } from '@tanstack/react-router';
import type { AttemptCounts } from '#contract/stats.ts';
import { Id } from '#web/components/copy.tsx';
import { Code } from '#web/components/code.tsx';
import { Failure, Notice, Skeleton } from '#web/components/feedback.tsx';
import { Facts, Panel } from '#web/components/page.tsx';
import { AttemptChart, countAll } from '#web/components/attempt-chart.tsx';
import { ExactTime, Time } from '#web/components/time.tsx';
import { formatCount, formatDuration, formatNumber, formatPercent } from '#web/lib/format.ts';
import { useEndpoint, useEndpointCodes, useEndpointStats } from './api.ts';

export function Overview() {
  const { id } = useParams({ from: '/console/scoped/endpoints/$id/' });
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_24rem]">
      <Panel title="Attempts of the last 24 hours">
        <Attempts id={id} />
      </Panel>
      <Panel title="Endpoint">
        <EndpointFacts id={id} />
      </Panel>
    </div>
  );
}

function Attempts({ id }: { readonly id: string }) {
  const { data: stats, error, refetch } = useEndpointStats(id);
  if (stats === undefined) {
    return error === null ? <Skeleton rows={4} /> : <Failure error={error} onRetry={() => void refetch()} />;
  }
  const { all, accepted } = countAll(stats.data);
  if (all === 0)
    return <Notice title="No attempts in the last 24 hours.">Send a test event to see the first one.</Notice>;
  return (
    <>
      <AttemptChart label="Attempts per hour" stats={stats} hours={24} />
      <Facts
        facts={[
          ['Attempts', formatCount(all, 'attempt')],
          ['Accepted', formatPercent(accepted / all)],
          ['95 % took at most', describeSlowest(stats.data)],
        ]}
      />
      <Codes id={id} />
    </>
  );
}

/** How often each result was, most often first. */
function Codes({ id }: { readonly id: string }) {
  const { data: stats } = useEndpointCodes(id);
  if (stats === undefined) return null;
  const sums = [...Map.groupBy(stats.data, ({ code }) => code ?? '')].map(([code, counts]) => {
    const { all } = countAll(counts);
    return [code.replaceAll('_', ' '), all] as const;
  });
  const facts = sums
    .toSorted(([, a], [, b]) => b - a)
    .map(([code, all]) => [code, formatNumber(all)] as const);
  return (
    <div className="border-t border-line">
      <h3 className="px-3 pt-2 text-[13px] font-semibold">Attempts by result</h3>
      <Facts facts={facts} />
    </div>
  );
}

/** The largest of the hours: percentiles cannot be added up. */
function describeSlowest(data: readonly AttemptCounts[]): string {
  const slowest = Math.max(...data.map(({ p95Ms }) => p95Ms ?? 0));
  return `${formatDuration(slowest)} in the slowest hour`;
}

function EndpointFacts({ id }: { readonly id: string }) {
  const { data: endpoint } = useEndpoint(id);
  if (endpoint === undefined) return <Skeleton rows={4} />;
  const { eventTypes, mode, description, attributes, metadata, lastFailureAt, createdAt, updatedAt } =
    endpoint;
  const facts = [
    ['Endpoint', <Id key="id" id={id} what="the id of the endpoint" />],
    ['Mode', mode],
    ['Event types', <bdi key="types">{eventTypes.join(', ') || 'none'}</bdi>],
    ...(description === null ? [] : [['Description', <bdi key="description">{description}</bdi>] as const]),
    ...Object.entries(metadata).map(([name, value]) => [name, <bdi key={name}>{value}</bdi>] as const),
    ...(lastFailureAt === null ? [] : [['Last failure', <Time key="failure" at={lastFailureAt} />] as const]),
    ['Created', <ExactTime key="created" at={createdAt} />],
    ['Changed', <ExactTime key="changed" at={updatedAt} />],
  ] as const;
  return (
    <>
      <Facts facts={facts} />
      {Object.keys(attributes).length > 0 && (
        <div className="p-3 pt-0">
          <Code label="Attributes of its dialect" text={JSON.stringify(attributes, null, 2)} />
        </div>
      )}
    </>
  );
}
