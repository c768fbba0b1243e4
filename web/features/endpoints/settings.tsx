import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Endpoint } from '#contract/endpoints.ts';
import { Allowed } from '#web/components/allowed.tsx';
import { Button } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { InlineError, Skeleton } from '#web/components/feedback.tsx';
import { Panel } from '#web/components/page.tsx';
import { formatCount } from '#web/lib/format.ts';
import { useCan } from '#web/lib/portal.ts';
import { useTenant } from '#web/lib/scope.ts';
import { useChangeEndpoint, useEndpoint, usePurge, useRemoveEndpoint } from './api.ts';
import { isWritable, readDrafts, writeChanges } from './settings/draft.ts';
import { SettingFields } from './settings/fields.tsx';
import { settings } from './settings/table.ts';

export function Settings() {
  const { id } = useParams({ from: '/console/scoped/endpoints/$id/settings' });
  const { data: endpoint } = useEndpoint(id);
  const can = useCan();
  if (endpoint === undefined) return <Skeleton />;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <Panel title="Settings">
        <Change key={endpoint.updatedAt} endpoint={endpoint} />
      </Panel>
      {can('endpoints') && (
        <Panel title="What cannot be undone">
          <div className="space-y-4 p-3">
            {can('operate') && <Purge endpoint={endpoint} />}
            <Remove endpoint={endpoint} />
          </div>
        </Panel>
      )}
    </div>
  );
}

function Change({ endpoint }: { readonly endpoint: Endpoint }) {
  const params = { tenant: useTenant(), id: endpoint.id };
  const [before] = useState(() => readDrafts(settings, endpoint));
  const [drafts, setDrafts] = useState(before);
  const change = useChangeEndpoint();
  const body = isWritable(settings, drafts) ? writeChanges(settings, before, drafts) : null;
  const isSame = body !== null && Object.keys(body).length === 0;
  return (
    <form
      className="space-y-4 p-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (body !== null && !isSame) change.mutate({ params, body });
      }}
    >
      <SettingFields drafts={drafts} onChange={setDrafts} error={change.error} endpoint={endpoint} />
      <InlineError error={change.error} />
      <Allowed scope="endpoints">
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" look="primary" isBusy={change.isPending} disabled={body === null || isSame}>
            Save changes
          </Button>
          <span className="text-[12.5px] text-muted">{describeChanges(body)}</span>
        </div>
      </Allowed>
    </form>
  );
}

function describeChanges(body: Readonly<Record<string, unknown>> | null): string {
  if (body === null) return 'A setting cannot be read yet.';
  const names = settings
    .filter(({ name }) => Object.hasOwn(body, name))
    .map(({ label }) => label.toLowerCase());
  return names.length === 0 ? 'Nothing is changed.' : `Changes: ${names.join(', ')}.`;
}

function Purge({ endpoint }: { readonly endpoint: Endpoint }) {
  const params = { tenant: useTenant(), id: endpoint.id };
  const [isAsking, setAsking] = useState(false);
  const purge = usePurge();
  return (
    <div className="space-y-1.5">
      <p>Cancel everything that waits for this endpoint. What is published from then on is delivered.</p>
      <Button look="danger" onClick={() => setAsking(true)}>
        Cancel what waits
      </Button>
      {purge.data !== undefined && (
        <p role="status">{formatCount(purge.data.canceled, 'delivery', 'deliveries')} canceled.</p>
      )}
      {isAsking && (
        <Confirm
          title="Cancel what waits?"
          verb="Cancel what waits"
          name={endpoint.id}
          isBusy={purge.isPending}
          error={purge.error}
          onConfirm={() => purge.mutate({ params }, { onSuccess: () => setAsking(false) })}
          onClose={() => setAsking(false)}
        >
          <p>
            All pending and held deliveries of this endpoint are canceled, also those that are being sent.
          </p>
        </Confirm>
      )}
    </div>
  );
}

function Remove({ endpoint }: { readonly endpoint: Endpoint }) {
  const params = { tenant: useTenant(), id: endpoint.id };
  const [isAsking, setAsking] = useState(false);
  const remove = useRemoveEndpoint();
  const navigate = useNavigate();
  return (
    <div className="space-y-1.5">
      <p>
        Remove the endpoint. What waits for it is canceled; its deliveries stay in the log until their
        retention ends.
      </p>
      <Button look="danger" onClick={() => setAsking(true)}>
        Remove endpoint
      </Button>
      {isAsking && (
        <Confirm
          title="Remove this endpoint?"
          verb="Remove endpoint"
          name={endpoint.id}
          isBusy={remove.isPending}
          error={remove.error}
          onConfirm={() =>
            remove.mutate({ params }, { onSuccess: () => void navigate({ to: '/console/endpoints' }) })
          }
          onClose={() => setAsking(false)}
        >
          <p>
            <bdi className="break-all">{endpoint.url ?? endpoint.id}</bdi> gets nothing any more, and its
            secret is lost.
          </p>
        </Confirm>
      )}
    </div>
  );
}
