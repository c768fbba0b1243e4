import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { EndpointWithSecret } from '#contract/endpoints.ts';
import { Button, buttonClass } from '#web/components/button.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { FormDialog } from '#web/components/form-dialog.tsx';
import { bodyOf, SecretField } from '#web/components/secret-field.tsx';
import { fieldsOf } from '#web/lib/api.ts';
import { defaultsOf } from '#web/lib/dialects.ts';
import { useDialect } from '#web/lib/dialect-of-tenant.ts';
import { useCan } from '#web/lib/portal.ts';
import { useScope, useTenant } from '#web/lib/scope.ts';
import { useCreateEndpoint } from './api.ts';
import { SecretOnce } from './secret-once.tsx';
import { emptyDrafts, isWritable, writeChanges } from './settings/draft.ts';
import { SettingFields } from './settings/fields.tsx';
import { settings } from './settings/table.ts';

const nothing = emptyDrafts(settings);
/** A request to create names what it subscribes to, also when that is all. */
const needed = { eventTypes: ['*'] };

export function CreateEndpoint({ onClose }: { readonly onClose: () => void }) {
  const tenant = useTenant();
  const { mode } = useScope();
  const hasOwnSecret = defaultsOf(useDialect())?.secretOwner !== 'tenant';
  const isOperator = useCan()('operate');
  const [drafts, setDrafts] = useState(nothing);
  const [secret, setSecret] = useState('');
  const create = useCreateEndpoint();
  if (create.data !== undefined) return <Created endpoint={create.data} onClose={onClose} />;
  return (
    <FormDialog
      title={isOperator ? `Create a ${mode} endpoint of ${tenant}` : `Create a ${mode} endpoint`}
      onClose={onClose}
      isWide
      verb="Create endpoint"
      otherwise="Do not create"
      request={create}
      onSubmit={() => {
        if (!isWritable(settings, drafts)) return;
        const body = { ...needed, ...writeChanges(settings, nothing, drafts), ...bodyOf(secret), mode };
        create.mutate({ params: { tenant }, body });
      }}
    >
      <SettingFields drafts={drafts} onChange={setDrafts} error={create.error} />
      {hasOwnSecret && (
        <SecretField
          label="Signing secret (optional)"
          value={secret}
          onChange={setSecret}
          error={fieldsOf(create.error)['secret']}
        />
      )}
    </FormDialog>
  );
}

interface CreatedProps {
  readonly endpoint: EndpointWithSecret;
  readonly onClose: () => void;
}

function Created({ endpoint, onClose }: CreatedProps) {
  const { id, secret } = endpoint;
  return (
    <Dialog title="The endpoint is created" onClose={onClose}>
      <div className="space-y-4">
        <SecretOnce secret={secret} endpoint={endpoint} />
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
