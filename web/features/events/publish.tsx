import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { PublishedEvent } from '#contract/events.ts';
import { Button, buttonClass } from '#web/components/button.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { FormDialog } from '#web/components/form-dialog.tsx';
import { Field, Select, TextArea, TextInput } from '#web/components/form.tsx';
import { Sample } from '#web/components/sample.tsx';
import { TypeInput } from '#web/components/type-input.tsx';
import { fieldsOf } from '#web/lib/api.ts';
import { useCatalogue } from '#web/lib/catalogue.ts';
import { formatCount } from '#web/lib/format.ts';
import { jsonProblem, layOut } from '#web/lib/json-text.ts';
import { useScope, useTenant } from '#web/lib/scope.ts';
import { type EventDraft, usePublish } from './api.ts';

const examplePayload = '{\n  "amount": 1050,\n  "currency": "EUR"\n}';

interface PublishProps {
  /** Chosen at first. */
  readonly type?: string | undefined;
  readonly onClose: () => void;
}

export function Publish({ type = '', onClose }: PublishProps) {
  const tenant = useTenant();
  const { mode } = useScope();
  const { names, exampleOf } = useCatalogue();
  const [typed, setDraft] = useState({ type, payload: null as string | null, id: '', orderingKey: '', mode });
  // Until a payload is typed, it is the example of the type.
  const draft: EventDraft = { ...typed, payload: typed.payload ?? exampleOf(typed.type) ?? examplePayload };
  const publish = usePublish();
  const set = (name: keyof EventDraft) => (value: string) => setDraft({ ...typed, [name]: value });
  const fields = fieldsOf(publish.error);
  const wrongJson = jsonProblem(draft.payload);
  if (publish.data !== undefined) return <Published event={publish.data} onClose={onClose} />;
  return (
    <FormDialog
      title={`Publish an event of ${tenant}`}
      onClose={onClose}
      verb="Publish event"
      otherwise="Do not publish"
      request={publish}
      onSubmit={() => {
        if (wrongJson === undefined) publish.mutate(draft);
      }}
      below={
        <details className="mt-4">
          <summary className="text-[13px] font-medium">From your own program</summary>
          <div className="pt-2">
            <Sample name="publish" label="Publish it in" title="Publishing" />
          </div>
        </details>
      }
    >
      <Field
        label="Type"
        hint="Such as payment.paid: a type that the dialect of the tenant has."
        error={fields['type']}
      >
        {(field) => <TypeInput {...field} required types={names} value={draft.type} onChange={set('type')} />}
      </Field>
      <Field
        label="Payload"
        hint="Any JSON. It is delivered as it is written here, byte for byte."
        error={wrongJson ?? fields['payload']}
      >
        {(field) => <TextArea {...field} required value={draft.payload} onChange={set('payload')} />}
      </Field>
      <Button
        look="bare"
        disabled={wrongJson !== undefined}
        onClick={() => set('payload')(layOut(draft.payload))}
      >
        Lay out the payload
      </Button>
      <Field label="Mode" hint="Only endpoints of this mode get it." error={fields['mode']}>
        {(field) => (
          <Select {...field} value={draft.mode} onChange={set('mode')}>
            <option>live</option>
            <option>test</option>
          </Select>
        )}
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
    </FormDialog>
  );
}

interface PublishedProps {
  readonly event: PublishedEvent;
  readonly onClose: () => void;
}

function Published({ event, onClose }: PublishedProps) {
  const { id, mode, deliveries } = event;
  return (
    <Dialog title="The event is published" onClose={onClose}>
      <p>
        It is delivered to {formatCount(deliveries, 'endpoint')}. {describeUnsent(event)}
      </p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Close</Button>
        <Link
          to="/console/events/$id"
          params={{ id }}
          search={(search) => ({ ...search, mode: mode === 'test' ? 'test' : undefined })}
          className={buttonClass('primary')}
        >
          Open the event
        </Link>
      </div>
    </Dialog>
  );
}

const reasons: Readonly<Record<NonNullable<PublishedEvent['unsent']>, string>> = {
  no_endpoint: 'The tenant has no endpoint.',
  no_subscriber: 'No endpoint of this mode subscribes to its type.',
  filtered: 'No filter of the endpoints that subscribe to its type matches it.',
  other_mode: 'Only endpoints of the other mode subscribe to its type.',
  disabled: 'All endpoints that subscribe to its type are disabled: its deliveries are held.',
};

function describeUnsent({ unsent, filtered, deliveries }: PublishedEvent): string {
  if (unsent !== null) return reasons[unsent];
  if (filtered > 0) return `The filters of ${formatCount(filtered, 'other endpoint')} do not match it.`;
  return deliveries === 0 ? 'It had been published before.' : '';
}
