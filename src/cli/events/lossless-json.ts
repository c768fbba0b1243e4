// Takes a JSON document apart without touching its numbers: 12345678901234567890 stays what it is, though no
// double holds it. What it means is for the server to say.

/** Numbers carry the text they were written in (ECMAScript: JSON.parse source text access). */
interface SourceJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

const sourceJson = JSON as unknown as SourceJson;

/** The entries of a list, or the one value of the document; each as read and as JSON on one line. */
export function splitDocument(text: string): readonly { value: unknown; json: string }[] {
  const value = sourceJson.parse(text, (_, part, { source }) =>
    typeof part === 'number' && source !== undefined ? sourceJson.rawJSON(source) : part,
  );
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  return entries.map((entry) => ({ value: entry, json: JSON.stringify(entry) }));
}
