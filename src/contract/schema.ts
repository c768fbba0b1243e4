// The parts that the schemas of the admin API are put together from. Only what every reader of JSON Schema
// understands in the same way: no formats that some check and some don't, except where a pattern stands beside.
import { type Static, type TSchema, type TSchemaOptions, Type } from 'typebox';

export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Points at a schema that has an `$id`: in the OpenAPI document it becomes a component of that name. */
export function ref<T extends TSchema>(schema: T) {
  const { $id } = schema as { readonly $id?: string };
  if ($id === undefined) throw new Error('only a schema with an $id can be pointed at');
  return Type.Unsafe<Static<T>>({ $ref: `${$id}#` });
}

/** One of some texts. */
export function choice<const T extends readonly string[]>(values: T, options: TSchemaOptions = {}) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
}

/** The same, or null. */
export function nullable<T extends TSchema>(schema: T) {
  const { type, enum: values } = schema as { readonly type?: string; readonly enum?: readonly string[] };
  if (type === undefined) throw new Error('only a schema with a type can be made nullable');
  const choices = values === undefined ? {} : { enum: [...values, null] };
  return Type.Unsafe<Static<T> | null>({ ...schema, ...choices, type: [type, 'null'] });
}

const exampleTime = '2026-01-02T03:04:05.678Z';

/** A time that the server answers. */
export function timeOut(description: string) {
  return Type.String({
    description: `${description} RFC 3339 in UTC, to the millisecond.`,
    format: 'date-time',
    examples: [exampleTime],
  });
}

/** A time that the server is given. It must also be a real one: the server refuses a 30th of February. */
export function timeIn(description: string) {
  return Type.String({
    description: `${description} RFC 3339.`,
    format: 'date-time',
    maxLength: 64,
    pattern:
      '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$',
    'x-problem': `must be a time by RFC 3339, such as ${exampleTime}`,
    examples: [exampleTime],
  });
}

/** The id of something that the server made, on the way in: looked up, so its form matters little. */
export function idIn(description: string, example: string) {
  return Type.String({ description, minLength: 1, maxLength: 255, examples: [example] });
}

const modes = ['live', 'test'] as const;

export const Mode = choice(modes, {
  description:
    'Test and live are two worlds: endpoints, credentials and events belong to one, nothing crosses.',
  examples: ['live'],
});
export type Mode = Static<typeof Mode>;

export const Json = Type.Unsafe<JsonValue>({ description: 'Any JSON value.' });
