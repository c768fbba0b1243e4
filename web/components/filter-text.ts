// Filters as text: `state:exhausted code:5xx since:2h`, read and completed.

export interface FilterDefinition {
  readonly name: string;
  /** Values to complete. */
  readonly values: readonly string[];
  /** What is wrong with a value; null when it is right. */
  readonly check?: (value: string) => string | null;
}

export type FilterValues = Readonly<Record<string, string | undefined>>;

/** The filters of a text; or what is wrong with it. */
export function readFilters(text: string, definitions: readonly FilterDefinition[]): FilterValues | string {
  const found: Record<string, string> = {};
  for (const word of text.trim().split(/\s+/)) {
    const [, name = '', value = ''] = /^(\w+):(.+)$/.exec(word) ?? [];
    const definition = definitions.find((each) => each.name === name);
    if (definition === undefined) {
      return `Write name:value, with one of ${definitions.map((each) => each.name).join(', ')}.`;
    }
    const problem = definition.check?.(value) ?? null;
    if (problem !== null) return `${name}: ${problem}`;
    found[name] = value;
  }
  return found;
}

const offeredMax = 8;

/** What the last word of the text may become: names first, then the values of one. */
export function completionsOf(text: string, definitions: readonly FilterDefinition[]): readonly string[] {
  const word = /\S*$/.exec(text)?.[0] ?? '';
  const used = new Set(text.split(/\s+/).flatMap((each) => /^(\w+):/.exec(each)?.[1] ?? []));
  const [, name, value = ''] = /^(\w+):(.*)$/.exec(word) ?? [];
  const all =
    name === undefined
      ? definitions.filter((each) => !used.has(each.name)).map((each) => `${each.name}:`)
      : (definitions.find((each) => each.name === name)?.values ?? []).map((each) => `${name}:${each}`);
  const typed = name === undefined ? word : `${name}:${value}`;
  return all.filter((each) => each.startsWith(typed) && each !== typed).slice(0, offeredMax);
}

/** The text with its last word completed. A whole filter ends with a space, for the next one. */
export function complete(text: string, completion: string): string {
  return text.replace(/\S*$/, '') + completion + (completion.endsWith(':') ? '' : ' ');
}
