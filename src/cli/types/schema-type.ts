// A JSON Schema (draft 2020-12) as a TypeScript type that its values have. What a type cannot say (patterns, bounds, `not`, `if`) is
// left out: the type is wider there. Where it could not be written at all, it is `unknown`.
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { isCircular, listOf, referenceOf, resolve } from './references.ts';
import { comment, memberName, quote, type TypeNames } from './source-text.ts';

/** What is referred to has a name, and a declaration of its own: it may refer to itself. */
export interface Declaration {
  readonly name: string;
  readonly type: string;
  readonly schema: JsonValue;
}

/** Writes the type of a schema, and the declarations that it needs. */
export function writeType(
  schema: JsonValue,
  name: string,
  names: TypeNames,
): { readonly type: string; readonly declarations: readonly Declaration[] } {
  const root = isJsonObject(schema) ? schema : {};
  const scope: Scope = { root, name, names, named: new Map([['#', name]]), waiting: [] };
  const type = typeOf(schema, scope, '');
  const declarations: Declaration[] = [];
  for (let next = scope.waiting.shift(); next !== undefined; next = scope.waiting.shift()) {
    declarations.push({ ...next, type: typeOf(next.schema, scope, '') });
  }
  return { type, declarations };
}

interface Scope {
  readonly root: JsonObject;
  /** Of the whole schema. */
  readonly name: string;
  readonly names: TypeNames;
  /** By reference. */
  readonly named: Map<string, string>;
  readonly waiting: { readonly name: string; readonly schema: JsonValue }[];
}

function typeOf(schema: JsonValue, scope: Scope, indent: string): string {
  if (schema === false) return 'never';
  if (!isJsonObject(schema)) return 'unknown';
  const inner = (value: JsonValue): string => typeOf(value, scope, indent);
  const parts = [
    typeOfReference(schema, scope),
    schema['const'] === undefined ? null : typeOfValue(schema['const']),
    Array.isArray(schema['enum']) ? union(schema['enum'].map(typeOfValue)) : null,
    typeOfForm(schema, scope, indent),
    ...listOf(schema['allOf']).map(inner),
    ...['anyOf', 'oneOf'].map((keyword) =>
      schema[keyword] === undefined ? null : union(listOf(schema[keyword]).map(inner)),
    ),
  ];
  return intersection(parts.filter((part) => part !== null));
}

function typeOfReference(schema: JsonObject, scope: Scope): string | null {
  const reference = referenceOf(schema);
  if (reference === null) return null;
  const { root, names, named, waiting } = scope;
  const target = resolve(root, reference);
  if (target === undefined || isCircular(root, reference)) return 'unknown';
  // A schema with a name of its own has references of its own.
  if (isJsonObject(target) && target !== root && target['$id'] !== undefined) return 'unknown';
  const known = named.get(reference);
  if (known !== undefined) return known;
  const name = names.take(scope.name, reference.slice(reference.lastIndexOf('/') + 1));
  named.set(reference, name);
  waiting.push({ name, schema: target });
  return name;
}

/** Types of a schema whose `type` is not given follow from its keywords. */
function typeOfForm(schema: JsonObject, scope: Scope, indent: string): string | null {
  const given = [schema['type'] ?? impliedTypes(schema)].flat();
  // Literals say more.
  if (schema['enum'] !== undefined || schema['const'] !== undefined) return null;
  const types = given.map((type) => {
    if (type === 'object') return typeOfObject(schema, scope, indent);
    if (type === 'array') return typeOfList(schema, scope, indent);
    return (typeof type === 'string' && primitives[type]) || 'unknown';
  });
  return types.length === 0 ? null : union(types);
}

const primitives: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
};

function impliedTypes(schema: JsonObject): readonly string[] {
  if (['properties', 'required', 'additionalProperties'].some((keyword) => keyword in schema))
    return ['object'];
  return 'items' in schema || 'prefixItems' in schema ? ['array'] : [];
}

function typeOfObject(schema: JsonObject, scope: Scope, indent: string): string {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(listOf(schema['required']).filter((name) => typeof name === 'string'));
  const deeper = `${indent}  `;
  const members = [
    ...Object.entries(properties),
    ...[...required].filter((name) => !Object.hasOwn(properties, name)).map((name) => [name, true] as const),
  ].map(([name, inner]) => {
    const mark = required.has(name) ? '' : '?';
    return `${commentOf(inner, deeper)}${deeper}${memberName(name)}${mark}: ${bare(typeOf(inner, scope, deeper))};\n`;
  });
  const others = typeOfOthers(schema, scope, deeper);
  if (members.length === 0)
    return others === 'never' ? '{ [key: string]: never }' : `{ [key: string]: ${bare(others)} }`;
  // Members that a schema does not forbid are left out, so that a mistyped name does not compile.
  const isOpen = schema['additionalProperties'] !== undefined && others !== 'never';
  const rest = isOpen ? `${deeper}[key: string]: unknown;\n` : '';
  return `{\n${members.join('')}${rest}${indent}}`;
}

/** Of the members that have no name in the schema. */
function typeOfOthers(schema: JsonObject, scope: Scope, indent: string): string {
  if (schema['patternProperties'] !== undefined) return 'unknown';
  const { additionalProperties = true } = schema;
  return typeOf(additionalProperties, scope, indent);
}

function typeOfList(schema: JsonObject, scope: Scope, indent: string): string {
  const first = listOf(schema['prefixItems']);
  const rest = typeOf(schema['items'] ?? true, scope, indent);
  if (first.length === 0) return rest === 'never' ? '[]' : listOfType(rest);
  const least = typeof schema['minItems'] === 'number' ? schema['minItems'] : 0;
  const entries = first.map((inner, index) => {
    const type = typeOf(inner, scope, indent);
    return index < least ? type : `${type}?`;
  });
  return `[${[...entries, ...(rest === 'never' ? [] : [`...${listOfType(rest)}`])].join(', ')}]`;
}

function listOfType(type: string): string {
  return type.startsWith('(') ? `Array<${bare(type)}>` : `${type}[]`;
}

/** The type of one value. */
export function typeOfValue(value: JsonValue): string {
  if (typeof value === 'string') return quote(value);
  // A number beyond the range of a double.
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : 'number';
  if (Array.isArray(value)) return `[${value.map(typeOfValue).join(', ')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, inner]) => `${memberName(name)}: ${typeOfValue(inner)}`);
  return members.length === 0 ? '{ [key: string]: never }' : `{ ${members.join('; ')} }`;
}

export function commentOf(schema: JsonValue, indent: string): string {
  if (!isJsonObject(schema)) return '';
  const { description, title, deprecated } = schema;
  const text = typeof description === 'string' ? description : typeof title === 'string' ? title : '';
  return comment(text, { isDeprecated: deprecated === true, indent });
}

// What an operator could bind otherwise is written in parentheses, and nothing else begins with one.

function union(types: readonly string[]): string {
  if (types.includes('unknown')) return 'unknown';
  const some = [...new Set(types)].filter((type) => type !== 'never');
  if (some.length < 2) return some[0] ?? 'never';
  // An intersection binds closer.
  return `(${some.map(bare).join(' | ')})`;
}

function intersection(types: readonly string[]): string {
  const some = [...new Set(types)].filter((type) => type !== 'unknown');
  if (some.length < 2) return some[0] ?? 'unknown';
  return `(${some.join(' & ')})`;
}

/** Where nothing could bind it otherwise. */
export function bare(type: string): string {
  return type.startsWith('(') ? type.slice(1, -1) : type;
}
