// Why an event did not go to the other endpoints of its tenant: told from what they subscribe to, and since when.
import { Link } from '@tanstack/react-router';
import type { Endpoint } from '#contract/endpoints.ts';
import type { EventWithPayload } from '#contract/events.ts';
import { Panel } from '#web/components/page.tsx';
import { useEndpoints } from '#web/lib/endpoints.ts';
import { useTenant } from '#web/lib/scope.ts';
import { useEventDeliveries } from './api.ts';

export function NotDelivered({ event }: { readonly event: EventWithPayload }) {
  const { data: endpoints = [] } = useEndpoints(useTenant());
  const { data: deliveries } = useEventDeliveries(event.id);
  if (deliveries === undefined) return null;
  const reached = new Set(deliveries.pages.flatMap(({ data }) => data.map(({ endpoint }) => endpoint)));
  const others = endpoints.filter(({ id }) => !reached.has(id));
  if (others.length === 0) return null;
  return (
    <Panel title="Did not go to">
      <ul className="divide-y divide-line text-[13px]">
        {others.map((endpoint) => (
          <li key={endpoint.id} className="flex flex-wrap gap-x-3 px-3 py-2">
            <Link
              to="/console/endpoints/$id"
              params={{ id: endpoint.id }}
              className="break-all text-accent underline"
            >
              <bdi>{endpoint.url}</bdi>
            </Link>
            <span>{reasonOf(endpoint, event)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function reasonOf(
  {
    mode,
    eventTypes,
    createdAt,
    updatedAt,
  }: Pick<Endpoint, 'mode' | 'eventTypes' | 'createdAt' | 'updatedAt'>,
  event: Pick<EventWithPayload, 'mode' | 'type' | 'createdAt'>,
): string {
  if (mode !== event.mode) return `It is a ${mode} endpoint, and this is a ${event.mode} event.`;
  if (createdAt > event.createdAt) return 'It was created after the event was published.';
  if (!eventTypes.includes('*') && !eventTypes.includes(event.type)) {
    return `It does not subscribe to ${event.type}, but to ${eventTypes.join(', ') || 'nothing'}.`;
  }
  if (updatedAt > event.createdAt)
    return 'It was changed after the event was published, and did not subscribe to it then.';
  return 'The event was for another endpoint alone, such as a test event.';
}
