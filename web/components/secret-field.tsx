import { Field, TextInput } from './form.tsx';

interface SecretFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What is wrong with it. */
  readonly error: string | undefined;
}

/** A signing secret that may be brought. */
export function SecretField({ label, value, onChange, error }: SecretFieldProps) {
  return (
    <Field
      label={label}
      hint="Your own, in the form of the dialect. When empty, the server makes one."
      error={error}
    >
      {(field) => <TextInput {...field} value={value} onChange={onChange} />}
    </Field>
  );
}

/** As a member of a request; none when it is empty. */
export function bodyOf(own: string): { readonly secret?: string } {
  const secret = own.trim();
  return secret === '' ? {} : { secret };
}
