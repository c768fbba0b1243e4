// An event catalogue as an OpenAPI 3.1 document: each of its `webhooks` is an event type. `carillon event-types import` reads
// it back as it was.
import type { CatalogueEntry } from '#core/catalogue.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';

export function describeCatalogue(types: readonly CatalogueEntry[], version: string): JsonObject {
  const groups = new Set(types.flatMap(({ groupName }) => groupName ?? []));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Event types',
      version,
      description: 'Each body is the payload of an event, without what its dialect adds around it.',
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    ...(groups.size === 0 ? {} : { tags: [...groups].map((name) => ({ name })) }),
    webhooks: Object.fromEntries(types.map((type) => [type.name, { post: describeType(type) }])),
  };
}

function describeType({
  name,
  groupName,
  description,
  schema,
  examples,
  deprecated,
  version,
}: CatalogueEntry): JsonObject {
  const named = examples.map((value, index): [string, JsonValue] => [`example${index + 1}`, { value }]);
  const media: JsonObject = {
    ...(schema === null ? {} : { schema: moveReferences(schema, schemaPointer(name)) }),
    ...(named.length === 0 ? {} : { examples: Object.fromEntries(named) }),
  };
  return {
    operationId: name,
    ...(groupName === null ? {} : { tags: [groupName] }),
    ...(description === null ? {} : { description }),
    ...(deprecated ? { deprecated } : {}),
    'x-carillon-version': version,
    requestBody: { required: true, content: { 'application/json': media } },
    responses: { '2XX': { description: 'Accepted.' } },
  };
}

/** Where the schema of an event type is in the document. */
function schemaPointer(name: string): string {
  return `#/webhooks/${name}/post/requestBody/content/application~1json/schema`;
}

/** A reference within a schema is one within the document, unless the schema has a name of its own. */
function moveReferences(schema: JsonObject, pointer: string): JsonValue {
  if (typeof schema['$id'] === 'string') return schema;
  const move = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(move);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([member, inner]) => {
        const isOwn = member === '$ref' && typeof inner === 'string' && /^#(\/|$)/.test(inner);
        return [member, isOwn ? pointer + inner.slice(1) : move(inner)];
      }),
    );
  };
  return move(schema);
}
