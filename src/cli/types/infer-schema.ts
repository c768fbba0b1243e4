// A schema of examples: what all of them have is required. For types that have examples and no schema.
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';

/** Null without examples. */
export function inferSchema(examples: readonly JsonValue[]): JsonValue | null {
  return examples.length === 0 ? null : infer(examples);
}

function infer(values: readonly JsonValue[]): JsonValue {
  const known = values.filter((value) => value !== null);
  // Null alone says nothing of what else it may be.
  if (known.length === 0) return true;
  const isNullable = known.length < values.length;
  const forms = [
    ...inferObjects(known.filter(isJsonObject)),
    ...inferLists(known.filter((value) => Array.isArray(value))),
    ...['string', 'number', 'boolean']
      .filter((type) => known.some((value) => typeof value === type))
      .map((type) => ({ type })),
    ...(isNullable ? [{ type: 'null' }] : []),
  ];
  return forms.length === 1 ? (forms[0] ?? true) : { anyOf: forms };
}

function inferObjects(objects: readonly JsonObject[]): readonly JsonObject[] {
  if (objects.length === 0) return [];
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const having = (name: string): readonly JsonObject[] =>
    objects.filter((object) => Object.hasOwn(object, name));
  const properties = names.map(
    (name) => [name, infer(having(name).map((object) => object[name] ?? null))] as const,
  );
  const required = names.filter((name) => having(name).length === objects.length);
  return [{ type: 'object', properties: Object.fromEntries(properties), required }];
}

function inferLists(lists: readonly JsonValue[][]): readonly JsonObject[] {
  if (lists.length === 0) return [];
  const entries = lists.flat();
  return [{ type: 'array', items: entries.length === 0 ? true : infer(entries) }];
}
