// Sample events of every dialect, for the demo and `carillon trigger`, and what it delivers, for `carillon types`.
import { dialects } from '#dialects/index.ts';
import type { JsonObject, JsonValue } from '#lib/json.ts';

/** The payload of the sample event `type`. Throws when the dialect has no such sample. */
export function samplePayload(dialectName: string, type: string): JsonObject {
  const dialect = dialects.find(({ name }) => name === dialectName);
  const sample = dialect?.events.samples.find((each) => each.type === type);
  if (sample === undefined) throw new Error(`the dialect ${dialectName} has no sample of the event ${type}`);
  return sample.payload;
}

/** All sample events of a dialect; none of one that this version does not know. */
export function samplesOf(
  dialectName: string,
): readonly { readonly type: string; readonly payload: JsonObject }[] {
  return dialects.find(({ name }) => name === dialectName)?.events.samples ?? [];
}

/** The JSON Schema of the body of a delivery; null for a dialect that this version does not know. */
export function deliveryBodyOf(dialectName: string): JsonValue | null {
  const body = dialects.find(({ name }) => name === dialectName)?.docs.deliveries.body;
  // As plain data: schemas of typebox have members that JSON does not print.
  return body === undefined ? null : (JSON.parse(JSON.stringify(body)) as JsonValue);
}
