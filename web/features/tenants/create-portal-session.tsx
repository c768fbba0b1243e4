import { useState } from 'react';
import type { IssuedPortalSession } from '#contract/portal.ts';
import { Button } from '#web/components/button.tsx';
import { Choices } from '#web/components/choices.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { FormDialog } from '#web/components/form-dialog.tsx';
import { Field, Select, TextArea, TextInput } from '#web/components/form.tsx';
import { ShownOnce } from '#web/components/shown-once.tsx';
import { ExactTime } from '#web/components/time.tsx';
import { fieldAt, fieldsOf } from '#web/lib/api.ts';
import { useScope } from '#web/lib/scope.ts';
import { useCreatePortalSession } from './api.ts';
import { newDraft, permissions, type PortalDraft, toBody } from './portal-draft.ts';

interface CreatePortalSessionProps {
  readonly tenant: string;
  readonly onClose: () => void;
}

export function CreatePortalSession({ tenant, onClose }: CreatePortalSessionProps) {
  const { mode } = useScope();
  const [draft, setDraft] = useState(newDraft);
  const create = useCreatePortalSession();
  if (create.data !== undefined) return <Created session={create.data} onClose={onClose} />;
  return (
    <FormDialog
      title={`Create a ${mode} portal link of ${tenant}`}
      onClose={onClose}
      verb="Create link"
      otherwise="Do not create"
      request={create}
      onSubmit={() => {
        create.mutate({ params: { tenant }, body: toBody(draft, mode) });
      }}
    >
      <Choices
        title="Permissions"
        all={permissions}
        chosen={draft.permissions}
        error={fieldsOf(create.error)['permissions']}
        onChange={(chosen) => setDraft({ ...draft, permissions: chosen })}
      />
      <Fields
        draft={draft}
        onChange={(change) => setDraft({ ...draft, ...change })}
        problems={fieldsOf(create.error)}
      />
    </FormDialog>
  );
}

const spans = [
  ['300', '5 minutes'],
  ['3600', '1 hour'],
  ['28800', '8 hours'],
  ['86400', '24 hours'],
] as const;

interface FieldsProps {
  readonly draft: PortalDraft;
  readonly onChange: (change: Partial<PortalDraft>) => void;
  readonly problems: Readonly<Record<string, string>>;
}

function Fields({ draft, onChange, problems }: FieldsProps) {
  return (
    <>
      <Field label="Lasts" error={problems['expiresInSeconds']}>
        {(field) => (
          <Select {...field} value={draft.seconds} onChange={(seconds) => onChange({ seconds })}>
            {spans.map(([seconds, text]) => (
              <option key={seconds} value={seconds}>
                {text}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label="Origins that may hold it in a frame (optional)"
        hint="One in a line, such as https://app.example.com, at most 10."
        error={fieldAt(problems, 'embedOrigins')}
      >
        {(field) => (
          <TextArea {...field} rows={2} value={draft.origins} onChange={(origins) => onChange({ origins })} />
        )}
      </Field>
      <Field label="Leads back to (optional)" hint="An https: URL." error={problems['returnUrl']}>
        {(field) => (
          <TextInput {...field} value={draft.returnUrl} onChange={(returnUrl) => onChange({ returnUrl })} />
        )}
      </Field>
      <Field label="Colors" error={problems['theme.colorScheme']}>
        {(field) => (
          <Select {...field} value={draft.colorScheme} onChange={(colorScheme) => onChange({ colorScheme })}>
            <option value="auto">as the system of the reader</option>
            <option value="light">light</option>
            <option value="dark">dark</option>
          </Select>
        )}
      </Field>
      <Field label="Accent (optional)" hint="Such as #0055cc." error={problems['theme.accent']}>
        {(field) => <TextInput {...field} value={draft.accent} onChange={(accent) => onChange({ accent })} />}
      </Field>
      <Field
        label="Name of the platform (optional)"
        hint="At most 60 characters."
        error={problems['theme.name']}
      >
        {(field) => <TextInput {...field} value={draft.name} onChange={(name) => onChange({ name })} />}
      </Field>
    </>
  );
}

interface CreatedProps {
  readonly session: IssuedPortalSession;
  readonly onClose: () => void;
}

function Created({ session: { url, expiresAt }, onClose }: CreatedProps) {
  return (
    <Dialog title="The link is created" onClose={onClose}>
      <div className="space-y-4">
        <p>
          Copy it now: it is not shown again. It opens once, and ends <ExactTime at={expiresAt} />.
        </p>
        <ShownOnce name="link" text={url} />
        <div className="flex justify-end">
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
}
