import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Tenant } from '#contract/tenants.ts';
import { Allowed } from '#web/components/allowed.tsx';
import { Button } from '#web/components/button.tsx';
import { Notice } from '#web/components/feedback.tsx';
import { List } from '#web/components/list.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import type { Column } from '#web/components/table.tsx';
import { Time } from '#web/components/time.tsx';
import { useTenants } from './api.ts';
import { CreateTenant } from './create.tsx';

const columns: readonly Column<Tenant>[] = [
  {
    title: 'Name',
    cell: ({ id, name }) => (
      <Link to="/console/tenants/$id" params={{ id }} className="font-medium hover:underline">
        <bdi>{name}</bdi>
      </Link>
    ),
  },
  { title: 'Tenant', cell: ({ id }) => <bdi className="font-mono text-[12px]">{id}</bdi> },
  { title: 'Dialect', width: 'w-28', from: 'sm', cell: ({ dialect }) => dialect },
  { title: 'Created', width: 'w-28', from: 'md', cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    title: 'Look at',
    width: 'w-44',
    from: 'sm',
    cell: ({ id }) => (
      <span className="flex gap-3">
        <Link to="/console/endpoints" search={{ tenant: id }} className="text-accent underline">
          endpoints
        </Link>
        <Link to="/console/deliveries" search={{ tenant: id }} className="text-accent underline">
          deliveries
        </Link>
      </span>
    ),
  },
];

export function Tenants() {
  const [isCreating, setCreating] = useState(false);
  const create = (
    <Allowed scope="tenants" isServerWide>
      <Button look="primary" icon="add" onClick={() => setCreating(true)}>
        Create tenant
      </Button>
    </Allowed>
  );
  return (
    <Page title="Tenants" actions={create}>
      <Panel>
        <List
          label="Tenants"
          pages={useTenants()}
          columns={columns}
          keyOf={({ id }) => id}
          empty={
            <Notice title="No tenants yet.">
              A tenant is one of your customers. It owns endpoints and events.
            </Notice>
          }
        />
      </Panel>
      {isCreating && <CreateTenant onClose={() => setCreating(false)} />}
    </Page>
  );
}
