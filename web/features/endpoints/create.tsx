import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { EndpointWithSecret } from '#contract/endpoints.ts';
import { Button, buttonClass } from '#web/components/button.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { FormActions } from '#web/components/form-actions.tsx';
import { useScope, useTenant } from '#web/lib/scope.ts';
import { useCreateEndpoint } from './api.ts';
import { EndpointFields, emptyDraft, toBody } from './endpoint-form.tsx';
import { SecretOnce } from './secret-once.tsx';

export function CreateEndpoint({ onClose }: { readonly onClose: () => void }) {
  const tenant = useTenant();
  const { mode } = useScope();
  const [draft, setDraft] = useState(emptyDraft);
  const create = useCreateEndpoint();
  if (create.data !== undefined) return <Created endpoint={create.data} onClose={onClose} />;
  return (
    <Dialog title={`Create a ${mode} endpoint of ${tenant}`} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ params: { tenant }, body: { ...toBody(draft), mode } });
        }}
      >
        <EndpointFields draft={draft} onChange={setDraft} error={create.error} />
        <FormActions
          verb="Create endpoint"
          otherwise="Do not create"
          isBusy={create.isPending}
          error={create.error}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}

interface CreatedProps {
  readonly endpoint: EndpointWithSecret;
  readonly onClose: () => void;
}

function Created({ endpoint: { id, secret }, onClose }: CreatedProps) {
  return (
    <Dialog title="The endpoint is created" onClose={onClose}>
      <div className="space-y-4">
        <SecretOnce secret={secret} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Link to="/console/endpoints/$id" params={{ id }} className={buttonClass('primary')}>
            Open the endpoint
          </Link>
        </div>
      </div>
    </Dialog>
  );
}
