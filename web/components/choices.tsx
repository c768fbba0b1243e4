import { Checkbox } from './form.tsx';

interface ChoicesProps<Name extends string> {
  readonly title: string;
  /** Names with what each means. */
  readonly all: readonly (readonly [name: Name, words: string])[];
  readonly chosen: readonly Name[];
  readonly error: string | undefined;
  readonly onChange: (chosen: readonly Name[]) => void;
}

/** Any number of names, each told in words. */
export function Choices<Name extends string>({ title, all, chosen, error, onChange }: ChoicesProps<Name>) {
  const toggle = (name: Name, isOn: boolean): void =>
    onChange(isOn ? [...chosen, name] : chosen.filter((each) => each !== name));
  return (
    <fieldset className="space-y-0.5">
      <legend className="text-[13px] font-medium">{title}</legend>
      {all.map(([name, words]) => (
        <div key={name}>
          <Checkbox
            label={`${name}: ${words}`}
            checked={chosen.includes(name)}
            onChange={(isOn) => toggle(name, isOn)}
          />
        </div>
      ))}
      {error !== undefined && <p className="text-[12.5px] text-exhausted">{error}</p>}
    </fieldset>
  );
}
