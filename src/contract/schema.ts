// The building blocks of the admin API's schemas. A schema with an `$id` becomes a component of that name in the OpenAPI
// document, wherever it is used. A format stands beside a pattern, since not every reader of JSON Schema checks formats.
import { type Static, type TSchema, type TSchemaOptions, Type } from 'typebox';

export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** One of some strings. */
export function choice<const T extends readonly string[]>(values: T, options: TSchemaOptions = {}) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
}

/** The same, or null. */
export function nullable<T extends TSchema>(schema: T) {
  const { type, enum: values } = schema as { readonly type?: string; readonly enum?: readonly string[] };
  const choices = values === undefined ? {} : { enum: [...values, null] };
  return Type.Unsafe<Static<T> | null>({ ...schema, ...choices, type: [type, 'null'] });
}

const exampleTime = '2026-01-02T03:04:05.678Z';

/** A time in an answer. */
export function timeOut(description: string) {
  return Type.String({
    description: `${description} RFC 3339 in UTC, to the millisecond.`,
    format: 'date-time',
    examples: [exampleTime],
  });
}

/** A time in a request. The server refuses one that does not exist, such as 30 February. */
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

/** An id in a request. It is looked up, so any form is accepted. */
export function idIn(description: string, example: string) {
  return Type.String({ description, minLength: 1, maxLength: 255, examples: [example] });
}

/** No dialect has longer names. */
const eventTypeLengthMax = 128;

/** An event type in a request; the dialect of the tenant checks that it exists. */
export function eventTypeIn(description: string) {
  return Type.String({
    description,
    minLength: 1,
    maxLength: eventTypeLengthMax,
    examples: ['invoice.paid'],
  });
}

export const Mode = choice(['live', 'test'], {
  $id: 'Mode',
  description: 'Endpoints, credentials and events belong to one mode; nothing crosses from one to the other.',
  examples: ['live'],
});
export type Mode = Static<typeof Mode>;

export const withoutControls = {
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
  'x-problem': 'must not have control characters',
};

/** Data of the platform's own. The server keeps it and does not read it. */
export const Metadata = Type.Unsafe<Readonly<Record<string, string>>>({
  $id: 'Metadata',
  description: 'Strings of your own: at most 50. They are not delivered.',
  type: 'object',
  maxProperties: 50,
  propertyNames: { type: 'string', minLength: 1, maxLength: 40, ...withoutControls },
  additionalProperties: { type: 'string', maxLength: 500, ...withoutControls },
  examples: [{ team: 'payments' }],
});

/** What every change says of its members. */
export const changeRule = 'Absent members stay as they are. `metadata` replaces all that there is.';

export const Json = Type.Unsafe<JsonValue>({ description: 'Any JSON value.' });
