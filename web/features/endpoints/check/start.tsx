import { useState } from 'react';
import { Button } from '#web/components/button.tsx';
import { InlineError } from '#web/components/feedback.tsx';
import { Field } from '#web/components/form.tsx';
import { TypeInput } from '#web/components/type-input.tsx';
import { fieldsOf } from '#web/lib/api.ts';
import { useCan, usePortal } from '#web/lib/portal.ts';
import { useTenant } from '#web/lib/scope.ts';
import { useCheckReceiver, useChecks, useSeenTypes } from '../api.ts';

interface StartProps {
  readonly id: string;
  /** One check is made at a time, whoever started it. */
  readonly isRunning: boolean;
  readonly onStart: (check: string) => void;
}

export function Start({ id, isRunning, onStart }: StartProps) {
  const isPortal = usePortal() !== null;
  const canStart = useCan()('test');
  return (
    <div className="max-w-xl space-y-3 p-3">
      <p className="text-muted">
        Sends about 35 requests to the receiver, right and wrong ones, and says what to fix. They are no
        deliveries: none counts in the health of the endpoint or is retried.
      </p>
      {canStart ? (
        <StartForm id={id} isRunning={isRunning} onStart={onStart} />
      ) : (
        <p>
          {isPortal
            ? 'This link does not allow to start a check.'
            : 'Your key does not allow to start a check: it needs the scope endpoints.'}
        </p>
      )}
    </div>
  );
}

function StartForm({ id, isRunning, onStart }: StartProps) {
  const tenant = useTenant();
  const types = useSeenTypes();
  const [type, setType] = useState('');
  const start = useCheckReceiver();
  const { refetch } = useChecks(id);
  const body = type.trim() === '' ? {} : { type: type.trim() };
  const typeError = fieldsOf(start.error)['type'];
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        // It is refused while another one is running, which may have been started elsewhere.
        const onError = (): void => void refetch();
        start.mutate({ params: { tenant, id }, body }, { onSuccess: (check) => onStart(check.id), onError });
      }}
    >
      <Field label="Event type (optional)" hint="When empty, the test event." error={typeError}>
        {(field) => <TypeInput {...field} types={types} value={type} onChange={setType} />}
      </Field>
      {typeError === undefined && <InlineError error={start.error} />}
      <Button type="submit" look="primary" isBusy={start.isPending || isRunning}>
        Check receiver
      </Button>
      {isRunning && <p className="text-muted">A check is running. There is one at a time.</p>}
    </form>
  );
}
