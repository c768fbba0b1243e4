// What an import changes.
import type { Content } from './event-types-document.ts';
import type { EventType } from './event-types.ts';
import { isJsonObject } from './json-document.ts';
import type { JsonValue } from './schema.ts';

export interface Difference {
  readonly created: readonly string[];
  /** With the members that differ. */
  readonly changed: readonly { readonly name: string; readonly members: readonly string[] }[];
  /** Types that the document does not have. They stay, unless they are pruned. */
  readonly missing: readonly string[];
  readonly unchanged: number;
}

const members = ['groupName', 'description', 'schema', 'examples', 'deprecated'] as const;

export function compare(current: readonly EventType[], wanted: ReadonlyMap<string, Content>): Difference {
  const known = new Map(current.map((type) => [type.name, type]));
  const changed = [...wanted].flatMap(([name, content]) => {
    const type = known.get(name);
    const differing = type === undefined ? [] : members.filter((one) => !isSame(type[one], content[one]));
    return differing.length === 0 ? [] : [{ name, members: differing }];
  });
  const created = [...wanted.keys()].filter((name) => !known.has(name));
  return {
    created,
    changed,
    missing: [...known.keys()].filter((name) => !wanted.has(name)),
    unchanged: wanted.size - created.length - changed.length,
  };
}

/** The order of members does not count. */
function isSame(one: JsonValue, other: JsonValue): boolean {
  return JSON.stringify(sortMembers(one)) === JSON.stringify(sortMembers(other));
}

function sortMembers(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortMembers);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sortMembers(inner)]));
}
