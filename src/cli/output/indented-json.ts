/** Of the language, and not yet of its declarations: numbers by their source text. */
interface SourceJson {
  parse(
    text: string,
    revive: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

const json = JSON as unknown as SourceJson;

/** JSON for people. Numbers keep their digits. Null for a text that is not JSON. */
export function indentJson(text: string): string | null {
  try {
    const value = json.parse(text, (_name, inner, { source }) =>
      typeof inner === 'number' && source !== undefined ? json.rawJSON(source) : inner,
    );
    return JSON.stringify(value, null, 2);
  } catch {
    return null;
  }
}
