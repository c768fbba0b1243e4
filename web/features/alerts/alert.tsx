import { Link, useParams } from '@tanstack/react-router';
import type { Alert } from '#contract/alerts.ts';
import { Allowed } from '#web/components/allowed.tsx';
import { Id } from '#web/components/copy.tsx';
import { Facts, Page, Panel, Pending } from '#web/components/page.tsx';
import { ExactTime, Time } from '#web/components/time.tsx';
import { formatDuration } from '#web/lib/format.ts';
import { AlertActions } from './alert-actions.tsx';
import { AlertState, describeVia } from './alert-state.tsx';
import { useAlert } from './api.ts';
import { describeRecovery } from './draft.ts';
import { SendSample } from './send-sample.tsx';
import { Snooze } from './snooze.tsx';

export function AlertScreen() {
  const { id } = useParams({ from: '/console/alerts/$id' });
  const { data: alert, error, refetch } = useAlert(id);
  if (alert === undefined) return <Pending title="Alert" error={error} onRetry={() => void refetch()} />;
  const heading = (
    <>
      <bdi>{alert.name}</bdi>
      <span className="ml-3 text-[14px] font-normal">
        <AlertState {...alert} />
      </span>
    </>
  );
  const actions = (
    <Allowed scope="endpoints" isServerWide>
      <AlertActions alert={alert} />
    </Allowed>
  );
  return (
    <Page title={alert.name} heading={heading} actions={actions}>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Panel title="Alert">
          <AlertFacts alert={alert} />
        </Panel>
        <Allowed scope="endpoints" isServerWide>
          <div className="min-w-0 space-y-4">
            <SendSample alert={alert} />
            <Snooze alert={alert} />
          </div>
        </Allowed>
      </div>
    </Page>
  );
}

function AlertFacts({ alert }: { readonly alert: Alert }) {
  const { id, types, tenants, via, windowSeconds, lastSentAt, lastError, lastErrorAt } = alert;
  const facts = [
    ['Alert', <Id key="id" id={id} what="the id of the alert" />],
    ['To', <bdi key="to">{describeVia(via)}</bdi>],
    ...(via.kind === 'webhook'
      ? [['Endpoint', <ToEndpoint key="endpoint" id={via.endpoint} />] as const]
      : []),
    ['Tells of', types.join(', ')],
    ['Recovery', describeRecovery(types)],
    ['Tenants', tenants === null ? 'all' : <bdi key="tenants">{tenants.join(', ') || 'none'}</bdi>],
    ['Window', `one message of an endpoint and type in ${formatDuration(windowSeconds * 1000)}`],
    ['Created', <ExactTime key="created" at={alert.createdAt} />],
    ['Changed', <ExactTime key="changed" at={alert.updatedAt} />],
    ['Last sent', lastSentAt === null ? 'never' : <Time key="sent" at={lastSentAt} />],
    ...(lastError === null
      ? []
      : [
          [
            'Last error',
            <span key="error" className="text-exhausted">
              <bdi>{lastError}</bdi> {lastErrorAt !== null && <Time at={lastErrorAt} />}
            </span>,
          ] as const,
        ]),
  ] as const;
  return <Facts facts={facts} />;
}

/** Its settings, its secret and its deliveries are those of an endpoint of the operator. */
function ToEndpoint({ id }: { readonly id: string }) {
  return (
    <Link
      to="/console/endpoints/$id"
      params={{ id }}
      search={{ tenant: 'operator' }}
      className="text-accent underline"
    >
      of the tenant operator
    </Link>
  );
}
