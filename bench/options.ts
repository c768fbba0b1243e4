// The flags that the benches on a full store share.
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import type { StoreName } from './live.ts';

export interface Flags<Name extends string> {
  readonly stores: readonly StoreName[];
  readonly counts: Readonly<Record<Name, number>>;
  /** As they were given, or their default. */
  readonly others: Readonly<Record<string, unknown>>;
}

/**
 * Reads `--store` (both when it is not given), whole numbers from 1 with their defaults, and `others`. Null when a flag is
 * wrong.
 */
export function readFlags<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
  others: ParseArgsOptionsConfig = {},
): Flags<Name> | null {
  const names = Object.keys(defaults) as Name[];
  const options: ParseArgsOptionsConfig = { store: { type: 'string' }, ...others };
  for (const name of names) options[name] = { type: 'string', default: String(defaults[name]) };
  let values: Readonly<Record<string, unknown>>;
  try {
    ({ values } = parseArgs({ options }));
  } catch {
    return null;
  }
  const { store } = values;
  if (store !== undefined && store !== 'sqlite' && store !== 'postgres') return null;
  const counts = Object.fromEntries(names.map((name) => [name, Number(values[name])])) as Record<
    Name,
    number
  >;
  if (!names.every((name) => Number.isSafeInteger(counts[name]) && counts[name] > 0)) return null;
  return { stores: store === undefined ? ['sqlite', 'postgres'] : [store], counts, others: values };
}
