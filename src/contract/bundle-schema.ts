// A schema of a document as one by itself.
import { find, findAt, isJsonObject, type JsonObject } from './json-document.ts';
import type { JsonValue } from './schema.ts';

/** References to other places of the document become references to `$defs`; those within the schema begin at it. */
export function bundleSchema(document: JsonObject, given: JsonObject, givenPlace: string): JsonObject {
  let [schema, place] = [given, givenPlace];
  // A body that is a component and nothing else is that component.
  for (let steps = 0; Object.keys(schema).length === 1 && typeof schema['$ref'] === 'string'; steps++) {
    const target = isWithin(schema['$ref'], place) ? undefined : findAt(document, schema['$ref']);
    if (!isJsonObject(target) || steps === 20) break;
    [schema, place] = [target, schema['$ref']];
  }
  // The references of a schema with a name of its own are to its own parts.
  if (typeof schema['$id'] === 'string') return schema;
  const own = isJsonObject(schema['$defs']) ? schema['$defs'] : {};
  const bundle: Bundle = { document, place, own, added: new Map(), names: new Map() };
  const moved = move(schema, bundle);
  if (!isJsonObject(moved)) return schema;
  if (bundle.added.size === 0) return moved;
  const defs = isJsonObject(moved['$defs']) ? moved['$defs'] : {};
  return { ...moved, $defs: { ...defs, ...Object.fromEntries(bundle.added) } };
}

interface Bundle {
  readonly document: JsonObject;
  /** Where the schema is in the document. */
  readonly place: string;
  readonly own: JsonObject;
  /** The definitions that were added, and their names by their places. */
  readonly added: Map<string, JsonValue>;
  readonly names: Map<string, string>;
}

function move(value: JsonValue, bundle: Bundle): JsonValue {
  if (Array.isArray(value)) return value.map((entry: JsonValue) => move(entry, bundle));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === '$ref' && typeof inner === 'string' ? moveReference(inner, bundle) : move(inner, bundle),
    ]),
  );
}

function moveReference(reference: string, bundle: Bundle): string {
  if (isWithin(reference, bundle.place)) return `#${reference.slice(bundle.place.length)}`;
  if (!reference.startsWith('#/')) return reference;
  // Many documents write these as if the schema were by itself.
  if (reference.startsWith('#/$defs/') && find(bundle.document, reference) === undefined) return reference;
  const [, component = reference, rest = ''] = /^(#\/components\/schemas\/[^/]+)(.*)$/.exec(reference) ?? [];
  return `#/$defs/${define(component, bundle)}${rest}`;
}

/** The name of the definition that stands for a place of the document. */
function define(place: string, bundle: Bundle): string {
  const known = bundle.names.get(place);
  if (known !== undefined) return known;
  const wanted = place.slice(place.lastIndexOf('/') + 1);
  const isTaken = (name: string): boolean => name in bundle.own || bundle.added.has(name);
  let name = wanted;
  for (let count = 2; isTaken(name); count++) name = `${wanted}_${count}`;
  bundle.names.set(place, name);
  // Before it is moved: it may refer to itself.
  bundle.added.set(name, {});
  bundle.added.set(name, move(findAt(bundle.document, place), bundle));
  return name;
}

function isWithin(reference: string, place: string): boolean {
  return reference === place || reference.startsWith(`${place}/`);
}
