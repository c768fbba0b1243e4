// The signing secret that all endpoints of a tenant share, where the dialect has it so.
import { useState } from 'react';
import { fieldsOf } from '#web/lib/api.ts';
import { useChange } from '#web/lib/queries.ts';
import { useScope } from '#web/lib/scope.ts';
import { Button } from './button.tsx';
import { Confirm } from './confirm.tsx';
import { MaskedSecret } from './masked-secret.tsx';
import { bodyOf, SecretField } from './secret-field.tsx';
import { Panel } from './page.tsx';

export function TenantSecret({ tenant }: { readonly tenant: string }) {
  const { mode } = useScope();
  const request = { params: { tenant }, body: { mode } };
  const reveal = useChange('revealTenantSecret', []);
  const rotate = useChange('rotateTenantSecret', []);
  const known = rotate.data ?? reveal.data;
  return (
    <Panel title={`Signing secret, ${mode}`}>
      <div className="space-y-3 p-3">
        <p className="text-muted">One secret signs the deliveries of all {mode} endpoints.</p>
        {known?.secret === null ? (
          <p role="status">None is set yet: deliveries are not signed.</p>
        ) : (
          <MaskedSecret
            secret={known?.secret}
            isBusy={reveal.isPending}
            error={reveal.error}
            onReveal={(onSuccess) => reveal.mutate(request, { onSuccess })}
          >
            <p>Who has it can sign deliveries to all endpoints. That you saw it is noted in the audit log.</p>
          </MaskedSecret>
        )}
        <Rotate tenant={tenant} rotate={rotate} />
      </div>
    </Panel>
  );
}

interface RotateProps {
  readonly tenant: string;
  readonly rotate: ReturnType<typeof useChange<'rotateTenantSecret'>>;
}

function Rotate({ tenant, rotate }: RotateProps) {
  const { mode } = useScope();
  const [own, setOwn] = useState('');
  const [isAsking, setAsking] = useState(false);
  const body = { mode, ...bodyOf(own) };
  const start = (): void =>
    rotate.mutate(
      { params: { tenant }, body },
      {
        onSuccess: () => setOwn(''),
        onSettled: () => setAsking(false),
      },
    );
  return (
    <>
      <SecretField
        label="New secret (optional)"
        value={own}
        onChange={setOwn}
        error={fieldsOf(rotate.error)['secret'] ?? rotate.error?.message}
      />
      <Button look="danger" onClick={() => setAsking(true)}>
        Rotate secret
      </Button>
      {isAsking && (
        <Confirm
          title="Rotate the secret of all endpoints?"
          verb="Rotate secret"
          isBusy={rotate.isPending}
          error={null}
          onConfirm={start}
          onClose={() => setAsking(false)}
        >
          <p>The old one ends at once: receivers reject what they get until they know the new one.</p>
        </Confirm>
      )}
    </>
  );
}
