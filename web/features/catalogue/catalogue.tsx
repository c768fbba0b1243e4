// The event types that can be subscribed to: what each means, its schema and an example.
import { useState } from 'react';
import type { EventType } from '#contract/event-types.ts';
import { Button } from '#web/components/button.tsx';
import { Code } from '#web/components/code.tsx';
import { Failure, Notice, Skeleton } from '#web/components/feedback.tsx';
import { Field, TextInput } from '#web/components/form.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import { useCan } from '#web/lib/portal.ts';
import { useCatalogue } from './api.ts';
import { SendExample } from './send-example.tsx';

export function Catalogue() {
  return (
    <Page title="Event types">
      <Panel>
        <Types />
      </Panel>
    </Page>
  );
}

function Types() {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useCatalogue();
  const [text, setText] = useState('');
  if (data === undefined) {
    return error === null ? <Skeleton rows={8} /> : <Failure error={error} onRetry={() => void refetch()} />;
  }
  const types = data.pages.flatMap((page) => page.data);
  if (types.length === 0) {
    return (
      <Notice title="The catalogue is empty.">
        Endpoints can subscribe to types by name all the same, or to all of them with *.
      </Notice>
    );
  }
  const wanted = text.trim().toLowerCase();
  const found = types.filter(({ name, description, groupName }) =>
    `${name} ${groupName ?? ''} ${description ?? ''}`.toLowerCase().includes(wanted),
  );
  const groups = [...Map.groupBy(found, ({ groupName }) => groupName ?? '')];
  return (
    <div className="space-y-3 p-3">
      <Field label="Search event types">
        {(field) => <TextInput {...field} type="search" value={text} onChange={setText} />}
      </Field>
      {found.length === 0 && (
        <Notice
          title="No event type matches."
          action={<Button onClick={() => setText('')}>Clear search</Button>}
        />
      )}
      {groups.map(([group, members]) => (
        <section key={group} className="space-y-2">
          {group !== '' && (
            <h2 className="pt-1 text-[14px] font-semibold">
              <bdi>{group}</bdi>
            </h2>
          )}
          {members.map((type) => (
            <TypeEntry key={type.name} type={type} />
          ))}
        </section>
      ))}
      {hasNextPage && (
        <Button isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Load more event types
        </Button>
      )}
    </div>
  );
}

function TypeEntry({ type }: { readonly type: EventType }) {
  const { name, description, deprecated } = type;
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      className="min-w-0 rounded-md border border-line"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="px-3 py-2 text-[13px] wrap-anywhere">
        <bdi className="font-mono font-medium">{name}</bdi>
        {deprecated && <span className="ml-2 text-retrying">deprecated</span>}
        {description !== null && <bdi className="block text-muted">{description}</bdi>}
      </summary>
      {isOpen && <TypeDetail type={type} />}
    </details>
  );
}

function TypeDetail({ type: { name, schema, examples } }: { readonly type: EventType }) {
  const can = useCan();
  const [example] = examples;
  return (
    <div className="space-y-3 border-t border-line p-3">
      {can('test') && <SendExample type={name} />}
      {example !== undefined && <Code label="Example" text={JSON.stringify(example)} />}
      {schema !== null && <Code label="JSON Schema" text={JSON.stringify(schema)} />}
      {example === undefined && schema === null && <p className="text-muted">Its payload may be anything.</p>}
    </div>
  );
}
