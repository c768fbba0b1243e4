// Lossless JSON: splits a document into events and keeps the text of every number. A double cannot hold
// 12345678901234567890.

/** ECMAScript proposal: JSON.parse source text access. */
interface SourceJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

const sourceJson = JSON as unknown as SourceJson;

/** The entries of a list, or the single value of the document: parsed, and as JSON on one line. */
export function splitDocument(text: string): readonly { value: unknown; json: string }[] {
  const value = sourceJson.parse(text, (_, part, { source }) =>
    typeof part === 'number' && source !== undefined ? sourceJson.rawJSON(source) : part,
  );
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  return entries.map((entry) => ({ value: entry, json: JSON.stringify(entry) }));
}
