import { Link } from '@tanstack/react-router';
import type { Delivery } from '#contract/deliveries.ts';
import { InlineError, Notice } from '#web/components/feedback.tsx';
import { type FilterDefinition, Filters, type FilterValues } from '#web/components/filters.tsx';
import { List } from '#web/components/list.tsx';
import { Panel } from '#web/components/page.tsx';
import { shownState, State } from '#web/components/state.tsx';
import type { Column } from '#web/components/table.tsx';
import { Time } from '#web/components/time.tsx';
import { useEndpointNames } from '#web/lib/endpoints.ts';
import { useTenant } from '#web/lib/scope.ts';
import { readPoint } from '#web/lib/time-range.ts';
import { type DeliveryFilters, useDeliveries, useRedeliver } from './api.ts';
import { StateToggles, stateNames } from './state-toggles.tsx';

const checkTime = (value: string): string | null =>
  readPoint(value, Date.now()) === null ? 'must be like 15m, 2h, 7d or 2026-01-02T03:04:05Z' : null;

const definitions: readonly FilterDefinition[] = [
  {
    name: 'state',
    values: stateNames,
    check: (value) =>
      stateNames.some((state) => state === value) ? null : `must be one of ${stateNames.join(', ')}`,
  },
  { name: 'type', values: [] },
  { name: 'endpoint', values: [] },
  { name: 'event', values: [] },
  { name: 'since', values: ['15m', '1h', '24h', '7d'], check: checkTime },
  { name: 'until', values: ['15m', '1h', '24h'], check: checkTime },
];

interface DeliveryListProps {
  readonly filters: DeliveryFilters;
  readonly onFilter: (changes: FilterValues) => void;
  /** Filters that the screen sets by itself: they are not offered. */
  readonly fixed?: readonly string[];
}

export function DeliveryList({ filters, onFilter, fixed = [] }: DeliveryListProps) {
  const tenant = useTenant();
  const nameOf = useEndpointNames(tenant);
  const pages = useDeliveries(filters);
  const redeliver = useRedeliver();
  const offered = definitions.filter(({ name }) => !fixed.includes(name));
  const set = offered.filter(({ name }) => filters[name as keyof DeliveryFilters] !== undefined);
  const clear = (): void => onFilter(Object.fromEntries(set.map(({ name }) => [name, undefined])));
  return (
    <Panel>
      <StateToggles state={filters.state} onChange={(state) => onFilter({ state })} />
      <Filters definitions={offered} values={{ ...filters }} onChange={onFilter} />
      <InlineError error={redeliver.error} />
      <List
        label="Deliveries"
        pages={pages}
        columns={columnsOf(nameOf)}
        keyOf={({ id }) => id}
        dayOf={({ createdAt }) => createdAt}
        onR={({ id }) => redeliver.mutate({ params: { tenant, id } })}
        onClear={set.length === 0 ? undefined : clear}
        empty={
          <Notice title="No deliveries yet.">
            A delivery is one event owed to one endpoint. Publish an event of a type that an endpoint
            subscribes to, and its deliveries appear here.
          </Notice>
        }
      />
    </Panel>
  );
}

function columnsOf(nameOf: (endpoint: string) => string): readonly Column<Delivery>[] {
  return [
    { title: 'State', width: 'w-30', cell: (delivery) => <State name={shownState(delivery)} /> },
    {
      title: 'Type',
      cell: ({ id, eventType }) => (
        <Link to="/console/deliveries/$id" params={{ id }} className="font-medium hover:underline">
          <bdi>{eventType}</bdi>
        </Link>
      ),
    },
    { title: 'Endpoint', from: 'sm', cell: ({ endpoint }) => <bdi title={endpoint}>{nameOf(endpoint)}</bdi> },
    { title: 'Event', from: 'lg', cell: ({ event }) => <bdi className="font-mono text-[12px]">{event}</bdi> },
    { title: 'Attempts', width: 'w-20', from: 'md', cell: ({ attemptCount }) => attemptCount },
    { title: 'Next attempt', width: 'w-32', from: 'md', cell: nextAttempt },
    { title: 'Created', width: 'w-28', cell: ({ createdAt }) => <Time at={createdAt} /> },
  ];
}

function nextAttempt({ inFlight, dueAt, state, orderingKey }: Delivery) {
  if (inFlight) return 'in flight';
  if (dueAt !== null) return <Time at={dueAt} />;
  return state === 'pending' && orderingKey !== null ? 'behind another' : '';
}
