// What a filter looks at of an event, and how its places are read.
import { isJsonObject, type JsonValue } from '#lib/json.ts';

export interface Subject {
  readonly payload: JsonValue;
  readonly type: string | null;
  readonly mode: string;
  readonly orderingKey: string | null;
}

/** A value of the event; undefined for a missing one. */
export type Given = JsonValue | undefined;

/** What can be asked of the event itself. */
export const aboutEvent: Readonly<Record<string, (subject: Subject) => Given>> = {
  $type: ({ type }) => type ?? undefined,
  $mode: ({ mode }) => mode,
  $orderingKey: ({ orderingKey }) => orderingKey ?? undefined,
};

/** Reads this member of a value; what every object inherits is no member. */
export function memberReader(name: string): (value: Given) => Given {
  const isInherited = name in Object.prototype;
  return (value) => {
    if (!isJsonObject(value)) return undefined;
    return isInherited && !Object.hasOwn(value, name) ? undefined : value[name];
  };
}
