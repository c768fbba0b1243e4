// The signing secret that all endpoints of a tenant share, where the dialect has it so.
import { useState } from 'react';
import { Button } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { Field, TextInput } from '#web/components/form.tsx';
import { MaskedSecret } from '#web/components/masked-secret.tsx';
import { Panel } from '#web/components/page.tsx';
import { fieldsOf } from '#web/lib/api.ts';
import { useScope } from '#web/lib/scope.ts';
import { useRevealTenantSecret, useRotateTenantSecret } from './api.ts';

export function TenantSecret({ tenant }: { readonly tenant: string }) {
  const { mode } = useScope();
  const request = { params: { tenant }, body: { mode } };
  const reveal = useRevealTenantSecret();
  const rotate = useRotateTenantSecret();
  const known = rotate.data ?? reveal.data;
  return (
    <Panel title={`Signing secret, ${mode}`}>
      <div className="space-y-3 p-3">
        <p className="text-muted">It signs the deliveries of all {mode} endpoints of the tenant.</p>
        {known?.secret === null ? (
          <p role="status">None is set yet: deliveries are not signed.</p>
        ) : (
          <MaskedSecret
            secret={known?.secret}
            isBusy={reveal.isPending}
            error={reveal.error}
            onReveal={(onSuccess) => reveal.mutate(request, { onSuccess })}
          >
            <p>Who has it can sign deliveries to this tenant. That you saw it is noted in the audit log.</p>
          </MaskedSecret>
        )}
        <Rotate tenant={tenant} rotate={rotate} />
      </div>
    </Panel>
  );
}

interface RotateProps {
  readonly tenant: string;
  readonly rotate: ReturnType<typeof useRotateTenantSecret>;
}

function Rotate({ tenant, rotate }: RotateProps) {
  const { mode } = useScope();
  const [own, setOwn] = useState('');
  const [isAsking, setAsking] = useState(false);
  const body = { mode, ...(own.trim() === '' ? {} : { secret: own.trim() }) };
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
      <Field
        label="New secret (optional)"
        hint="Your own, in the form of the dialect. When empty, the server makes one."
        error={fieldsOf(rotate.error)['secret'] ?? rotate.error?.message}
      >
        {(field) => <TextInput {...field} value={own} onChange={setOwn} />}
      </Field>
      <Button look="danger" onClick={() => setAsking(true)}>
        Rotate secret
      </Button>
      {isAsking && (
        <Confirm
          title="Rotate the secret of the tenant?"
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
