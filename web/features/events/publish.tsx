import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { PublishedEvent } from '#contract/events.ts';
import { Button, buttonClass } from '#web/components/button.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { FormActions } from '#web/components/form-actions.tsx';
import { Field, TextArea, TextInput } from '#web/components/form.tsx';
import { ApiError } from '#web/lib/api.ts';
import { formatCount } from '#web/lib/format.ts';
import { isJson } from '#web/lib/json-text.ts';
import { useScope, useTenant } from '#web/lib/scope.ts';
import { type EventDraft, usePublish } from './api.ts';

const examplePayload = '{\n  "amount": 1050,\n  "currency": "EUR"\n}';

export function Publish({ onClose }: { readonly onClose: () => void }) {
  const tenant = useTenant();
  const { mode } = useScope();
  const [draft, setDraft] = useState<EventDraft>({
    type: '',
    payload: examplePayload,
    id: '',
    orderingKey: '',
  });
  const publish = usePublish();
  const set = (name: keyof EventDraft) => (value: string) => setDraft({ ...draft, [name]: value });
  const fields = publish.error instanceof ApiError ? publish.error.fields : {};
  const payloadProblem = isJson(draft.payload) ? fields['payload'] : 'must be JSON';
  if (publish.data !== undefined) return <Published event={publish.data} onClose={onClose} />;
  return (
    <Dialog title={`Publish a ${mode} event of ${tenant}`} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isJson(draft.payload)) publish.mutate(draft);
        }}
      >
        <Field
          label="Type"
          hint="Such as payment.paid: a type that the dialect of the tenant has."
          error={fields['type']}
        >
          {(field) => <TextInput {...field} required value={draft.type} onChange={set('type')} />}
        </Field>
        <Field label="Payload" hint="Any JSON. It is delivered as it is written here." error={payloadProblem}>
          {(field) => <TextArea {...field} required value={draft.payload} onChange={set('payload')} />}
        </Field>
        <Field label="Id (optional)" hint="Your own. The same id again changes nothing." error={fields['id']}>
          {(field) => <TextInput {...field} value={draft.id} onChange={set('id')} />}
        </Field>
        <Field
          label="Ordering key (optional)"
          hint="Events with the same key reach an endpoint one after the other."
          error={fields['orderingKey']}
        >
          {(field) => <TextInput {...field} value={draft.orderingKey} onChange={set('orderingKey')} />}
        </Field>
        <FormActions
          verb="Publish event"
          otherwise="Do not publish"
          isBusy={publish.isPending}
          error={publish.error}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}

interface PublishedProps {
  readonly event: PublishedEvent;
  readonly onClose: () => void;
}

function Published({ event: { id, deliveries }, onClose }: PublishedProps) {
  return (
    <Dialog title="The event is published" onClose={onClose}>
      <p>
        It is delivered to {formatCount(deliveries, 'endpoint')}.
        {deliveries === 0 && ' No endpoint of this mode subscribes to its type.'}
      </p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Close</Button>
        <Link to="/console/events/$id" params={{ id }} className={buttonClass('primary')}>
          Open the event
        </Link>
      </div>
    </Dialog>
  );
}
