import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from './page.ts';
import { Json, type JsonValue, nullable, timeOut } from './schema.ts';

const SchemaObject = Type.Unsafe<Readonly<Record<string, JsonValue>>>({
  type: 'object',
  title: 'PayloadSchema',
  additionalProperties: true,
  description:
    'JSON Schema (draft 2020-12) of the payload: at most 64 KiB and 32 levels, without references to elsewhere. Regular ' +
    'expressions are those of RE2, which has no look-around and no back-references. Null when a payload may be anything.',
  examples: [
    {
      type: 'object',
      required: ['amount'],
      properties: { amount: { type: 'string', pattern: '^\\d+\\.\\d{2}$' } },
    },
  ],
});

const content = {
  groupName: nullable(
    Type.String({
      description: 'Under which people find it.',
      minLength: 1,
      maxLength: 100,
      examples: ['Invoices'],
    }),
  ),
  description: nullable(Type.String({ description: 'For people.', maxLength: 4000 })),
  schema: nullable(SchemaObject),
  examples: Type.Array(Json, {
    description:
      'Payloads that match the schema: at most 10, and 64 KiB together. The first is what a test event sends.',
    maxItems: 10,
  }),
  deprecated: Type.Boolean({
    description: 'For people and programs that choose types; it is still accepted.',
  }),
};

export const SetEventType = Type.Object(
  {
    groupName: Type.Optional(content.groupName),
    description: Type.Optional(content.description),
    schema: Type.Optional(content.schema),
    examples: Type.Optional(content.examples),
    deprecated: Type.Optional(content.deprecated),
  },
  {
    $id: 'SetEventType',
    description: 'All of what the catalogue says of the type: what is absent is removed.',
    additionalProperties: false,
  },
);
export type SetEventType = Static<typeof SetEventType>;

export const EventType = Type.Object(
  {
    name: Type.String({ examples: ['invoice.paid'] }),
    dialect: Type.String({ description: 'Whose catalogue it is in.', examples: ['standard'] }),
    ...content,
    version: Type.Integer({ description: 'Raised by each change.', minimum: 1 }),
    createdAt: nullable(timeOut('When it was created; null in the catalogue of a platform.')),
    updatedAt: nullable(timeOut('When it was last changed; null in the catalogue of a platform.')),
  },
  { $id: 'EventType', description: 'An event type of the catalogue.' },
);
export type EventType = Static<typeof EventType>;

export const EventTypePage = Type.Object(
  {
    ...pageOf(EventType, 'EventTypePage').properties,
    data: Type.Array(EventType, { description: 'In the order of their names.' }),
  },
  { $id: 'EventTypePage', description: 'One page of a list.' },
);
export type EventTypePage = Static<typeof EventTypePage>;

const dialect = Type.Optional(
  Type.String({
    description: "The dialect whose catalogue it is. When absent, the operator's own, which can be changed.",
    minLength: 1,
    maxLength: 64,
  }),
);

export const EventTypeQuery = Type.Object({ dialect }, { additionalProperties: false });
export type EventTypeQuery = Static<typeof EventTypeQuery>;

export const EventTypesQuery = Type.Object({ dialect, ...pageQuery }, { additionalProperties: false });
export type EventTypesQuery = Static<typeof EventTypesQuery>;

/** An OpenAPI 3.1 document whose `webhooks` are the event types. */
export const EventTypesDocument = Type.Unsafe<Readonly<Record<string, JsonValue>>>({
  $id: 'EventTypesDocument',
  type: 'object',
  additionalProperties: true,
  description:
    'An OpenAPI 3.1 document: each of its `webhooks` is an event type, with the schema of its payload.',
});
export type EventTypesDocument = Static<typeof EventTypesDocument>;
