import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { InlineError } from './feedback.tsx';

interface FormDialogProps {
  readonly title: string;
  /** What the button does, and what happens otherwise. */
  readonly verb: string;
  readonly otherwise: string;
  /** The request that the form makes. */
  readonly request: { readonly isPending: boolean; readonly error: unknown };
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Wider, for forms with two columns. */
  readonly isWide?: boolean;
  /** What stands below the form. */
  readonly below?: ReactNode;
}

/** A dialog that is a form, and ends with its buttons. */
export function FormDialog(props: FormDialogProps) {
  const { title, verb, otherwise, request, onSubmit, onClose, children, isWide = false, below } = props;
  return (
    <Dialog title={title} onClose={onClose} isWide={isWide}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {children}
        <InlineError error={request.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{otherwise}</Button>
          <Button type="submit" look="primary" isBusy={request.isPending}>
            {verb}
          </Button>
        </div>
      </form>
      {below}
    </Dialog>
  );
}
