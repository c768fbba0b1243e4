// The text field of filters, which completes the word at its end (combobox pattern of ARIA).
import { type KeyboardEvent, useId, useState } from 'react';
import { complete, completionsOf, type FilterDefinition } from './filter-text.ts';

interface FilterInputProps {
  readonly definitions: readonly FilterDefinition[];
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly problemId: string | undefined;
}

export function FilterInput({ definitions, text, onChange, problemId }: FilterInputProps) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const options = isOpen ? completionsOf(text, definitions) : [];
  const type = (next: string): void => {
    onChange(next);
    setActive(-1);
    setOpen(true);
  };
  const chosen = options[active];
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const isEnd = (event.key === 'Enter' || event.key === 'Tab') && chosen !== undefined;
    // What was typed is taken: the list would hide the rows that it finds.
    if (event.key === 'Enter' && !isEnd) return setOpen(false);
    if (step === undefined && !isEnd && event.key !== 'Escape') return;
    if (event.key === 'Escape') return setOpen(false);
    event.preventDefault();
    if (isEnd) return type(complete(text, chosen));
    setOpen(true);
    if (options.length > 0) setActive((active + (step ?? 0) + options.length) % options.length);
  };
  return (
    <div className="relative w-full">
      <input
        role="combobox"
        aria-label="Add a filter"
        aria-autocomplete="list"
        aria-expanded={options.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen === undefined ? undefined : `${id}-${active}`}
        aria-describedby={problemId}
        aria-invalid={problemId !== undefined}
        value={text}
        onChange={(event) => type(event.target.value)}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
        placeholder={`Filter: ${definitions.map(({ name }) => `${name}:`).join(' ')}`}
        autoComplete="off"
        spellCheck={false}
        className="min-h-8 w-full rounded-md border border-strong-line bg-surface px-2.5 font-mono text-[12.5px] placeholder:text-muted"
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label="Completions"
        hidden={options.length === 0}
        className="absolute z-20 mt-1 max-w-full min-w-56 rounded-md border border-line bg-surface p-1 shadow-lg"
      >
        {options.map((option, index) => (
          // The keyboard is with the field, which names the active option.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={option}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            // The field keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => type(complete(text, option))}
            className="cursor-pointer truncate rounded px-2 py-1 font-mono text-[12.5px] hover:bg-raised aria-selected:bg-raised aria-selected:text-accent"
          >
            <bdi>{option}</bdi>
          </div>
        ))}
      </div>
    </div>
  );
}
