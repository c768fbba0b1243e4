/** Any value of JSON text. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type JsonObject = { readonly [key: string]: JsonValue };

/** True for a plain JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const utf8 = new TextEncoder();

/** A value as JSON in UTF-8, in an array of its own: a `Buffer` shares a pool, which would be cloned between threads. */
export function encodeJson(value: JsonValue): Uint8Array {
  return utf8.encode(JSON.stringify(value));
}
