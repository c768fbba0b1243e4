// What an endpoint receives, by event type: exact names, prefixes such as `payment.*`, and the wildcard `*`.

/** The wildcard: all types, future ones included. */
export const everyType = '*';

const below = '.*';

/** `payment` for the entry `payment.*`, which selects types with one more segment or more; null for other entries. */
export function prefixOf(entry: string): string | null {
  return entry.endsWith(below) ? entry.slice(0, -below.length) : null;
}

/**
 * The entries that select a type: its name, the prefixes above it, and the wildcard. What is indexed by entry is found by
 * these few lookups, whatever the number of endpoints. Of an entry: itself and those that select all that it selects.
 */
export function entriesFor(type: string): readonly string[] {
  const entries = [type];
  for (let dot = type.lastIndexOf('.', type.length - 2); dot > 0; dot = type.lastIndexOf('.', dot - 1)) {
    entries.push(type.slice(0, dot) + below);
  }
  entries.push(everyType);
  return entries;
}

/** True when one of the entries selects the type, or all that the entry `type` selects. */
export function isSelected(entries: readonly string[], type: string): boolean {
  return entriesFor(type).some((entry) => entries.includes(entry));
}

/** The entries with each prefix replaced by the types that it selects, for wires that have no prefixes. */
export function expandPrefixes(entries: readonly string[], types: readonly string[]): readonly string[] {
  if (entries.every((entry) => prefixOf(entry) === null)) return entries;
  const expand = (entry: string): readonly string[] =>
    prefixOf(entry) === null ? [entry] : types.filter((type) => isSelected([entry], type));
  return [...new Set(entries.flatMap(expand))];
}
