import { Link } from '@tanstack/react-router';
import type { FoundDelivery } from '#contract/deliveries.ts';
import { InlineError, Notice } from '#web/components/feedback.tsx';
import { ColumnMenu, useColumns } from '#web/components/column-choice.tsx';
import type { FilterValues } from '#web/components/filter-text.ts';
import { Filters } from '#web/components/filters.tsx';
import { List } from '#web/components/list.tsx';
import { Panel } from '#web/components/page.tsx';
import { useSelection } from '#web/components/selection.ts';
import { shownState, State } from '#web/components/state.tsx';
import type { Column } from '#web/components/table.tsx';
import { Time } from '#web/components/time.tsx';
import { useEndpointNames } from '#web/lib/endpoints.ts';
import { useCan } from '#web/lib/portal.ts';
import { useScope } from '#web/lib/scope.ts';
import { type DeliveryFilters, useDeliveries, useRedeliver } from './api.ts';
import { BulkBar } from './bulk-bar.tsx';
import { offerFilters } from './filter-definitions.ts';
import { Histogram } from './histogram.tsx';
import { StateToggles } from './state-toggles.tsx';

interface DeliveryListProps {
  readonly filters: DeliveryFilters;
  readonly onFilter: (changes: FilterValues) => void;
  /** Filters that the screen sets by itself: they are not offered. */
  readonly fixed?: readonly string[];
}

export function DeliveryList({ filters, onFilter, fixed = [] }: DeliveryListProps) {
  const { tenant } = useScope();
  const nameOf = useEndpointNames(tenant);
  const pages = useDeliveries(filters);
  const redeliver = useRedeliver();
  const rows = pages.data?.pages.flatMap(({ data }) => data) ?? [];
  const offered = offerFilters(fixed, rows);
  const set = offered.filter(({ name }) => filters[name as keyof DeliveryFilters] !== undefined);
  const columns = columnsOf(nameOf, tenant === undefined);
  const choice = useColumns('deliveries', columns);
  const selection = useSelection(rows.map(({ id }) => id));
  const onR = ({ tenant: owner, id }: FoundDelivery): void =>
    redeliver.mutate({ params: { tenant: owner, id } });
  const canRedeliver = useCan()('redeliver');
  const clear = (): void => onFilter(Object.fromEntries(set.map(({ name }) => [name, undefined])));
  return (
    <Panel>
      <StateToggles state={filters.state} onChange={(state) => onFilter({ state })} />
      <Histogram filters={filters} onFilter={onFilter} />
      <Filters definitions={offered} values={{ ...filters }} onChange={onFilter}>
        <ColumnMenu columns={columns} choice={choice} />
      </Filters>
      <InlineError error={redeliver.error} />
      <List
        label="Deliveries"
        pages={pages}
        columns={choice.shown}
        {...(canRedeliver ? { selection, onR } : {})}
        keyOf={({ id }) => id}
        dayOf={({ createdAt }) => createdAt}
        onClear={set.length === 0 ? undefined : clear}
        empty={
          <Notice title="No deliveries yet.">
            A delivery is one event owed to one endpoint. Publish an event of a type that an endpoint
            subscribes to, and its deliveries appear here.
          </Notice>
        }
      />
      {canRedeliver && <BulkBar selection={selection} deliveries={rows} />}
    </Panel>
  );
}

function columnsOf(nameOf: (endpoint: string) => string, isOfAll: boolean): readonly Column<FoundDelivery>[] {
  const tenantColumn: Column<FoundDelivery> = {
    title: 'Tenant',
    width: 'w-28',
    from: 'sm',
    cell: ({ tenant }) => <bdi>{tenant}</bdi>,
  };
  return [
    { title: 'State', width: 'w-30', cell: (delivery) => <State name={shownState(delivery)} /> },
    ...(isOfAll ? [tenantColumn] : []),
    {
      title: 'Type',
      isFixed: true,
      cell: ({ id, eventType, tenant }) => (
        <Link
          to="/console/deliveries/$id"
          params={{ id }}
          search={(search) => ({ ...search, tenant })}
          className="font-medium hover:underline"
        >
          <bdi>{eventType}</bdi>
        </Link>
      ),
    },
    { title: 'Endpoint', from: 'sm', cell: ({ endpoint }) => <bdi title={endpoint}>{nameOf(endpoint)}</bdi> },
    { title: 'Event', from: 'lg', cell: ({ event }) => <bdi className="font-mono text-[12px]">{event}</bdi> },
    { title: 'Last result', width: 'w-36', from: 'md', cell: lastResult },
    { title: 'Attempts', width: 'w-20', from: 'lg', cell: ({ attemptCount }) => attemptCount },
    { title: 'Next attempt', width: 'w-28', from: 'md', cell: nextAttempt },
    { title: 'Created', width: 'w-28', cell: ({ createdAt }) => <Time at={createdAt} /> },
  ];
}

function lastResult({ lastStatus, lastError }: FoundDelivery): string {
  if (lastError !== null && lastError !== 'answer_cut') return lastError.replaceAll('_', ' ');
  return lastStatus === null ? '' : String(lastStatus);
}

function nextAttempt({ inFlight, dueAt, state, orderingKey }: FoundDelivery) {
  if (inFlight) return 'in flight';
  if (dueAt !== null) return <Time at={dueAt} />;
  return state === 'pending' && orderingKey !== null ? 'behind another' : '';
}
