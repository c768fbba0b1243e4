import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { FormDialog } from '#web/components/form-dialog.tsx';
import { Field, Select, TextInput } from '#web/components/form.tsx';
import { fieldsOf } from '#web/lib/api.ts';
import { useServerIndex } from '#web/lib/server-index.ts';
import { useCreateTenant } from './api.ts';

export function CreateTenant({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [id, setId] = useState('');
  const [dialect, setDialect] = useState('standard');
  const { data: server } = useServerIndex();
  const dialects = server?.dialects ?? ['standard'];
  const create = useCreateTenant();
  const navigate = useNavigate();
  const fields = fieldsOf(create.error);
  const submit = (): void =>
    create.mutate(
      { body: { name: name.trim(), dialect, ...(id.trim() === '' ? {} : { id: id.trim() }) } },
      { onSuccess: (tenant) => void navigate({ to: '/console/endpoints', search: { tenant: tenant.id } }) },
    );
  return (
    <FormDialog
      title="Create a tenant"
      onClose={onClose}
      verb="Create tenant"
      otherwise="Do not create"
      request={create}
      onSubmit={() => {
        submit();
      }}
    >
      <Field label="Name" hint="A name to show, at most 200 characters." error={fields['name']}>
        {(field) => <TextInput {...field} required maxLength={200} value={name} onChange={setName} />}
      </Field>
      <Field
        label="Id (optional)"
        hint="Your own id: letters, digits, - and _. It cannot be changed."
        error={fields['id']}
      >
        {(field) => <TextInput {...field} value={id} onChange={setId} />}
      </Field>
      <Field
        label="Dialect"
        hint="The wire form of its API and of its deliveries. It cannot be changed."
        error={fields['dialect']}
      >
        {(field) => (
          <Select {...field} value={dialect} onChange={setDialect}>
            {dialects.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  );
}
