// Filters as chips, with a field that completes `name:value`. The URL holds them.
import { type FormEvent, useId, useState } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

export interface FilterDefinition {
  readonly name: string;
  /** Values to complete. */
  readonly values: readonly string[];
  /** What is wrong with a value; null when it is right. */
  readonly check?: (value: string) => string | null;
}

export type FilterValues = Readonly<Record<string, string | undefined>>;

interface FiltersProps {
  readonly definitions: readonly FilterDefinition[];
  readonly values: FilterValues;
  /** The value undefined removes a filter. */
  readonly onChange: (changes: FilterValues) => void;
}

export function Filters({ definitions, values, onChange }: FiltersProps) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const add = (event: FormEvent): void => {
    event.preventDefault();
    const read = readFilters(text, definitions);
    if (typeof read === 'string') return setProblem(read);
    setProblem(null);
    setText('');
    onChange(read);
  };
  return (
    <div className="flex flex-wrap items-center gap-2 px-3 py-2">
      <form onSubmit={add} className="flex min-w-56 flex-1 items-center gap-2">
        <input
          aria-label="Add a filter"
          aria-describedby={problem === null ? undefined : `${id}-problem`}
          aria-invalid={problem !== null}
          list={id}
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder={`Filter: ${definitions.map(({ name }) => `${name}:`).join(' ')}`}
          autoComplete="off"
          spellCheck={false}
          className="min-h-8 w-full rounded-md border border-strong-line bg-surface px-2.5 font-mono text-[12.5px] placeholder:text-muted"
        />
        <Button type="submit">Add</Button>
        <datalist id={id}>
          {definitions.flatMap(({ name, values: known }) =>
            known.map((value) => <option key={`${name}:${value}`} value={`${name}:${value}`} />),
          )}
        </datalist>
      </form>
      <Chips definitions={definitions} values={values} onChange={onChange} />
      {problem !== null && (
        <p id={`${id}-problem`} role="alert" className="w-full text-[13px] text-exhausted">
          {problem}
        </p>
      )}
    </div>
  );
}

function Chips({ definitions, values, onChange }: FiltersProps) {
  const set = definitions.flatMap(({ name }) =>
    values[name] === undefined ? [] : [[name, values[name]] as const],
  );
  return set.map(([name, value]) => (
    <button
      key={name}
      type="button"
      aria-label={`Remove the filter ${name}:${value}`}
      onClick={() => onChange({ [name]: undefined })}
      className="inline-flex max-w-full items-center gap-1 rounded-full border border-accent px-2.5 py-1 font-mono text-[12px] text-accent hover:bg-raised"
    >
      <bdi className="truncate">{`${name}:${value}`}</bdi>
      <Icon name="close" size={11} />
    </button>
  ));
}

/** The filters of a text such as `state:exhausted since:2h`; or what is wrong with it. */
export function readFilters(text: string, definitions: readonly FilterDefinition[]): FilterValues | string {
  const found: Record<string, string> = {};
  for (const word of text.trim().split(/\s+/)) {
    const [, name = '', value = ''] = /^(\w+):(.+)$/.exec(word) ?? [];
    const definition = definitions.find((each) => each.name === name);
    if (definition === undefined) {
      return `Write name:value, with one of ${definitions.map((each) => each.name).join(', ')}.`;
    }
    const problem = definition.check?.(value) ?? null;
    if (problem !== null) return `${name}: ${problem}`;
    found[name] = value;
  }
  return found;
}
