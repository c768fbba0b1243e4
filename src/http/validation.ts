// Requests of the admin API against the schemas that also describe them in the OpenAPI document. All that is
// wrong is told at once, by field, with what would be right.
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Fault, type FieldProblem } from '#core/fault.ts';
import { refuse } from '#input/json.ts';
import { findProblems, type Shape } from '#input/schema.ts';
import { isJsonObject, type JsonValue } from '#lib/json.ts';
import { parseTime } from '#lib/rfc3339.ts';
import { parseExactJson } from '#input/exact-json.ts';

type SchemaNode = Readonly<Record<string, unknown>>;

/** Compiles the schema of one part of a route's requests. `components` are what a `$ref` can point at. */
export function createValidatorCompiler(components: readonly TSchema[]): FastifySchemaCompiler<TSchema> {
  const byId = new Map(
    components.map((schema) => [`${(schema as { $id?: string }).$id}#`, schema as SchemaNode]),
  );
  return ({ schema, httpPart }) => {
    const shape = inline(schema, byId) as Shape;
    const check = httpPart === 'body' ? checkBody : checkTexts;
    return (data: unknown) => {
      try {
        return { value: check(shape, data) };
      } catch (error) {
        return { error: error as Error };
      }
    };
  };
}

/** A copy of the schema in which what a `$ref` points at stands in its place. */
function inline(node: unknown, byId: ReadonlyMap<string, SchemaNode>): unknown {
  if (Array.isArray(node)) return node.map((entry) => inline(entry, byId));
  if (typeof node !== 'object' || node === null) return node;
  const { $ref } = node as { readonly $ref?: unknown };
  if (typeof $ref === 'string') {
    const target = byId.get($ref);
    if (target === undefined)
      throw new Error(`a schema points at ${$ref}, which is not among the components`);
    return inline(target, byId);
  }
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, inline(value, byId)]));
}

/** The bytes of a body. None at all, whatever the content type says, is `{}` where nothing is required. */
function checkBody(shape: Shape, data: unknown): JsonValue {
  if (!Buffer.isBuffer(data) || data.length === 0) {
    if ((shape.required ?? []).length === 0) return {};
    throw new Fault('json_invalid', 'The body is empty; a JSON object is needed.');
  }
  const body = parseExactJson(data);
  if (!isJsonObject(body)) throw new Fault('json_invalid', 'The body must be a JSON object.');
  return check(shape, body);
}

/** Path parameters and the query: everything arrives as text, and means what the schema says. */
function checkTexts(shape: Shape, data: unknown): JsonValue {
  const texts = (data ?? {}) as Readonly<Record<string, string | readonly string[]>>;
  const repeated: FieldProblem[] = [];
  const values: [string, JsonValue][] = [];
  for (const [name, text] of Object.entries(texts)) {
    const inner = Object.hasOwn(shape.properties ?? {}, name) ? shape.properties?.[name] : undefined;
    if (typeof text === 'string') values.push([name, readText(inner, text)]);
    else repeated.push({ field: name.slice(0, 64), message: 'must be given only once', rule: 'too_many' });
  }
  refuse(repeated);
  return check(shape, Object.fromEntries(values));
}

function readText(shape: Shape | undefined, text: string): JsonValue {
  if (shape?.type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (shape?.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function check(shape: Shape, value: JsonValue): JsonValue {
  const problems = findProblems(shape, value);
  refuse(problems.length > 0 ? problems : findUnrealTimes(shape, value, ''));
  return value;
}

/** Times that have the right form and name no moment: a 30th of February. The value has the shape already. */
function findUnrealTimes(shape: Shape, value: JsonValue, field: string): readonly FieldProblem[] {
  if (typeof value === 'string') {
    const isUnreal =
      (shape as { readonly format?: string }).format === 'date-time' && parseTime(value) === null;
    return isUnreal ? [{ field, message: 'must be a time that exists', rule: 'form' }] : [];
  }
  const { properties, items } = shape;
  if (Array.isArray(value) && items !== undefined) {
    return value.flatMap((item: JsonValue, index) => findUnrealTimes(items, item, `${field}[${index}]`));
  }
  if (!isJsonObject(value) || properties === undefined) return [];
  return Object.entries(properties).flatMap(([name, inner]) => {
    const found = Object.hasOwn(value, name) ? value[name] : undefined;
    return found === undefined ? [] : findUnrealTimes(inner, found, field === '' ? name : `${field}.${name}`);
  });
}
