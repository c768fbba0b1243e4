import { Link, useParams } from '@tanstack/react-router';
import type { Delivery } from '#contract/deliveries.ts';
import type { EventWithPayload } from '#contract/events.ts';
import { Code } from '#web/components/code.tsx';
import { Id } from '#web/components/copy.tsx';
import { Notice } from '#web/components/feedback.tsx';
import { List } from '#web/components/list.tsx';
import { Facts, Page, Panel, Pending } from '#web/components/page.tsx';
import { shownState, State } from '#web/components/state.tsx';
import type { Column } from '#web/components/table.tsx';
import { ExactTime } from '#web/components/time.tsx';
import { useEndpointNames } from '#web/lib/endpoints.ts';
import { formatCount } from '#web/lib/format.ts';
import { useTenant } from '#web/lib/scope.ts';
import { useEvent, useEventDeliveries } from './api.ts';
import { NotDelivered } from './not-delivered.tsx';

export function EventScreen() {
  const { id } = useParams({ from: '/console/scoped/events/$id' });
  const { data, error, refetch } = useEvent(id);
  if (data === undefined) return <Pending title="Event" error={error} onRetry={() => void refetch()} />;
  const { event, payload } = data;
  return (
    <Page title={event.type} heading={<bdi className="break-all">{event.type}</bdi>}>
      <div className="grid items-start gap-4 lg:grid-cols-[22rem_minmax(0,1fr)]">
        <Panel title="Event">
          <EventFacts event={event} />
        </Panel>
        <div className="min-w-0 space-y-4">
          <Panel title="Payload">
            <div className="p-3">
              <Code label="Payload" text={payload} />
            </div>
          </Panel>
          <Panel title={`Went to ${formatCount(event.deliveries, 'endpoint')}`}>
            <Destinations event={id} />
          </Panel>
          <NotDelivered event={id} />
        </div>
      </div>
    </Page>
  );
}

function EventFacts({ event }: { readonly event: EventWithPayload }) {
  const { id, mode, orderingKey, metadata, occurredAt, createdAt } = event;
  const facts = [
    ['Event', <Id key="id" id={id} what="the id of the event" />],
    ['Mode', mode],
    ...(orderingKey === null ? [] : [['Ordering key', <bdi key="key">{orderingKey}</bdi>] as const]),
    ...Object.entries(metadata).map(([name, value]) => [name, <bdi key={name}>{value}</bdi>] as const),
    ['Happened', <ExactTime key="happened" at={occurredAt} />],
    ['Published', <ExactTime key="published" at={createdAt} />],
  ] as const;
  return <Facts facts={facts} />;
}

function Destinations({ event }: { readonly event: string }) {
  const nameOf = useEndpointNames(useTenant());
  return (
    <List
      label="Deliveries of the event"
      pages={useEventDeliveries(event)}
      columns={columnsOf(nameOf)}
      keyOf={({ id }) => id}
      empty={
        <Notice title="It went to no endpoint.">
          No endpoint subscribed to its type when it was published.
        </Notice>
      }
    />
  );
}

function columnsOf(nameOf: (endpoint: string) => string): readonly Column<Delivery>[] {
  return [
    { title: 'State', width: 'w-30', cell: (delivery) => <State name={shownState(delivery)} /> },
    {
      title: 'Endpoint',
      cell: ({ id, endpoint }) => (
        <Link to="/console/deliveries/$id" params={{ id }} className="font-medium hover:underline">
          <bdi>{nameOf(endpoint)}</bdi>
        </Link>
      ),
    },
    { title: 'Attempts', width: 'w-20', cell: ({ attemptCount }) => attemptCount },
  ];
}
