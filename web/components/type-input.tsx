import { type FieldIds, TextInput } from './form.tsx';

interface TypeInputProps extends FieldIds {
  readonly value: string;
  /** To complete. */
  readonly types: readonly string[];
  readonly required?: boolean;
  readonly onChange: (type: string) => void;
}

/** The name of an event type: any, with those that are known to choose from. */
export function TypeInput({ types, ...field }: TypeInputProps) {
  const listId = `${field.id}-types`;
  return (
    <>
      <TextInput {...field} list={listId} />
      <datalist id={listId}>
        {types.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </>
  );
}
