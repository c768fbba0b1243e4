// Asks before something is lost. What cannot be undone wants the name typed.
import { useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { InlineError } from './feedback.tsx';
import { Field, TextInput } from './form.tsx';

interface ConfirmProps {
  readonly title: string;
  /** What happens, and what is lost. */
  readonly children: React.ReactNode;
  /** The verb on the button. */
  readonly verb: string;
  /** Must be typed. */
  readonly name?: string;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function Confirm({ title, children, verb, name, isBusy, error, onConfirm, onClose }: ConfirmProps) {
  const [typed, setTyped] = useState('');
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm();
        }}
      >
        <div className="space-y-2 break-words">{children}</div>
        {name !== undefined && (
          <Field label={`Type ${name} to confirm`}>
            {(field) => <TextInput {...field} value={typed} onChange={setTyped} />}
          </Field>
        )}
        <InlineError error={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep it</Button>
          <Button type="submit" look="danger" isBusy={isBusy} disabled={name !== undefined && typed !== name}>
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
