import { useState } from 'react';
import type { Alert } from '#contract/alerts.ts';
import { FormDialog } from '#web/components/form-dialog.tsx';
import { fieldsOf } from '#web/lib/api.ts';
import { useChangeAlert } from './api.ts';
import { readDraft, toChange } from './draft.ts';
import { AlertFields } from './fields.tsx';

interface ChangeAlertProps {
  readonly alert: Alert;
  readonly onClose: () => void;
}

export function ChangeAlert({ alert, onClose }: ChangeAlertProps) {
  const [before] = useState(() => readDraft(alert));
  const [draft, setDraft] = useState(before);
  const change = useChangeAlert();
  return (
    <FormDialog
      title="Change the alert"
      onClose={onClose}
      verb="Save changes"
      otherwise="Discard changes"
      request={change}
      onSubmit={() => {
        const body = toChange(draft, before);
        if (Object.keys(body).length === 0) return onClose();
        change.mutate({ params: { id: alert.id }, body }, { onSuccess: onClose });
      }}
    >
      <AlertFields
        draft={draft}
        onChange={(part) => setDraft({ ...draft, ...part })}
        problems={fieldsOf(change.error)}
        isKindFixed
      />
    </FormDialog>
  );
}
