import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { EventType } from '#contract/event-types.ts';
import { Allowed } from '#web/components/allowed.tsx';
import { Button, buttonClass } from '#web/components/button.tsx';
import { Code } from '#web/components/code.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { Facts, Page, Panel, Pending } from '#web/components/page.tsx';
import { ExactTime } from '#web/components/time.tsx';
import { useCan, usePortal } from '#web/lib/portal.ts';
import { ownDialect, useEventType, useRemoveEventType, useShownDialect } from './api.ts';
import { EditEventType } from './edit.tsx';
import { SendExample } from './send-example.tsx';

export function EventTypeScreen() {
  const { name } = useParams({ from: '/console/event-types/$name' });
  const dialect = useShownDialect();
  const { data: type, error, refetch } = useEventType(name, dialect);
  if (type === undefined) return <Pending title="Event type" error={error} onRetry={() => void refetch()} />;
  const { schema, examples } = type;
  return (
    <Page title={name} heading={<bdi className="break-all">{name}</bdi>} actions={<Actions type={type} />}>
      <div className="grid items-start gap-4 lg:grid-cols-[22rem_minmax(0,1fr)]">
        <Panel title="Event type">
          <TypeFacts type={type} />
        </Panel>
        <div className="min-w-0 space-y-4">
          <Panel title="Schema of the payload">
            <div className="p-3">
              {schema === null ? (
                <p className="text-muted">None: the payload may be any JSON.</p>
              ) : (
                <Code label="JSON Schema" text={JSON.stringify(schema)} />
              )}
            </div>
          </Panel>
          <Panel title="Examples">
            <div className="space-y-3 p-3">
              {examples.length === 0 && <p className="text-muted">None.</p>}
              {examples.map((example, index) => (
                <Code key={index} label={`Example ${index + 1}`} text={JSON.stringify(example)} />
              ))}
            </div>
          </Panel>
        </div>
      </div>
    </Page>
  );
}

function TypeFacts({ type }: { readonly type: EventType }) {
  const { dialect, groupName, description, deprecated, version, createdAt, updatedAt } = type;
  const isPortal = usePortal() !== null;
  const facts = [
    ...(isPortal ? [] : [['Catalogue', dialect] as const]),
    ...(groupName === null ? [] : [['Group', <bdi key="group">{groupName}</bdi>] as const]),
    ...(description === null ? [] : [['Description', <bdi key="text">{description}</bdi>] as const]),
    ['Status', deprecated ? 'deprecated; still accepted' : 'current'],
    ['Version', version],
    ...(createdAt === null ? [] : [['Created', <ExactTime key="created" at={createdAt} />] as const]),
    ...(updatedAt === null ? [] : [['Changed', <ExactTime key="changed" at={updatedAt} />] as const]),
  ] as const;
  return <Facts facts={facts} />;
}

/** Publishing and testing lead to the screens that do it, with the first example filled in. */
function Actions({ type }: { readonly type: EventType }) {
  const { name, dialect } = type;
  const [isEditing, setEditing] = useState(false);
  const can = useCan();
  return (
    <>
      {dialect === ownDialect && (
        <Allowed scope="tenants" isServerWide>
          <Remove name={name} />
          <Button onClick={() => setEditing(true)}>Edit</Button>
        </Allowed>
      )}
      {can('test') && <SendExample type={name} />}
      <Allowed scope="publish">
        <Link
          to="/console/events"
          search={({ tenant, mode }) => ({ tenant, mode, publish: name })}
          className={buttonClass('primary')}
        >
          Publish one
        </Link>
      </Allowed>
      {isEditing && <EditEventType type={type} onClose={() => setEditing(false)} />}
    </>
  );
}

function Remove({ name }: { readonly name: string }) {
  const [isAsking, setAsking] = useState(false);
  const remove = useRemoveEventType();
  const navigate = useNavigate();
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Remove
      </Button>
      {isAsking && (
        <Confirm
          title="Remove this event type?"
          verb="Remove event type"
          isBusy={remove.isPending}
          error={remove.error}
          onConfirm={() =>
            remove.mutate(
              { params: { name } },
              { onSuccess: () => void navigate({ to: '/console/event-types' }) },
            )
          }
          onClose={() => setAsking(false)}
        >
          <p>
            Its description, schema and examples are lost. Endpoints and events of this type stay as they are;
            when the server takes known types alone, new events of it are refused.
          </p>
        </Confirm>
      )}
    </>
  );
}
