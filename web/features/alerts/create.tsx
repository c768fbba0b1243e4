import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { CreatedAlert } from '#contract/alerts.ts';
import { Button, buttonClass } from '#web/components/button.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { FormDialog } from '#web/components/form-dialog.tsx';
import { ShownOnce } from '#web/components/shown-once.tsx';
import { fieldsOf } from '#web/lib/api.ts';
import { useCreateAlert } from './api.ts';
import { newDraft, toCreate } from './draft.ts';
import { AlertFields } from './fields.tsx';

export function CreateAlert({ onClose }: { readonly onClose: () => void }) {
  const [draft, setDraft] = useState(newDraft);
  const create = useCreateAlert();
  if (create.data !== undefined) return <Created alert={create.data} onClose={onClose} />;
  return (
    <FormDialog
      title="Create an alert"
      onClose={onClose}
      verb="Create alert"
      otherwise="Do not create"
      request={create}
      onSubmit={() => {
        create.mutate({ body: toCreate(draft) });
      }}
    >
      <AlertFields
        draft={draft}
        onChange={(change) => setDraft({ ...draft, ...change })}
        problems={fieldsOf(create.error)}
        isKindFixed={false}
      />
    </FormDialog>
  );
}

interface CreatedProps {
  readonly alert: CreatedAlert;
  readonly onClose: () => void;
}

/** The secret of a webhook is that of an endpoint: who may see secrets can show it again. */
function Created({ alert: { id, secret }, onClose }: CreatedProps) {
  return (
    <Dialog title="The alert is created" onClose={onClose}>
      <div className="space-y-4">
        {secret !== null && (
          <>
            <p>
              This secret signs its events. Copy it to the receiver. The endpoint of the alert, in the tenant
              operator, can show it again; that is noted in the audit log.
            </p>
            <ShownOnce name="secret" text={secret} />
          </>
        )}
        <p>Send a sample from its page, to see that it arrives.</p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Link to="/console/alerts/$id" params={{ id }} className={buttonClass('primary')}>
            Open the alert
          </Link>
        </div>
      </div>
    </Dialog>
  );
}
