// Event types from an OpenAPI 3.1 document: each of its `webhooks` is one. The schema of a body becomes one by itself: what it
// refers to among the components stands in its `$defs`.
import type { SetEventType } from '#contract/event-types.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { exitCodes, Failure } from '../failure.ts';
import { bundleSchema, findAt } from './bundle.ts';

export type Content = Required<SetEventType>;

/** By name. Throws `Failure` for a document that has no event types, or a broken reference. */
export function readEventTypes(document: JsonValue): ReadonlyMap<string, Content> {
  if (!isJsonObject(document)) throw wrong('the document is not an object');
  const { openapi, webhooks } = document;
  if (typeof openapi !== 'string' || !/^3\.[12]\./.test(openapi)) {
    throw wrong('the document must be OpenAPI 3.1: `openapi: 3.1.0` with `webhooks`');
  }
  if (!isJsonObject(webhooks) || Object.keys(webhooks).length === 0) {
    throw wrong('the document has no `webhooks`: each event type is one');
  }
  return new Map(
    Object.entries(webhooks).map(([name, item]) => [
      name,
      readType(document, follow(document, item), `#/webhooks/${escape(name)}`),
    ]),
  );
}

function readType(document: JsonObject, item: JsonObject, place: string): Content {
  const method = ['post', 'put', 'patch'].find((one) => isJsonObject(item[one]));
  if (method === undefined) throw wrong(`${place} has no operation \`post\``);
  const operation = follow(document, item[method]);
  const body = follow(document, operation['requestBody'] ?? {});
  const content = follow(document, body['content'] ?? {});
  const mediaType = Object.keys(content).find((type) => /^application\/(.+\+)?json\b/i.test(type)) ?? '';
  const media = follow(document, content[mediaType] ?? {});
  const mediaPlace = `${place}/${method}/requestBody/content/${escape(mediaType)}`;
  const { tags } = operation;
  const group = Array.isArray(tags) ? tags[0] : undefined;
  return {
    groupName: textOf(group),
    description:
      [operation, item].flatMap((one) => textOf(one['description'], one['summary']) ?? [])[0] ?? null,
    schema: isJsonObject(media['schema'])
      ? bundleSchema(document, media['schema'], `${mediaPlace}/schema`)
      : null,
    examples: readExamples(document, media),
    deprecated: operation['deprecated'] === true,
  };
}

function readExamples(document: JsonObject, { examples, example }: JsonObject): JsonValue[] {
  if (isJsonObject(examples)) {
    return Object.values(examples).flatMap((one) => {
      const { value } = follow(document, one);
      return value === undefined ? [] : [value];
    });
  }
  return example === undefined ? [] : [example];
}

function textOf(...values: readonly (JsonValue | undefined)[]): string | null {
  return values.find((value): value is string => typeof value === 'string' && value !== '') ?? null;
}

/** The object, or the one that it refers to. */
function follow(document: JsonObject, value: JsonValue | undefined): JsonObject {
  let found = value;
  for (let steps = 0; isJsonObject(found) && typeof found['$ref'] === 'string'; steps++) {
    if (steps === 20) throw wrong(`${found['$ref']} refers to itself`);
    found = findAt(document, found['$ref']);
  }
  if (!isJsonObject(found)) throw wrong('the document has something else where an object must be');
  return found;
}

function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function wrong(message: string): Failure {
  return new Failure(message, { exitCode: exitCodes.usage });
}
