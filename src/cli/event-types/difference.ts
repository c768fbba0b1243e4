// What an import changes.
import { isDeepStrictEqual } from 'node:util';
import type { EventType } from '#contract/event-types.ts';
import type { Content } from './openapi.ts';

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
    const differing =
      type === undefined ? [] : members.filter((one) => !isDeepStrictEqual(type[one], content[one]));
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
