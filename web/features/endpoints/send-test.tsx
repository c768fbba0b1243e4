import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button, buttonClass } from '#web/components/button.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { FormActions } from '#web/components/form-actions.tsx';
import { Field, TextArea, TextInput } from '#web/components/form.tsx';
import { ApiError } from '#web/lib/api.ts';
import { jsonProblem } from '#web/lib/json-text.ts';
import { useTenant } from '#web/lib/scope.ts';
import { useSeenTypes, useSendTest } from './api.ts';

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

function TestEvent({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const params = { tenant: useTenant(), id };
  const [type, setType] = useState('');
  const [payload, setPayload] = useState('');
  const seen = useSeenTypes();
  const send = useSendTest();
  if (send.data !== undefined) return <Sent event={send.data.id} endpoint={id} onClose={onClose} />;
  const fields = send.error instanceof ApiError ? send.error.fields : {};
  const problem = payload.trim() === '' ? undefined : jsonProblem(payload);
  return (
    <Dialog title="Send a test event" onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (problem === undefined) send.mutate({ params, body: toBody(type, payload) });
        }}
      >
        <p className="text-muted">It goes to this endpoint alone, whatever its types and its filter.</p>
        <Field
          label="Type (optional)"
          hint="When empty, the test event of the dialect."
          error={fields['type']}
        >
          {(field) => (
            <>
              <TextInput {...field} list={`${field.id}-types`} value={type} onChange={setType} />
              <datalist id={`${field.id}-types`}>
                {seen.map((each) => (
                  <option key={each} value={each} />
                ))}
              </datalist>
            </>
          )}
        </Field>
        <Field
          label="Payload (optional)"
          hint="JSON. When empty, the example of the type."
          error={problem ?? fields['payload']}
        >
          {(field) => <TextArea {...field} rows={5} value={payload} onChange={setPayload} />}
        </Field>
        <FormActions
          verb="Send"
          otherwise="Do not send"
          isBusy={send.isPending}
          error={send.error}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}

function toBody(type: string, payload: string) {
  return {
    ...(type.trim() === '' ? {} : { type: type.trim() }),
    ...(payload.trim() === '' ? {} : { payload: JSON.parse(payload) }),
  };
}

interface SentProps {
  readonly event: string;
  readonly endpoint: string;
  readonly onClose: () => void;
}

function Sent({ event, endpoint, onClose }: SentProps) {
  return (
    <Dialog title="The test event is sent" onClose={onClose}>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Close</Button>
        <Link
          to="/console/deliveries"
          search={{ event, endpoint }}
          onClick={onClose}
          className={buttonClass('primary')}
        >
          Sent: see its delivery
        </Link>
      </div>
    </Dialog>
  );
}
