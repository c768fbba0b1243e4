import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Endpoint } from '#contract/endpoints.ts';
import { Button } from '#web/components/button.tsx';
import { Notice } from '#web/components/feedback.tsx';
import { Field, Select } from '#web/components/form.tsx';
import { List } from '#web/components/list.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import type { Column } from '#web/components/table.tsx';
import { Time } from '#web/components/time.tsx';
import { formatCount } from '#web/lib/format.ts';
import { useScope } from '#web/lib/scope.ts';
import { useEndpointList } from './api.ts';
import { CreateEndpoint } from './create.tsx';
import { EndpointState } from './endpoint-state.tsx';

const columns: readonly Column<Endpoint>[] = [
  { title: 'State', width: 'w-30', cell: (endpoint) => <EndpointState endpoint={endpoint} /> },
  {
    title: 'URL',
    cell: ({ id, url }) => (
      <Link to="/console/endpoints/$id" params={{ id }} className="font-medium hover:underline">
        <bdi>{url}</bdi>
      </Link>
    ),
  },
  { title: 'Event types', from: 'md', cell: ({ eventTypes }) => <bdi>{describeTypes(eventTypes)}</bdi> },
  { title: 'Failures in a row', width: 'w-32', from: 'md', cell: ({ failureCount }) => failureCount },
  { title: 'Description', from: 'lg', cell: ({ description }) => <bdi>{description}</bdi> },
  { title: 'Created', width: 'w-28', from: 'sm', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

function describeTypes(types: readonly string[]): string {
  if (types.includes('*')) return 'all';
  return types.length <= 2
    ? types.join(', ') || 'none'
    : `${types[0]} and ${formatCount(types.length - 1, 'more', 'more')}`;
}

export function Endpoints() {
  const { enabled } = useSearch({ from: '/console/scoped/endpoints' });
  const navigate = useNavigate({ from: '/console/endpoints' });
  const { mode } = useScope();
  const [isCreating, setCreating] = useState(false);
  const pages = useEndpointList(enabled);
  const filter = (value: string): void =>
    void navigate({
      search: (search) => ({ ...search, enabled: value === '' ? undefined : value }),
      replace: true,
    });
  const create = (
    <Button look="primary" icon="add" onClick={() => setCreating(true)}>
      Create endpoint
    </Button>
  );
  return (
    <Page title="Endpoints" actions={create}>
      <Panel>
        <div className="max-w-52 px-3 py-2">
          <Field label="Show">
            {(field) => (
              <Select {...field} value={enabled ?? ''} onChange={filter}>
                <option value="">all endpoints</option>
                <option value="true">enabled ones</option>
                <option value="false">disabled ones</option>
              </Select>
            )}
          </Field>
        </div>
        <List
          label="Endpoints"
          pages={pages}
          columns={columns}
          keyOf={({ id }) => id}
          onClear={enabled === undefined ? undefined : () => filter('')}
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
