// Filters as chips, with a field that completes `name:value`. The URL holds them.
import { type FormEvent, useId, useState } from 'react';
import { Button } from './button.tsx';
import { Chip } from './chip.tsx';
import { FilterInput } from './filter-input.tsx';
import { type FilterDefinition, type FilterValues, readFilters } from './filter-text.ts';

interface FiltersProps {
  readonly definitions: readonly FilterDefinition[];
  readonly values: FilterValues;
  /** The value undefined removes a filter. */
  readonly onChange: (changes: FilterValues) => void;
  /** Beside the field. */
  readonly children?: React.ReactNode;
}

export function Filters({ definitions, values, onChange, children }: FiltersProps) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const problemId = useId();
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
        <FilterInput
          definitions={definitions}
          text={text}
          onChange={setText}
          problemId={problem === null ? undefined : problemId}
        />
        <Button type="submit">Add</Button>
      </form>
      <Chips definitions={definitions} values={values} onChange={onChange} />
      {children}
      {problem !== null && (
        <p id={problemId} role="alert" className="w-full text-[13px] text-exhausted">
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
    <Chip
      key={name}
      text={`${name}:${value}`}
      label={`Remove the filter ${name}:${value}`}
      onRemove={() => onChange({ [name]: undefined })}
    />
  ));
}
