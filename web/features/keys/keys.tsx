import { useState } from 'react';
import type { Key } from '#contract/keys.ts';
import { Button } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { Notice } from '#web/components/feedback.tsx';
import { List } from '#web/components/list.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import type { Column } from '#web/components/table.tsx';
import { Time } from '#web/components/time.tsx';
import { formatCount } from '#web/lib/format.ts';
import { useAdminKeys, useRemoveKey } from './api.ts';
import { CreateKey } from './create.tsx';

const columns: readonly Column<Key>[] = [
  { title: 'Name', cell: ({ name }) => <bdi className="font-medium">{name}</bdi> },
  {
    title: 'Begins with',
    width: 'w-32',
    from: 'sm',
    cell: ({ prefix }) => <span className="font-mono text-[12px]">{prefix}</span>,
  },
  {
    title: 'Scopes',
    cell: ({ scopes }) => <span title={scopes.join(', ')}>{scopes.join(', ')}</span>,
  },
  { title: 'Tenants', width: 'w-36', from: 'md', cell: ({ tenants }) => <Tenants tenants={tenants} /> },
  {
    title: 'Last used',
    width: 'w-28',
    from: 'sm',
    cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : <Time at={lastUsedAt} />),
  },
  {
    title: 'Expires',
    width: 'w-28',
    from: 'md',
    cell: ({ expiresAt }) => (expiresAt === null ? 'never' : <Time at={expiresAt} />),
  },
  { title: 'Revoke', width: 'w-28', cell: (key) => <Revoke adminKey={key} /> },
];

export function Keys() {
  const [isCreating, setCreating] = useState(false);
  const create = (
    <Button look="primary" icon="add" onClick={() => setCreating(true)}>
      Create key
    </Button>
  );
  return (
    <Page title="Keys" actions={create}>
      <p className="text-muted">
        Give each program and each person a key of its own. The key of the configuration is not in this list.
      </p>
      <Panel>
        <List
          label="Keys"
          pages={useAdminKeys()}
          columns={columns}
          keyOf={({ id }) => id}
          empty={
            <Notice title="No keys yet." action={create}>
              A key opens the admin API and this console, as far as its scopes and tenants allow.
            </Notice>
          }
        />
      </Panel>
      {isCreating && <CreateKey onClose={() => setCreating(false)} />}
    </Page>
  );
}

function Tenants({ tenants }: Pick<Key, 'tenants'>) {
  if (tenants === null) return 'all';
  const [first] = tenants;
  return (
    <bdi title={tenants.join(', ')}>
      {tenants.length === 1 ? first : formatCount(tenants.length, 'tenant')}
    </bdi>
  );
}

function Revoke({ adminKey: { id, name } }: { readonly adminKey: Key }) {
  const [isAsking, setAsking] = useState(false);
  const remove = useRemoveKey();
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)} aria-label={`Revoke the key ${name}`}>
        Revoke
      </Button>
      {isAsking && (
        <Confirm
          title="Revoke this key?"
          verb="Revoke key"
          isBusy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ params: { id } })}
          onClose={() => setAsking(false)}
        >
          <p>
            Requests with <bdi className="font-medium">{name}</bdi> are refused from now on, and the sessions
            of the console that it has opened end. It cannot come back.
          </p>
        </Confirm>
      )}
    </>
  );
}
