// The one form kit: a label, a field, a hint and an error that belong together.
import { type ComponentProps, type ReactNode, useId } from 'react';

export interface FieldIds {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean;
}

interface FieldProps {
  readonly label: string;
  /** Default, unit, limit. */
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly children: (ids: FieldIds) => ReactNode;
}

export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className="min-w-0 space-y-1">
      <label htmlFor={id} className="block text-[13px] font-medium break-words">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': note === undefined ? undefined : noteId,
        'aria-invalid': error !== undefined,
      })}
      {note !== undefined && (
        <p id={noteId} className={`text-[12.5px] ${error === undefined ? 'text-muted' : 'text-exhausted'}`}>
          {note}
        </p>
      )}
    </div>
  );
}

const box =
  'w-full rounded-md border border-strong-line bg-surface px-2.5 min-h-8 text-[13px] text-ink aria-[invalid=true]:border-exhausted';

type Replaced<Tag extends 'input' | 'textarea' | 'select'> = Omit<
  ComponentProps<Tag>,
  'onChange' | 'value'
> & {
  readonly value: string;
  readonly onChange: (value: string) => void;
};

export function TextInput({ onChange, className = '', ...rest }: Replaced<'input'>) {
  return (
    <input
      autoComplete="off"
      spellCheck={false}
      {...rest}
      onChange={(event) => onChange(event.target.value)}
      className={`${box} ${className}`}
    />
  );
}

export function TextArea({ onChange, ...rest }: Replaced<'textarea'>) {
  return (
    <textarea
      spellCheck={false}
      rows={8}
      {...rest}
      onChange={(event) => onChange(event.target.value)}
      className={`${box} py-1.5 font-mono`}
    />
  );
}

export function Select({ onChange, children, className = '', ...rest }: Replaced<'select'>) {
  return (
    <select {...rest} onChange={(event) => onChange(event.target.value)} className={`${box} ${className}`}>
      {children}
    </select>
  );
}

interface CheckboxProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Checkbox({ label, checked, onChange }: CheckboxProps) {
  return (
    <label className="inline-flex min-h-8 items-center gap-2 text-[13px]">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  );
}
