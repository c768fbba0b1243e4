import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Event } from '#contract/events.ts';
import { Allowed } from '#web/components/allowed.tsx';
import { Button } from '#web/components/button.tsx';
import { Notice } from '#web/components/feedback.tsx';
import type { FilterDefinition, FilterValues } from '#web/components/filter-text.ts';
import { Filters } from '#web/components/filters.tsx';
import { List } from '#web/components/list.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import type { Column } from '#web/components/table.tsx';
import { Time } from '#web/components/time.tsx';
import { useScope } from '#web/lib/scope.ts';
import { checkPoint } from '#web/lib/time-range.ts';
import { useEvents } from './api.ts';
import { Publish } from './publish.tsx';

const columns: readonly Column<Event>[] = [
  {
    title: 'Type',
    cell: ({ id, type }) => (
      <Link to="/console/events/$id" params={{ id }} className="font-medium hover:underline">
        <bdi>{type}</bdi>
      </Link>
    ),
  },
  { title: 'Event', from: 'sm', cell: ({ id }) => <bdi className="font-mono text-[12px]">{id}</bdi> },
  { title: 'Deliveries', width: 'w-24', cell: ({ deliveries }) => deliveries },
  { title: 'Ordering key', from: 'lg', cell: ({ orderingKey }) => <bdi>{orderingKey}</bdi> },
  { title: 'Published', width: 'w-28', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

/** Not a filter of the list: an id leads to its event. */
const idFilter: FilterDefinition = {
  name: 'id',
  values: [],
  check: (value) => (/^[\w.:-]{1,255}$/.test(value) ? null : 'must be the id of an event'),
};

const definitions: readonly FilterDefinition[] = [
  { name: 'type', values: [] },
  { name: 'orderingKey', values: [] },
  {
    name: 'withoutDeliveries',
    values: ['true', 'false'],
    check: (value) => (/^(true|false)$/.test(value) ? null : 'must be true or false'),
  },
  { name: 'since', values: ['15m', '1h', '24h', '7d'], check: checkPoint },
  { name: 'until', values: ['15m', '1h', '24h'], check: checkPoint },
];

export function Events() {
  const { publish: publishedType, ...filters } = useSearch({ from: '/console/scoped/events' });
  const navigate = useNavigate({ from: '/console/events' });
  const openEvent = useNavigate();
  const pages = useEvents(filters);
  const change = ({ id, ...changes }: FilterValues): void => {
    if (id !== undefined) return void openEvent({ to: '/console/events/$id', params: { id } });
    void navigate({ search: (search) => ({ ...search, ...changes }), replace: true });
  };
  const seen = pages.data?.pages.flatMap(({ data }) => data.map(({ type }) => type)) ?? [];
  const offered = definitions.map((each) =>
    each.name === 'type' ? { ...each, values: [...new Set(seen)] } : each,
  );
  const set = definitions.filter(({ name }) => filters[name as keyof typeof filters] !== undefined);
  const clear = (): void => change(Object.fromEntries(set.map(({ name }) => [name, undefined])));
  const { mode } = useScope();
  const [isPublishing, setPublishing] = useState(publishedType !== undefined);
  const publish = (
    <Allowed scope="publish">
      <Button look="primary" icon="add" onClick={() => setPublishing(true)}>
        Publish event
      </Button>
    </Allowed>
  );
  const closePublish = (): void => {
    setPublishing(false);
    change({ publish: undefined });
  };
  return (
    <Page title="Events" actions={publish}>
      <Panel>
        <Filters definitions={[idFilter, ...offered]} values={{ ...filters }} onChange={change} />
        <List
          label="Events"
          pages={pages}
          columns={columns}
          keyOf={({ id }) => id}
          dayOf={({ createdAt }) => createdAt}
          onClear={set.length === 0 ? undefined : clear}
          empty={
            <Notice title={`No ${mode} events yet.`} action={publish}>
              An event is what happened, with a type and a payload. It is delivered to every endpoint that
              subscribes to its type.
            </Notice>
          }
        />
      </Panel>
      {isPublishing && <Publish type={publishedType} onClose={closePublish} />}
    </Page>
  );
}
