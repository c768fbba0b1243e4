import { Button } from './button.tsx';
import { InlineError } from './feedback.tsx';

interface FormActionsProps {
  /** What the button does, and what happens otherwise. */
  readonly verb: string;
  readonly otherwise: string;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onClose: () => void;
}

/** The end of a form in a dialog. */
export function FormActions({ verb, otherwise, isBusy, error, onClose }: FormActionsProps) {
  return (
    <>
      <InlineError error={error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{otherwise}</Button>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {verb}
        </Button>
      </div>
    </>
  );
}
