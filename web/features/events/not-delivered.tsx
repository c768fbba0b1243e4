// Why an event did not go to the other endpoints of its tenant: told from what they subscribe to, and since when.
import { Link } from '@tanstack/react-router';
import type { Endpoint } from '#contract/endpoints.ts';
import { useState } from 'react';
import { Button } from '#web/components/button.tsx';
import type { EventWithPayload } from '#contract/events.ts';
import { Panel } from '#web/components/page.tsx';
import { useEndpoints } from '#web/lib/endpoints.ts';
import { useTenant } from '#web/lib/scope.ts';
import { useEventDeliveries, useFilterVerdict } from './api.ts';
import { reasonOf } from './reason.ts';

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
            <Reason endpoint={endpoint} event={event} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

interface ReasonProps {
  readonly endpoint: Endpoint;
  readonly event: EventWithPayload;
}

/** Of a filter the server says on request what does not match. */
function Reason({ endpoint, event }: ReasonProps) {
  const [isAsked, setAsked] = useState(false);
  const { isFiltered, text } = reasonOf(endpoint, event);
  const { data, error, isFetching } = useFilterVerdict(endpoint.id, event, isAsked && isFiltered);
  return (
    <span className="min-w-0 space-y-1">
      <span>{text}</span>{' '}
      {isFiltered && !isAsked && <Button onClick={() => setAsked(true)}>What does not match</Button>}
      {isFetching && <span className="text-muted">asking</span>}
      {error !== null && <span className="text-exhausted">{error.message}</span>}
      {data?.matches === true && <span>It matches now: the filter was another one then.</span>}
      {data?.reasons.map(({ path, message }, index) => (
        <span key={index} className="block wrap-anywhere">
          <bdi className="font-mono">{path === '' ? 'the payload' : path}</bdi> <bdi>{message}</bdi>
        </span>
      ))}
    </span>
  );
}
