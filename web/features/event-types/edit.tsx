import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { EventType, SetEventType } from '#contract/event-types.ts';
import { FormDialog } from '#web/components/form-dialog.tsx';
import { Checkbox, Field, TextArea, TextInput } from '#web/components/form.tsx';
import { fieldsOf } from '#web/lib/api.ts';
import { useSetEventType } from './api.ts';
import { type Draft, problemOf, readDraft, writeDraft } from './draft.ts';

interface EditEventTypeProps {
  /** Absent for a new one. */
  readonly type?: EventType;
  readonly onClose: () => void;
}

export function EditEventType({ type, onClose }: EditEventTypeProps) {
  const [draft, setDraft] = useState<Draft>(() => readDraft(type));
  const save = useSetEventType();
  const navigate = useNavigate();
  const body = writeDraft(draft);
  const submit = (name: string, content: SetEventType): void =>
    save.mutate(
      { params: { name }, body: content },
      {
        onSuccess: () => {
          onClose();
          void navigate({ to: '/console/event-types/$name', params: { name } });
        },
      },
    );
  return (
    <FormDialog
      title={type === undefined ? 'Create an event type' : `Edit ${type.name}`}
      onClose={onClose}
      isWide
      verb={type === undefined ? 'Create event type' : 'Save changes'}
      otherwise={type === undefined ? 'Do not create' : 'Do not save'}
      request={save}
      onSubmit={() => {
        if (body !== null) submit(draft.name.trim(), body);
      }}
    >
      <Fields
        draft={draft}
        isNew={type === undefined}
        onChange={(change) => setDraft({ ...draft, ...change })}
        problems={fieldsOf(save.error)}
      />
    </FormDialog>
  );
}

interface FieldsProps {
  readonly draft: Draft;
  readonly isNew: boolean;
  readonly onChange: (change: Partial<Draft>) => void;
  readonly problems: Readonly<Record<string, string>>;
}

function Fields({ draft, isNew, onChange, problems }: FieldsProps) {
  return (
    <>
      {isNew && (
        <Field label="Name" hint="Such as payment.paid. It cannot be changed." error={problems['name']}>
          {(field) => (
            <TextInput {...field} required value={draft.name} onChange={(name) => onChange({ name })} />
          )}
        </Field>
      )}
      <Field label="Group (optional)" hint="Under which people find it." error={problems['groupName']}>
        {(field) => (
          <TextInput {...field} value={draft.groupName} onChange={(groupName) => onChange({ groupName })} />
        )}
      </Field>
      <Field label="Description (optional)" hint="At most 4,000 characters." error={problems['description']}>
        {(field) => (
          <TextInput
            {...field}
            value={draft.description}
            onChange={(description) => onChange({ description })}
          />
        )}
      </Field>
      <Field
        label="Schema of the payload (optional)"
        hint="JSON Schema, draft 2020-12, at most 64 KiB. When empty, the payload may be any JSON."
        error={problemOf('schema', draft, problems)}
      >
        {(field) => (
          <TextArea {...field} rows={8} value={draft.schema} onChange={(schema) => onChange({ schema })} />
        )}
      </Field>
      <Field
        label="Examples"
        hint="A JSON list of at most 10 payloads, which match the schema. The first one is sent as a test event."
        error={problemOf('examples', draft, problems)}
      >
        {(field) => (
          <TextArea
            {...field}
            rows={6}
            value={draft.examples}
            onChange={(examples) => onChange({ examples })}
          />
        )}
      </Field>
      <Checkbox
        label="Deprecated: still accepted, not for new use"
        checked={draft.deprecated}
        onChange={(deprecated) => onChange({ deprecated })}
      />
    </>
  );
}
