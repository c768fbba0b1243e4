// Places of a JSON document, as JSON pointers in a fragment: `#/webhooks/payment.paid`.
import type { JsonValue } from './schema.ts';

export type JsonObject = Readonly<Record<string, JsonValue>>;

/** What is wrong with a document. The message names the place. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The place of a member. */
export function memberAt(place: string, name: string): string {
  return `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** What is at a place. Throws `DocumentError` when there is nothing. */
export function findAt(document: JsonObject, place: string): JsonValue {
  const found = find(document, place);
  if (found !== undefined) return found;
  throw new DocumentError(`the document refers to ${place}, which is not in it`);
}

export function find(document: JsonObject, place: string): JsonValue | undefined {
  if (!place.startsWith('#/')) return undefined;
  let found: JsonValue | undefined = document;
  for (const part of place.slice(2).split('/')) {
    const name = readPart(part);
    if (Array.isArray(found)) found = found[Number(name)];
    else found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
}

function readPart(part: string): string {
  return decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
}

/** As it is where it is not what `encodeURIComponent` writes. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The object at a place, or the one that it refers to. */
export function follow(document: JsonObject, value: JsonValue | undefined, place: string): JsonObject {
  let found = value;
  for (let steps = 0; isJsonObject(found) && typeof found['$ref'] === 'string'; steps++) {
    if (steps === 20) throw new DocumentError(`${place} refers to ${found['$ref']}, which refers to itself`);
    found = findAt(document, found['$ref']);
  }
  if (!isJsonObject(found)) throw new DocumentError(`${place} must be an object`);
  return found;
}
