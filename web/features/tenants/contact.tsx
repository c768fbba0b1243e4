import { useState } from 'react';
import type { Tenant } from '#contract/tenants.ts';
import { Button } from '#web/components/button.tsx';
import { InlineError } from '#web/components/feedback.tsx';
import { Field, TextInput } from '#web/components/form.tsx';
import { fieldAt, fieldsOf } from '#web/lib/api.ts';
import { useChangeTenant } from './api.ts';

/** People of the tenant, who are told by e-mail of its endpoints. */
export function Contact({ tenant }: { readonly tenant: Tenant }) {
  const before = tenant.contact?.emails.join(' ') ?? '';
  const [text, setText] = useState(before);
  const change = useChangeTenant();
  const emails = text.split(/[\s,]+/).filter((each) => each !== '');
  const problem = fieldAt(fieldsOf(change.error), 'contact');
  return (
    <form
      className="space-y-2 border-t border-line p-3"
      onSubmit={(event) => {
        event.preventDefault();
        const contact = emails.length === 0 ? null : { emails };
        change.mutate({ params: { tenant: tenant.id }, body: { contact } });
      }}
    >
      <Field
        label="Contact (optional)"
        hint="Addresses, separated by spaces, at most 20. They are told when endpoints of the tenant fail, are disabled or recover."
        error={problem}
      >
        {(field) => <TextInput {...field} value={text} onChange={setText} />}
      </Field>
      {problem === undefined && <InlineError error={change.error} />}
      <Button type="submit" isBusy={change.isPending} disabled={text.trim() === before}>
        Save contact
      </Button>
    </form>
  );
}
