// JSON source text: finds the bytes of a value inside a document, so that a payload is stored and delivered as it was
// written, never parsed and printed again. Assumes a document that JSON.parse has accepted.

/** The bytes of one value: from `start` up to `end`, without the white space around it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const quote = 0x22;
const comma = 0x2c;
const bracketOpen = 0x5b;
const backslash = 0x5c;
const bracketClose = 0x5d;
const braceOpen = 0x7b;
const braceClose = 0x7d;

/** A member of an object: the span of its value, and where its name starts. */
export interface MemberSpan extends Span {
  readonly nameStart: number;
}

/** A member to insert, as JSON text, before the given member of that name; at the end when that is null. */
export interface Insertion {
  readonly name: string;
  readonly json: string;
  readonly before: string | null;
}

/** The whole document; a byte order mark is not a part of it. */
export function documentSpan(json: Buffer): Span {
  const start = skipSpace(json, json[0] === 0xef ? 3 : 0);
  return { start, end: skipValue(json, start) };
}

/** The members of an object by name. Of a name that stands twice the last one counts, as for JSON.parse. */
export function memberSpans(json: Buffer, object: Span): Map<string, MemberSpan> {
  const members = new Map<string, MemberSpan>();
  let at = skipSpace(json, object.start + 1);
  while (json[at] !== braceClose) {
    const nameEnd = skipString(json, at);
    const name = readName(json, at, nameEnd);
    // Behind the colon.
    const start = skipSpace(json, skipSpace(json, nameEnd) + 1);
    const end = skipValue(json, start);
    members.set(name, { nameStart: at, start, end });
    at = skipComma(json, end);
  }
  return members;
}

/** The items of an array, in order. */
export function itemSpans(json: Buffer, array: Span): readonly Span[] {
  const items: Span[] = [];
  let at = skipSpace(json, array.start + 1);
  while (json[at] !== bracketClose) {
    const end = skipValue(json, at);
    items.push({ start: at, end });
    at = skipComma(json, end);
  }
  return items;
}

/** The object that is the document, with members inserted. All bytes that it has stay as they are. */
export function insertMembers(json: Buffer, insertions: readonly Insertion[]): Buffer {
  if (insertions.length === 0) return json;
  const object = documentSpan(json);
  const members = memberSpans(json, object);
  const placed = insertions
    .map(({ name, json: value, before }) => {
      const next = before === null ? undefined : members.get(before);
      return { text: `${JSON.stringify(name)}:${value}`, at: next?.nameStart ?? null };
    })
    .sort((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity));
  const parts: (Buffer | string)[] = [];
  let from = 0;
  for (const { text, at } of placed) {
    const to = at ?? object.end - 1;
    parts.push(json.subarray(from, to));
    if (at !== null) parts.push(`${text},`);
    else parts.push(members.size === 0 && from === 0 ? text : `,${text}`);
    from = to;
  }
  return Buffer.concat([...parts, json.subarray(from)].map((part) => Buffer.from(part)));
}

/**
 * The document in one form for all ways of writing it: without white space, members sorted by name, texts with the same
 * escapes. Numbers stay as they are written: of any size and precision.
 */
export function canonicalJson(json: Buffer, span: Span = documentSpan(json)): string {
  const first = json[span.start];
  if (first === bracketOpen) {
    return `[${itemSpans(json, span)
      .map((item) => canonicalJson(json, item))
      .join(',')}]`;
  }
  if (first === braceOpen) {
    const members = [...memberSpans(json, span)].sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(json, member)}`).join(',')}}`;
  }
  const text = json.toString('utf8', span.start, span.end);
  return first === quote ? JSON.stringify(JSON.parse(text)) : text;
}

/** The text of a name between its quotes; escapes are rare. */
function readName(json: Buffer, start: number, end: number): string {
  const text = json.toString('utf8', start + 1, end - 1);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

/** Behind the value that starts at `at`. */
function skipValue(json: Buffer, at: number): number {
  const first = json[at];
  if (first === quote) return skipString(json, at);
  if (first === braceOpen || first === bracketOpen) return skipNested(json, at);
  let end = at;
  while (end < json.length && !endsScalar(json[end])) end++;
  return end;
}

function skipNested(json: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  for (;;) {
    const byte = json[at];
    if (byte === quote) {
      at = skipString(json, at);
      continue;
    }
    at++;
    if (byte === braceOpen || byte === bracketOpen) depth++;
    else if (byte === braceClose || byte === bracketClose) {
      if (--depth === 0) return at;
    } else if (byte === undefined) throw new Error('the document is not JSON');
  }
}

/** Behind the closing quote: the first one that an even number of backslashes stands before. */
function skipString(json: Buffer, start: number): number {
  let end = start;
  for (;;) {
    end = json.indexOf(quote, end + 1);
    if (end === -1) throw new Error('the document is not JSON');
    let before = end - 1;
    while (json[before] === backslash) before--;
    if ((end - 1 - before) % 2 === 0) return end + 1;
  }
}

function skipComma(json: Buffer, at: number): number {
  const next = skipSpace(json, at);
  return json[next] === comma ? skipSpace(json, next + 1) : next;
}

function skipSpace(json: Buffer, at: number): number {
  let next = at;
  while (isSpace(json[next])) next++;
  return next;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function endsScalar(byte: number | undefined): boolean {
  return byte === comma || byte === braceClose || byte === bracketClose || isSpace(byte);
}
