// What a function returned, as JSON: a payload, null, or a payload with headers and a path.
import type { Content } from '#core/transform.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';

/** The published payload: its text, and the same as bytes. */
export interface Published {
  readonly text: string;
  readonly bytes: Uint8Array;
}

const utf8 = new TextEncoder();
const members: ReadonlySet<string> = new Set(['payload', 'headers', 'path']);

/** Null when it cancels the delivery; a sentence when it is not a result. */
export function readResult(json: string, published: Published): Content | string | null {
  const value: JsonValue = JSON.parse(json);
  if (value === null) return null;
  if (!isEnvelope(value)) return { payload: choosePayload(json, published), headers: {}, path: null };
  const { payload = null, headers = null, path = null } = value;
  if (headers !== null && !isTexts(headers)) return 'headers: must be an object of texts';
  if (path !== null && typeof path !== 'string') return 'path: must be a text';
  // A null inside of an object is meant as one outside of it: nobody sends a payload of null with headers.
  if (payload === null) return null;
  return { payload: choosePayload(JSON.stringify(payload), published), headers: headers ?? {}, path };
}

/** An object with `payload` and nothing else than the members of a result. */
function isEnvelope(value: JsonValue): value is JsonObject {
  return (
    isJsonObject(value) &&
    Object.hasOwn(value, 'payload') &&
    Object.keys(value).every((name) => members.has(name))
  );
}

/** A payload that was not changed is sent byte for byte as it was published: its numbers keep all their digits. */
function choosePayload(json: string, { text, bytes }: Published): Uint8Array {
  return JSON.stringify(JSON.parse(text)) === json ? bytes : utf8.encode(json);
}

function isTexts(value: JsonValue): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string');
}
