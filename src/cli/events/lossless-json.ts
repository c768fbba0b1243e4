// Splits a JSON document into events, each with its source text: nothing is parsed and printed again on the way to the
// server.
import { documentSpan, itemSpans } from '#lib/json-source.ts';

/** The entries of a list, or the single value of the document: parsed, and as they are written. */
export function splitDocument(text: string): readonly { value: unknown; json: string }[] {
  // Throws for a document that is not JSON.
  const parsed: unknown = JSON.parse(text);
  const json = Buffer.from(text);
  const document = documentSpan(json);
  const spans = Array.isArray(parsed) ? itemSpans(json, document) : [document];
  return spans.map(({ start, end }) => {
    const source = json.toString('utf8', start, end);
    return { value: JSON.parse(source) as unknown, json: source };
  });
}
