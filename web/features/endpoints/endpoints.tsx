import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { FoundEndpoint } from '#contract/endpoints.ts';
import type { AttemptCounts } from '#contract/stats.ts';
import { AttemptSparkline } from '#web/components/attempt-chart.tsx';
import { Button } from '#web/components/button.tsx';
import { Notice } from '#web/components/feedback.tsx';
import type { FilterDefinition, FilterValues } from '#web/components/filter-text.ts';
import { Filters } from '#web/components/filters.tsx';
import { List } from '#web/components/list.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import type { Column } from '#web/components/table.tsx';
import { Time } from '#web/components/time.tsx';
import { formatCount } from '#web/lib/format.ts';
import { useCan } from '#web/lib/portal.ts';
import { useScope } from '#web/lib/scope.ts';
import { useAttemptsOf, useEndpointList } from './api.ts';
import { CreateEndpoint } from './create.tsx';
import { EndpointState } from './endpoint-state.tsx';
import { Reason } from './reason.tsx';

const definitions: readonly FilterDefinition[] = [
  {
    name: 'enabled',
    values: ['true', 'false'],
    check: (value) => (/^(true|false)$/.test(value) ? null : 'must be true or false'),
  },
  { name: 'url', values: ['https://'] },
  { name: 'id', values: [] },
];

export function Endpoints() {
  const filters = useSearch({ from: '/console/endpoints' });
  const navigate = useNavigate({ from: '/console/endpoints' });
  const { tenant, mode } = useScope();
  const [isCreating, setCreating] = useState(false);
  const pages = useEndpointList(filters);
  const attempts = useAttemptsOf(pages.data?.pages.map(({ data }) => data.map(({ id }) => id)) ?? []);
  const change = (changes: FilterValues): void =>
    void navigate({ search: (search) => ({ ...search, ...changes }), replace: true });
  const isFiltered = definitions.some(({ name }) => filters[name as keyof typeof filters] !== undefined);
  const can = useCan();
  const create = tenant !== undefined && can('endpoints') && (
    <Button look="primary" icon="add" onClick={() => setCreating(true)}>
      Create endpoint
    </Button>
  );
  return (
    <Page title={tenant === undefined ? 'Endpoints of all tenants' : 'Endpoints'} actions={create}>
      <Panel>
        <Filters definitions={definitions} values={{ ...filters }} onChange={change} />
        <List
          label="Endpoints"
          pages={pages}
          columns={columnsOf(attempts, { isOfAll: tenant === undefined, isPortal: !can('operate') })}
          keyOf={({ id }) => id}
          onClear={
            isFiltered ? () => change({ enabled: undefined, url: undefined, id: undefined }) : undefined
          }
          empty={
            <Notice title={`No ${mode} endpoints yet.`} action={create}>
              An endpoint is a URL that gets the events of the types it subscribes to, signed with its own
              secret.
            </Notice>
          }
        />
      </Panel>
      {isCreating && <CreateEndpoint onClose={() => setCreating(false)} />}
    </Page>
  );
}

type Attempts = ReadonlyMap<string, readonly AttemptCounts[]>;

interface Place {
  readonly isOfAll: boolean;
  readonly isPortal: boolean;
}

function columnsOf(attempts: Attempts, { isOfAll, isPortal }: Place): readonly Column<FoundEndpoint>[] {
  const why: Column<FoundEndpoint> = {
    title: 'Why',
    from: 'md',
    cell: (endpoint) => <Reason endpoint={endpoint} />,
  };
  const tenantColumn: Column<FoundEndpoint> = {
    title: 'Tenant',
    width: 'w-28',
    from: 'sm',
    cell: ({ tenant }) => <bdi>{tenant}</bdi>,
  };
  return [
    { title: 'State', width: 'w-28', cell: (endpoint) => <EndpointState endpoint={endpoint} /> },
    ...(isOfAll ? [tenantColumn] : []),
    {
      title: 'URL',
      cell: ({ id, url, tenant }) => (
        <Link
          to="/console/endpoints/$id"
          params={{ id }}
          search={(search) => ({ ...search, tenant })}
          className="font-medium hover:underline"
        >
          <bdi>{url ?? 'Pull endpoint'}</bdi>
        </Link>
      ),
    },
    {
      title: 'Event types',
      width: 'w-44',
      from: 'lg',
      cell: ({ eventTypes }) => <bdi>{describeTypes(eventTypes)}</bdi>,
    },
    {
      title: 'Attempts, 24 h',
      width: 'w-32',
      from: 'md',
      cell: ({ id }) => attempts.has(id) && <AttemptSparkline data={attempts.get(id) ?? []} />,
    },
    ...(isPortal ? [why] : []),
    {
      title: 'Failures in a row',
      width: 'w-32',
      from: isPortal ? 'lg' : 'md',
      cell: ({ failureCount }) => failureCount,
    },
    { title: 'Description', from: 'lg', cell: ({ description }) => <bdi>{description}</bdi> },
    { title: 'Created', width: 'w-28', from: 'sm', cell: ({ createdAt }) => <Time at={createdAt} /> },
  ];
}

function describeTypes(types: readonly string[]): string {
  if (types.includes('*')) return 'all';
  const [first = 'none', second] = types;
  if (second === undefined) return first;
  return types.length === 2
    ? `${first}, ${second}`
    : `${first} and ${formatCount(types.length - 1, 'more', 'more')}`;
}
