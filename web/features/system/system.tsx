import { useQuery } from '@tanstack/react-query';
import { Allowed } from '#web/components/allowed.tsx';
import { Failure, Skeleton } from '#web/components/feedback.tsx';
import { Facts, Page, Panel } from '#web/components/page.tsx';
import { State } from '#web/components/state.tsx';
import { Time } from '#web/components/time.tsx';
import { ApiError, callServer } from '#web/lib/api.ts';
import { formatBytes, formatDuration, formatNumber } from '#web/lib/format.ts';
import { sumOf } from '#web/lib/metrics-text.ts';
import { useMetrics } from '#web/lib/metrics.ts';
import { useServerIndex } from '#web/lib/server-index.ts';
import { checksOf, describeProcess } from './checks.ts';
import { DatabaseFacts, Processes } from './processes.tsx';
import { Settings } from './settings.tsx';

export function System() {
  return (
    <Page title="System">
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Panel title="This process">
          <Process />
        </Panel>
        <Panel title="Server">
          <Server />
        </Panel>
        <Allowed scope="read" isServerWide>
          <Panel title="Processes">
            <Processes />
          </Panel>
          <Panel title="Database">
            <DatabaseFacts />
          </Panel>
        </Allowed>
        <Panel title="Checks">
          <Checks />
        </Panel>
        <Panel title="All metrics">
          <AllMetrics />
        </Panel>
      </div>
      <Allowed scope="read" isServerWide>
        <Settings />
      </Allowed>
    </Page>
  );
}

function Server() {
  const { data: server, error } = useServerIndex();
  const ready = useQuery({ queryKey: ['readyz'], queryFn: readReadiness, refetchInterval: 5000 });
  if (server === undefined) return error === null ? <Skeleton rows={4} /> : <Failure error={error} />;
  return (
    <Facts
      facts={[
        ['Readiness', <Readiness key="ready" status={ready.data} />],
        ['Version', server.version],
        ['Dialects', server.dialects.join(', ')],
      ]}
    />
  );
}

/** `ready` or `paused`; or what is wrong. */
async function readReadiness(): Promise<string> {
  try {
    return (JSON.parse(await callServer('readyz')) as { readonly status: string }).status;
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}

function Readiness({ status }: { readonly status: string | undefined }) {
  if (status === undefined) return 'not known yet';
  if (status === 'paused')
    return <State name="disabled">paused: it takes in events and delivers nothing</State>;
  return <State name={status === 'ready' ? 'enabled' : 'unreachable'}>{status}</State>;
}

function Process() {
  const { data: metrics, error, refetch } = useMetrics();
  if (metrics === undefined) {
    return error === null ? <Skeleton rows={4} /> : <Failure error={error} onRetry={() => void refetch()} />;
  }
  const started = sumOf(metrics, 'process_start_time_seconds');
  const number = (name: string): string => formatNumber(sumOf(metrics, name) ?? 0);
  return (
    <Facts
      facts={[
        [
          'Started',
          started === undefined ? (
            'not known'
          ) : (
            <Time key="started" at={new Date(started * 1000).toISOString()} />
          ),
        ],
        ['Role and version', describeProcess(metrics)],
        ['Memory', formatBytes(sumOf(metrics, 'process_resident_memory_bytes') ?? 0)],
        ['Processor time', formatDuration((sumOf(metrics, 'process_cpu_seconds_total') ?? 0) * 1000)],
        ['Open files', number('process_open_fds')],
        ['Requests in flight', number('carillon_in_flight')],
        ['Claimed, wait for a slot', number('carillon_buffered')],
        ['Deliveries that have not ended', number('carillon_waiting')],
        ['Publishes refused', number('carillon_publish_refused_total')],
      ]}
    />
  );
}

const marks = { ok: 'enabled', warn: 'failing', fail: 'refused' } as const;

function Checks() {
  const { data: metrics, error } = useMetrics();
  if (metrics === undefined) return error === null ? <Skeleton rows={4} /> : <Failure error={error} />;
  return (
    <>
      <Facts
        facts={checksOf(metrics).map(({ name, status, detail, advice }) => [
          name,
          <span key={name}>
            <State name={marks[status]}>{status}</State> {detail} {advice}
          </span>,
        ])}
      />
      <p className="px-3 pb-3 text-[12.5px] text-muted">
        By the metrics of the process that answers. <code>carillon doctor</code> checks more: the clock, the
        key of the secrets, names that are no settings.
      </p>
    </>
  );
}

function AllMetrics() {
  const { data: metrics } = useMetrics();
  if (metrics === undefined) return <Skeleton rows={4} />;
  const own = [...metrics].filter(([name]) => isOwn(name));
  return (
    <div className="max-h-96 overflow-auto" tabIndex={0} role="region" aria-label="All metrics">
      <Facts facts={own.map(([name, value]) => [name, formatNumber(value)] as const)} />
    </div>
  );
}

/** Buckets of histograms are for machines. */
function isOwn(name: string): boolean {
  return name.startsWith('carillon_') && !name.includes('_bucket{');
}
