import { useState } from 'react';
import { Button } from '#web/components/button.tsx';
import { TypeInput } from '#web/components/type-input.tsx';
import { FormDialog } from '#web/components/form-dialog.tsx';
import { Field, TextArea } from '#web/components/form.tsx';
import { TestSent } from '#web/components/test-sent.tsx';
import { fieldsOf } from '#web/lib/api.ts';
import { useCatalogue } from '#web/lib/catalogue.ts';
import { jsonProblem } from '#web/lib/json-text.ts';
import { useTenant } from '#web/lib/scope.ts';
import { useSendTest } from '#web/lib/queries.ts';
import { useSeenTypes } from './api.ts';

interface SendTestProps {
  readonly id: string;
  readonly isEnabled: boolean;
}

/** A test event of a chosen type goes to this endpoint alone, whatever its types and its filter. */
export function SendTest({ id, isEnabled }: SendTestProps) {
  const [isOpen, setOpen] = useState(false);
  const why = isEnabled ? undefined : 'A disabled endpoint gets no test event';
  return (
    <>
      <Button disabled={!isEnabled} title={why} onClick={() => setOpen(true)}>
        Send test event
      </Button>
      {isOpen && <TestEvent id={id} onClose={() => setOpen(false)} />}
    </>
  );
}

interface TestEventProps {
  readonly id: string;
  readonly onClose: () => void;
}

function TestEvent({ id, onClose }: TestEventProps) {
  const params = { tenant: useTenant(), id };
  const [type, setType] = useState('');
  const [typed, setPayload] = useState<string | null>(null);
  const { names, exampleOf } = useCatalogue();
  const types = [...new Set([...names, ...useSeenTypes()])];
  // Until a payload is typed, it is the example of the type.
  const payload = typed ?? exampleOf(type) ?? '';
  const send = useSendTest();
  if (send.data !== undefined) return <TestSent event={send.data.id} endpoint={id} onClose={onClose} />;
  const fields = fieldsOf(send.error);
  const problem = payload.trim() === '' ? undefined : jsonProblem(payload);
  return (
    <FormDialog
      title="Send a test event"
      onClose={onClose}
      verb="Send"
      otherwise="Do not send"
      request={send}
      onSubmit={() => {
        if (problem === undefined) send.mutate({ params, body: toBody(type, payload) });
      }}
    >
      <p className="text-muted">It goes to this endpoint alone, whatever its types and its filter.</p>
      <Field label="Type (optional)" hint="When empty, the test event of the dialect." error={fields['type']}>
        {(field) => <TypeInput {...field} types={types} value={type} onChange={setType} />}
      </Field>
      <Field
        label="Payload (optional)"
        hint="JSON. When empty, the example of the type."
        error={problem ?? fields['payload']}
      >
        {(field) => <TextArea {...field} rows={5} value={payload} onChange={setPayload} />}
      </Field>
    </FormDialog>
  );
}

function toBody(type: string, payload: string) {
  return {
    ...(type.trim() === '' ? {} : { type: type.trim() }),
    ...(payload.trim() === '' ? {} : { payload: JSON.parse(payload) }),
  };
}
