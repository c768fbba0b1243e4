import { useState } from 'react';
import type { CreateKey as CreateKeyBody, KeyScope } from '#contract/keys.ts';
import { Button } from '#web/components/button.tsx';
import { Choices } from '#web/components/choices.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { FormDialog } from '#web/components/form-dialog.tsx';
import { Field, Select, TextInput } from '#web/components/form.tsx';
import { ShownOnce } from '#web/components/shown-once.tsx';
import { fieldsOf } from '#web/lib/api.ts';
import { useCreateKey } from './api.ts';
import { scopes } from './scopes.ts';

const ends = [
  ['', 'never'],
  ['7', 'in 7 days'],
  ['30', 'in 30 days'],
  ['90', 'in 90 days'],
  ['365', 'in 365 days'],
] as const;

interface Draft {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly tenants: string;
  readonly days: string;
}

const nothing: Draft = { name: '', scopes: ['read'], tenants: '', days: '90' };

export function CreateKey({ onClose }: { readonly onClose: () => void }) {
  const [draft, setDraft] = useState(nothing);
  const create = useCreateKey();
  const fields = fieldsOf(create.error);
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change });
  if (create.data !== undefined) return <Created keyText={create.data.key} onClose={onClose} />;
  return (
    <FormDialog
      title="Create a key"
      onClose={onClose}
      verb="Create key"
      otherwise="Do not create"
      request={create}
      onSubmit={() => {
        create.mutate({ body: toBody(draft) });
      }}
    >
      <Field label="Name" hint="What it is for, at most 100 characters." error={fields['name']}>
        {(field) => (
          <TextInput
            {...field}
            required
            maxLength={100}
            value={draft.name}
            onChange={(name) => set({ name })}
          />
        )}
      </Field>
      <Choices
        title="Scopes"
        all={scopes}
        chosen={draft.scopes}
        error={fields['scopes']}
        onChange={(chosen) => set({ scopes: chosen })}
      />
      <Field
        label="Tenants (optional)"
        hint="Ids, separated by spaces, at most 50. When empty, it reaches all tenants."
        error={fields['tenants']}
      >
        {(field) => <TextInput {...field} value={draft.tenants} onChange={(tenants) => set({ tenants })} />}
      </Field>
      <Field label="Expires" error={fields['expiresAt']}>
        {(field) => (
          <Select {...field} value={draft.days} onChange={(days) => set({ days })}>
            {ends.map(([days, text]) => (
              <option key={days} value={days}>
                {text}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  );
}

function toBody({ name, scopes: chosen, tenants, days }: Draft): CreateKeyBody {
  const ids = tenants.split(/[\s,]+/).filter((id) => id !== '');
  return {
    name: name.trim(),
    scopes: [...chosen],
    ...(ids.length === 0 ? {} : { tenants: ids }),
    ...(days === '' ? {} : { expiresAt: new Date(Date.now() + Number(days) * 86_400_000).toISOString() }),
  };
}

function Created({ keyText, onClose }: { readonly keyText: string; readonly onClose: () => void }) {
  return (
    <Dialog title="The key is created" onClose={onClose}>
      <div className="space-y-4">
        <p>Copy it now: it is not shown again.</p>
        <ShownOnce name="key" text={keyText} />
        <div className="flex justify-end">
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
}
