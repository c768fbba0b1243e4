import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Alert } from '#contract/alerts.ts';
import { Allowed } from '#web/components/allowed.tsx';
import { Button } from '#web/components/button.tsx';
import { Notice } from '#web/components/feedback.tsx';
import { List } from '#web/components/list.tsx';
import { NeedsAttention } from '#web/components/needs-attention.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import type { Column } from '#web/components/table.tsx';
import { Time } from '#web/components/time.tsx';
import { AlertState, describeVia } from './alert-state.tsx';
import { useAlerts } from './api.ts';
import { CreateAlert } from './create.tsx';
import { alertTypes, describeRecovery } from './draft.ts';

const columns: readonly Column<Alert>[] = [
  {
    title: 'Name',
    cell: ({ id, name }) => (
      <Link to="/console/alerts/$id" params={{ id }} className="font-medium hover:underline">
        <bdi>{name}</bdi>
      </Link>
    ),
  },
  {
    title: 'To',
    from: 'sm',
    cell: ({ via }) => <bdi title={describeVia(via)}>{describeVia(via)}</bdi>,
  },
  { title: 'State', width: 'w-28', cell: (alert) => <AlertState {...alert} /> },
  {
    title: 'Tells of',
    width: 'w-32',
    from: 'md',
    cell: ({ types }) => (
      <span title={types.join(', ')}>
        {types.length === alertTypes.length ? 'everything' : types.join(', ')}
      </span>
    ),
  },
  { title: 'Recovery', width: 'w-32', from: 'lg', cell: ({ types }) => describeRecovery(types) },
  {
    title: 'Last sent',
    width: 'w-28',
    from: 'md',
    cell: ({ lastSentAt }) => (lastSentAt === null ? 'never' : <Time at={lastSentAt} />),
  },
  {
    title: 'Last error',
    from: 'md',
    cell: ({ lastError }) =>
      lastError !== null && (
        <bdi className="text-exhausted" title={lastError}>
          {lastError}
        </bdi>
      ),
  },
];

export function Alerts() {
  const [isCreating, setCreating] = useState(false);
  const create = (
    <Allowed scope="endpoints" isServerWide>
      <Button look="primary" icon="add" onClick={() => setCreating(true)}>
        Create alert
      </Button>
    </Allowed>
  );
  return (
    <Page title="Alerts" actions={create}>
      <Panel title="Who is told">
        <List
          label="Alerts"
          pages={useAlerts()}
          columns={columns}
          keyOf={({ id }) => id}
          empty={
            <Notice title="No alerts yet." action={create}>
              An alert tells people when endpoints fail, are disabled or recover, when deliveries are
              exhausted or wait for too long, and when a replay has finished: by e-mail, in a chat, or by a
              signed webhook.
            </Notice>
          }
        />
      </Panel>
      <NeedsAttention title="What is open now" />
      {isCreating && <CreateAlert onClose={() => setCreating(false)} />}
    </Page>
  );
}
