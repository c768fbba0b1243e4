// Which rows of a list are selected; with shift, all between the last one and this one.
import { useState } from 'react';

export interface Selection {
  readonly keys: ReadonlySet<string>;
  /** Selects the row, or no longer; `isRange` gives all rows since the last one the same. */
  readonly toggle: (key: string, isRange: boolean) => void;
  /** All rows that are loaded, up to the bound, or none. */
  readonly toggleAll: () => void;
  readonly clear: () => void;
}

/** At most so many: more are a replay, which the server does by itself. */
export const selectedMax = 200;

export function useSelection(all: readonly string[]): Selection {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const [last, setLast] = useState<string | null>(null);
  return {
    keys,
    toggle(key, isRange) {
      setKeys(toggled(keys, all, isRange ? last : null, key));
      setLast(key);
    },
    toggleAll: () => setKeys(new Set(keys.size > 0 ? [] : all.slice(0, selectedMax))),
    clear: () => setKeys(new Set()),
  };
}

/** The keys after `key` was toggled, with those from `from` to it if `from` is still there. */
export function toggled(
  keys: ReadonlySet<string>,
  all: readonly string[],
  from: string | null,
  key: string,
): ReadonlySet<string> {
  const isOn = !keys.has(key);
  const to = all.indexOf(key);
  const start = from === null ? -1 : all.indexOf(from);
  const range = start < 0 || to < 0 ? [key] : all.slice(Math.min(start, to), Math.max(start, to) + 1);
  const next = isOn ? [...keys, ...range] : [...keys].filter((each) => !range.includes(each));
  return new Set([...new Set(next)].slice(0, selectedMax));
}
