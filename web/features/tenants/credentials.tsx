import { useState } from 'react';
import type { Credential, IssuedCredential } from '#contract/credentials.ts';
import { Allowed } from '#web/components/allowed.tsx';
import { Button } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { Id } from '#web/components/copy.tsx';
import { ShownOnce } from '#web/components/shown-once.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { Failure, InlineError, Notice, Skeleton } from '#web/components/feedback.tsx';
import { Panel } from '#web/components/page.tsx';
import { Time } from '#web/components/time.tsx';
import { useScope } from '#web/lib/scope.ts';
import { useCreateCredential, useCredentials, useRemoveCredential } from './api.ts';

/** What the clients of a tenant authenticate with, in its dialect. */
export function Credentials({ tenant }: { readonly tenant: string }) {
  const { mode } = useScope();
  const create = useCreateCredential();
  const pages = useCredentials(tenant);
  const add = (
    <Allowed scope="secrets">
      <Button isBusy={create.isPending} onClick={() => create.mutate({ params: { tenant }, body: { mode } })}>
        Create a {mode} credential
      </Button>
    </Allowed>
  );
  const all = pages.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Panel title="Credentials" actions={add}>
      <InlineError error={create.error} />
      {pages.isPending && <Skeleton rows={2} />}
      {pages.error !== null && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isSuccess && all.length === 0 && (
        <Notice title="No credentials yet.">
          With one, the tenant manages its endpoints by the API of its dialect.
        </Notice>
      )}
      <ul className="divide-y divide-line">
        {all.map((credential) => (
          <Row key={credential.id} tenant={tenant} credential={credential} />
        ))}
      </ul>
      {pages.hasNextPage && (
        <div className="p-3">
          <Button onClick={() => void pages.fetchNextPage()}>Load more credentials</Button>
        </div>
      )}
      {create.data !== undefined && <Issued credential={create.data} onClose={() => create.reset()} />}
    </Panel>
  );
}

function Row({ tenant, credential }: { readonly tenant: string; readonly credential: Credential }) {
  const { id, mode, kind, createdAt } = credential;
  const [isAsking, setAsking] = useState(false);
  const remove = useRemoveCredential();
  return (
    <li className="flex flex-wrap items-center gap-x-3 px-3 py-1.5 text-[13px]">
      <Id id={id} what="the id of the credential" />
      <span>{mode}</span>
      <span>{kind}</span>
      <span className="flex-1 text-muted">
        <Time at={createdAt} />
      </span>
      <Allowed scope="secrets">
        <Button look="danger" onClick={() => setAsking(true)} aria-label={`Remove the credential ${id}`}>
          Remove
        </Button>
      </Allowed>
      {isAsking && (
        <Confirm
          title="Remove this credential?"
          verb="Remove credential"
          isBusy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ params: { tenant, id } })}
          onClose={() => setAsking(false)}
        >
          <p>Requests with it are refused from now on.</p>
        </Confirm>
      )}
    </li>
  );
}

function Issued({
  credential,
  onClose,
}: {
  readonly credential: IssuedCredential;
  readonly onClose: () => void;
}) {
  const parts =
    credential.kind === 'bearer'
      ? ([['Token', credential.token]] as const)
      : ([
          ['Key', credential.key],
          ['Secret', credential.secret],
        ] as const);
  return (
    <Dialog title="The new credential" onClose={onClose}>
      <p>Copy it now: its secret part is not shown again.</p>
      {parts.map(([name, value]) => (
        <div key={name} className="mt-2">
          <ShownOnce label={name} name={name.toLowerCase()} text={value} />
        </div>
      ))}
    </Dialog>
  );
}
