// JSON as text: laid out and coloured without parsing it, so that numbers of any size, repeated members and escapes are
// shown as they were published.

export type TokenKind = 'name' | 'string' | 'number' | 'word' | 'mark';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const lexeme = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g;

/** The text with one member per line; the text itself when it is not JSON. */
export function layOut(source: string): string {
  if (!isJson(source)) return source;
  const out: string[] = [];
  let depth = 0;
  const lexemes = source.match(lexeme) ?? [];
  const newLine = (): void => void out.push('\n', '  '.repeat(depth));
  lexemes.forEach((text, index) => {
    const before = lexemes[index - 1];
    if (text === '}' || text === ']') {
      depth--;
      if (before !== '{' && before !== '[') newLine();
    } else if (before === '{' || before === '[' || before === ',') newLine();
    out.push(text === ':' ? ': ' : text);
    if (text === '{' || text === '[') depth++;
  });
  return out.join('');
}

export function isJson(source: string): boolean {
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with a text that should be JSON, and where, as the browser says; undefined when it is right. */
export function jsonProblem(source: string): string | undefined {
  try {
    JSON.parse(source);
    return undefined;
  } catch (error) {
    return `must be JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The text in coloured parts. Their texts joined are the text. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(lexeme)) {
    if (match.index > end) tokens.push({ kind: 'mark', text: text.slice(end, match.index) });
    end = match.index + match[0].length;
    tokens.push({ kind: kindOf(match[0], text.slice(end, end + 8)), text: match[0] });
  }
  if (end < text.length) tokens.push({ kind: 'mark', text: text.slice(end) });
  return tokens;
}

function kindOf(lexed: string, after: string): TokenKind {
  if (lexed.startsWith('"')) return /^\s*:/.test(after) ? 'name' : 'string';
  if (/^[-\d]/.test(lexed)) return 'number';
  return /^[a-z]/.test(lexed) ? 'word' : 'mark';
}

/** The payload as it stands at the end of an answer of `getEvent`, which writes it unchanged. */
export function payloadOf(answer: string): string {
  const { payload: _, ...head } = JSON.parse(answer) as { readonly payload: unknown };
  const beginning = `${JSON.stringify(head).slice(0, -1)},"payload":`;
  if (!answer.startsWith(beginning)) throw new Error('an event does not end with its payload');
  return answer.slice(beginning.length, -1);
}
