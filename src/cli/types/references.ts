// References within one JSON Schema: to it, to a place of it by JSON Pointer (RFC 6901), or to an anchor.
import { find } from '#contract/json-document.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';

/** Keywords that say what the same value is, not what is in it. */
const sameValue = ['anyOf', 'oneOf', 'allOf'] as const;

/** What a reference leads to; undefined when that is not in the schema. */
export function resolve(root: JsonObject, reference: string): JsonValue | undefined {
  if (reference === '#') return root;
  if (reference.startsWith('#/')) return find(root, reference);
  return reference.startsWith('#') ? findAnchor(root, reference.slice(1)) : undefined;
}

/** The reference of a schema: that of `$dynamicRef` leads to the place which it names, as without extensions. */
export function referenceOf(schema: JsonObject): string | null {
  const reference = schema['$ref'] ?? schema['$dynamicRef'];
  return typeof reference === 'string' ? reference : null;
}

/** True for a reference that says of a value nothing but that it is what the same reference says. */
export function isCircular(root: JsonObject, reference: string): boolean {
  const seen = new Set<string>();
  const waiting = [reference];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const direct of directReferences(resolve(root, next))) {
      if (direct === reference) return true;
      if (!seen.has(direct)) waiting.push(direct);
      seen.add(direct);
    }
  }
  return false;
}

function directReferences(schema: JsonValue | undefined): readonly string[] {
  if (!isJsonObject(schema)) return [];
  const reference = referenceOf(schema);
  const parts = sameValue.flatMap((keyword) => listOf(schema[keyword]));
  return [...(reference === null ? [] : [reference]), ...parts.flatMap(directReferences)];
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function findAnchor(value: JsonValue, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (isJsonObject(value) && (value['$anchor'] === name || value['$dynamicAnchor'] === name)) return value;
  for (const inner of Object.values(value)) {
    const found = findAnchor(inner, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
