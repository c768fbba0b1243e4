// Which columns of a list are shown: kept in this browser, by the name of the list.
import { useState } from 'react';
import { readStored, store } from '#web/lib/storage.ts';
import { Checkbox } from './form.tsx';
import type { Column } from './table.tsx';

const nameOf = (list: string): string => `carillon.columns.${list}`;

interface ColumnChoice<T> {
  readonly shown: readonly Column<T>[];
  readonly hidden: ReadonlySet<string>;
  readonly toggle: (title: string) => void;
}

/** The first column stays: it has the link of the row, or stands before it. */
export function useColumns<T>(list: string, columns: readonly Column<T>[]): ColumnChoice<T> {
  const [hidden, setHidden] = useState(() => readHidden(list));
  return {
    hidden,
    shown: columns.filter(({ title, isFixed = false }) => isFixed || !hidden.has(title)),
    toggle(title) {
      const next = new Set(hidden);
      if (!next.delete(title)) next.add(title);
      store(nameOf(list), JSON.stringify([...next]));
      setHidden(next);
    },
  };
}

function readHidden(list: string): ReadonlySet<string> {
  try {
    const titles: unknown = JSON.parse(readStored(nameOf(list)) ?? '[]');
    return new Set(Array.isArray(titles) ? titles.filter((title) => typeof title === 'string') : []);
  } catch {
    // Not ours: all columns are shown.
    return new Set();
  }
}

interface ColumnMenuProps<T> {
  readonly columns: readonly Column<T>[];
  readonly choice: ColumnChoice<T>;
}

export function ColumnMenu<T>({ columns, choice: { hidden, toggle } }: ColumnMenuProps<T>) {
  return (
    <details className="relative text-[13px]">
      <summary className="rounded-md border border-line px-3 py-1 hover:bg-raised">Columns</summary>
      <fieldset className="absolute right-0 z-20 mt-1 flex w-48 flex-col rounded-md border border-line bg-surface p-2 shadow-lg">
        <legend className="sr-only">Columns that are shown</legend>
        {columns.map(({ title, isFixed = false }) =>
          isFixed ? null : (
            <Checkbox key={title} label={title} checked={!hidden.has(title)} onChange={() => toggle(title)} />
          ),
        )}
      </fieldset>
    </details>
  );
}
