// What differs between two states of a thing, member by member.
import type { JsonValue } from '#contract/schema.ts';

export type Facts = Readonly<Record<string, JsonValue>>;

export interface Difference {
  /** `retry.delaysMs`. */
  readonly path: string;
  /** JSON text; null where the member was not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Members of objects one by one; lists as wholes. What is the same in both is left out. */
export function differenceOf(before: Facts | null, after: Facts | null): readonly Difference[] {
  const old = new Map(membersOf(before ?? {}, ''));
  const now = new Map(membersOf(after ?? {}, ''));
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((path) => ({ path, before: old.get(path) ?? null, after: now.get(path) ?? null }))
    .filter((one) => one.before !== one.after);
}

function membersOf(value: Facts, prefix: string): readonly (readonly [path: string, text: string])[] {
  return Object.entries(value).flatMap(([name, member]) =>
    isObject(member) && Object.keys(member).length > 0
      ? membersOf(member, `${prefix}${name}.`)
      : [[`${prefix}${name}`, JSON.stringify(member)] as const],
  );
}

function isObject(value: JsonValue): value is Facts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
