// Links that let a person of the tenant into the portal for a time.
import { useState } from 'react';
import type { PortalSession } from '#contract/portal.ts';
import { Allowed } from '#web/components/allowed.tsx';
import { Button } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { Id } from '#web/components/copy.tsx';
import { Failure, Notice, Skeleton } from '#web/components/feedback.tsx';
import { Panel } from '#web/components/page.tsx';
import { Time } from '#web/components/time.tsx';
import { usePortalSessions, useRemovePortalSession, useRemovePortalSessions } from './api.ts';
import { CreatePortalSession } from './create-portal-session.tsx';

export function PortalSessions({ tenant }: { readonly tenant: string }) {
  const [isCreating, setCreating] = useState(false);
  const pages = usePortalSessions(tenant);
  const all = pages.data?.pages.flatMap(({ data }) => data) ?? [];
  const actions = (
    <Allowed scope="secrets">
      <span className="flex flex-wrap gap-2">
        {all.length > 0 && <RevokeAll tenant={tenant} />}
        <Button onClick={() => setCreating(true)}>Create a portal link</Button>
      </span>
    </Allowed>
  );
  return (
    <Panel title="Portal sessions" actions={actions}>
      {pages.isPending && <Skeleton rows={2} />}
      {pages.error !== null && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isSuccess && all.length === 0 && (
        <Notice title="No portal sessions.">
          A link lets a person of the tenant see its endpoints and deliveries for a time, without a key.
        </Notice>
      )}
      <ul className="divide-y divide-line">
        {all.map((session) => (
          <Row key={session.id} tenant={tenant} session={session} />
        ))}
      </ul>
      {pages.hasNextPage && (
        <div className="p-3">
          <Button onClick={() => void pages.fetchNextPage()}>Load more sessions</Button>
        </div>
      )}
      {isCreating && <CreatePortalSession tenant={tenant} onClose={() => setCreating(false)} />}
    </Panel>
  );
}

function Row({ tenant, session }: { readonly tenant: string; readonly session: PortalSession }) {
  const { id, mode, permissions, openedAt, expiresAt } = session;
  const [isAsking, setAsking] = useState(false);
  const remove = useRemovePortalSession();
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5 text-[13px]">
      <Id id={id} what="the id of the session" />
      <span>{mode}</span>
      <span className="text-muted">{permissions.join(', ')}</span>
      <span className="flex-1 text-muted">
        {openedAt === null ? (
          'not opened'
        ) : (
          <>
            opened <Time at={openedAt} />
          </>
        )}
        , ends <Time at={expiresAt} />
      </span>
      <Allowed scope="secrets">
        <Button look="danger" onClick={() => setAsking(true)} aria-label={`Revoke the session ${id}`}>
          Revoke
        </Button>
      </Allowed>
      {isAsking && (
        <Confirm
          title="Revoke this session?"
          verb="Revoke session"
          isBusy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ params: { tenant, id } })}
          onClose={() => setAsking(false)}
        >
          <p>Its link opens nothing any more, and who is in it is out with the next request.</p>
        </Confirm>
      )}
    </li>
  );
}

function RevokeAll({ tenant }: { readonly tenant: string }) {
  const [isAsking, setAsking] = useState(false);
  const remove = useRemovePortalSessions();
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Revoke all
      </Button>
      {isAsking && (
        <Confirm
          title="Revoke all portal sessions?"
          verb="Revoke all sessions"
          isBusy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ params: { tenant } }, { onSuccess: () => setAsking(false) })}
          onClose={() => setAsking(false)}
        >
          <p>All links of the tenant open nothing any more, and who is in the portal is out.</p>
        </Confirm>
      )}
    </>
  );
}
