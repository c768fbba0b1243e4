import { Link, useParams, useSearch } from '@tanstack/react-router';
import type { DeliveryWithAttempts } from '#contract/deliveries.ts';
import { Id } from '#web/components/copy.tsx';
import { Notice } from '#web/components/feedback.tsx';
import { Facts, Page, Panel, Pending } from '#web/components/page.tsx';
import { shownState, State } from '#web/components/state.tsx';
import { ExactTime, Time } from '#web/components/time.tsx';
import { useDelivery } from './api.ts';
import { AttemptView } from './attempt.tsx';
import { DeliveryActions } from './delivery-actions.tsx';
import { Lifecycle } from './lifecycle.tsx';

export function DeliveryScreen() {
  const { id } = useParams({ from: '/console/scoped/deliveries/$id' });
  const { data: delivery, error, refetch } = useDelivery(id);
  if (delivery !== undefined) return <Detail delivery={delivery} />;
  return <Pending title="Delivery" error={error} onRetry={() => void refetch()} />;
}

function Detail({ delivery }: { readonly delivery: DeliveryWithAttempts }) {
  const { attempt } = useSearch({ from: '/console/scoped/deliveries/$id' });
  const { attempts, eventType } = delivery;
  const chosen = attempts.find(({ number }) => String(number) === attempt) ?? attempts.at(-1);
  const heading = (
    <>
      <bdi className="break-all">{eventType}</bdi>
      <span className="ml-3 text-[14px] font-normal">
        <State name={shownState(delivery)} />
      </span>
    </>
  );
  return (
    <Page
      title={`${eventType} delivery`}
      heading={heading}
      actions={<DeliveryActions delivery={delivery} attempt={chosen} />}
    >
      <div className="grid items-start gap-4 lg:grid-cols-[22rem_minmax(0,1fr)]">
        <div className="space-y-4">
          <Panel>
            <DeliveryFacts delivery={delivery} />
          </Panel>
          <Panel title="Lifecycle">
            <Lifecycle delivery={delivery} chosen={chosen?.number} />
          </Panel>
        </div>
        <Panel title={chosen === undefined ? 'Attempts' : `Attempt ${chosen.number}`}>
          {chosen === undefined ? (
            <Notice title={delivery.endedAt === null ? 'No attempt yet.' : 'No attempt was made.'}>
              {waiting(delivery)}
            </Notice>
          ) : (
            <AttemptView key={chosen.id} delivery={delivery} attempt={chosen} />
          )}
        </Panel>
      </div>
    </Page>
  );
}

function DeliveryFacts({ delivery }: { readonly delivery: DeliveryWithAttempts }) {
  const { id, endpoint, url, event, mode, orderingKey, createdAt, endedAt, note } = delivery;
  const facts = [
    ['Delivery', <Id key="id" id={id} what="the id of the delivery" />],
    [
      'Endpoint',
      <Link
        key="endpoint"
        to="/console/endpoints/$id"
        params={{ id: endpoint }}
        className="break-all text-accent underline"
      >
        <bdi>{url ?? endpoint}</bdi>
      </Link>,
    ],
    [
      'Event',
      <Link
        key="event"
        to="/console/events/$id"
        params={{ id: event }}
        className="font-mono break-all text-accent underline"
      >
        <bdi>{event}</bdi>
      </Link>,
    ],
    ['Attempts', `${delivery.attemptCount} made; the schedule has ${delivery.attemptsMax}`],
    ['Mode', mode],
    ...(orderingKey === null ? [] : [['Ordering key', <bdi key="key">{orderingKey}</bdi>] as const]),
    ['Created', <ExactTime key="created" at={createdAt} />],
    ...(endedAt === null ? [] : [['Ended', <Time key="ended" at={endedAt} />] as const]),
    ...(note === null
      ? []
      : [['Note', 'The transform of the endpoint returned null: nothing was sent.'] as const]),
  ] as const;
  return <Facts facts={facts} />;
}

function waiting({ state, inFlight, note }: DeliveryWithAttempts): string {
  if (note === 'transform_null')
    return 'The transform of the endpoint returned null, so that nothing was sent. A redelivery calls it again.';
  if (state === 'held') return 'Its endpoint is disabled. It is sent when the endpoint is enabled.';
  if (state === 'canceled') return 'It was canceled before the first attempt.';
  return inFlight ? 'The first one is being made.' : 'It waits for its turn.';
}
