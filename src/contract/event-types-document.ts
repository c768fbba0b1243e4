// Event types from an OpenAPI 3.1 document: each of its `webhooks` is one. The schema of a body becomes one by itself: what it
// refers to among the components stands in its `$defs`.
import { bundleSchema } from './bundle-schema.ts';
import type { SetEventType } from './event-types.ts';
import { DocumentError, follow, isJsonObject, type JsonObject, memberAt } from './json-document.ts';
import type { JsonValue } from './schema.ts';

export type Content = Required<SetEventType>;

/** By name. Throws `DocumentError` for a document that has no event types, or a broken reference. */
export function readEventTypes(document: JsonValue): ReadonlyMap<string, Content> {
  if (!isJsonObject(document)) throw new DocumentError('the document is not an object');
  const { openapi, webhooks } = document;
  if (typeof openapi !== 'string' || !/^3\.[12]\./.test(openapi)) {
    throw new DocumentError('the document must be OpenAPI 3.1: `openapi: 3.1.0` with `webhooks`');
  }
  if (!isJsonObject(webhooks) || Object.keys(webhooks).length === 0) {
    throw new DocumentError('the document has no `webhooks`: each event type is one');
  }
  return new Map(
    Object.entries(webhooks).map(([name, item]) => [name, readType(document, item, placeOf(name))]),
  );
}

/** Where the document has an event type. */
export function placeOf(name: string): string {
  return memberAt('#/webhooks', name);
}

function readType(document: JsonObject, value: JsonValue, place: string): Content {
  const item = follow(document, value, place);
  const method = ['post', 'put', 'patch'].find((one) => isJsonObject(item[one]));
  if (method === undefined) throw new DocumentError(`${place} has no operation \`post\``);
  const operation = follow(document, item[method], memberAt(place, method));
  const bodyPlace = `${place}/${method}/requestBody`;
  const body = follow(document, operation['requestBody'] ?? {}, bodyPlace);
  const content = follow(document, body['content'] ?? {}, `${bodyPlace}/content`);
  const mediaType = Object.keys(content).find((type) => /^application\/(.+\+)?json\b/i.test(type)) ?? '';
  const mediaPlace = memberAt(`${bodyPlace}/content`, mediaType);
  const media = follow(document, content[mediaType] ?? {}, mediaPlace);
  const { tags } = operation;
  const group = Array.isArray(tags) ? tags[0] : undefined;
  return {
    groupName: textOf(group),
    description:
      [operation, item].flatMap((one) => textOf(one['description'], one['summary']) ?? [])[0] ?? null,
    schema: isJsonObject(media['schema'])
      ? bundleSchema(document, media['schema'], `${mediaPlace}/schema`)
      : null,
    examples: readExamples(document, media, mediaPlace),
    deprecated: operation['deprecated'] === true,
  };
}

function readExamples(document: JsonObject, { examples, example }: JsonObject, place: string): JsonValue[] {
  if (isJsonObject(examples)) {
    return Object.entries(examples).flatMap(([name, one]) => {
      const { value } = follow(document, one, memberAt(`${place}/examples`, name));
      return value === undefined ? [] : [value];
    });
  }
  return example === undefined ? [] : [example];
}

function textOf(...values: readonly (JsonValue | undefined)[]): string | null {
  return values.find((value): value is string => typeof value === 'string' && value !== '') ?? null;
}
