// Headers of a request, from flags or from a file: as text, as a JSON object, or as the beginning of a raw request.
import { InvalidArgumentError } from 'commander';
import { isJsonObject } from '#lib/json.ts';
import { exitCodes, Failure } from './failure.ts';

type Header = readonly [name: string, value: string];

/** `name: value`. Repeated flags become one list. */
export function readHeader(text: string, previous: readonly Header[] | undefined): Header[] {
  const header = parseLine(text);
  if (header === null) throw new InvalidArgumentError('It must be "name: value".');
  return [...(previous ?? []), header];
}

/** Throws `Failure` when the text holds no headers. */
export function readHeaders(text: string, place: string): readonly Header[] {
  const headers = text.trimStart().startsWith('{') ? fromJson(text) : fromLines(text);
  if (headers.length > 0) return headers;
  const hint = 'write one "name: value" per line, or a JSON object of texts';
  throw new Failure(`${place} holds no headers`, { hint, exitCode: exitCodes.usage });
}

/** By names in lower case. */
export function toMap(headers: readonly Header[]): ReadonlyMap<string, string> {
  return new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
}

function fromJson(text: string): readonly Header[] {
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) return [];
    return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  } catch {
    return [];
  }
}

/** Until an empty line, where a body begins. The first line of a request and the `> ` of curl are skipped. */
function fromLines(text: string): readonly Header[] {
  const [head = ''] = text.split(/\r?\n\r?\n/, 1);
  return head
    .split(/\r?\n/)
    .map((line) => parseLine(line.replace(/^[<>] /, '')))
    .filter((header) => header !== null);
}

function parseLine(line: string): Header | null {
  const [, name, value] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:(.*)$/.exec(line) ?? [];
  return name === undefined || value === undefined ? null : [name, value.trim()];
}
