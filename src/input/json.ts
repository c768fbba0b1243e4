// Reads what a client sent into what it must be, once: JSON bodies and query parameters. Whatever the bytes
// are, the answer is a value or a `Fault`.
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { parseTime } from '#lib/rfc3339.ts';
import type { Static, TSchema } from 'typebox';
import { Fault, type FieldProblem, type FieldRule } from '#core/fault.ts';
import { findProblems, isStorable, problemsMax } from './schema.ts';

/** Deeper nesting is refused: whoever walks or prints a value must not run out of stack. */
export const jsonDepthMax = 64;
/** A cursor is ours and short. */
const cursorLengthMax = 512;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON value of a body. Of a key that stands twice, the last counts, as everywhere. */
export function parseJson(bytes: Uint8Array): JsonValue {
  if (bytes.length === 0) throw new Fault('json_invalid', 'The body is empty; JSON is needed.');
  if (isDeeperThan(bytes, jsonDepthMax)) {
    throw new Fault('json_invalid', `The body is nested deeper than ${jsonDepthMax} levels.`);
  }
  try {
    const value: JsonValue = JSON.parse(utf8.decode(bytes));
    return value;
  } catch (cause) {
    throw new Fault('json_invalid', `The body is not valid JSON${placeOf(cause)}.`);
  }
}

export function parseJsonObject(bytes: Uint8Array): JsonObject {
  const value = parseJson(bytes);
  if (!isJsonObject(value)) throw new Fault('json_invalid', 'The body must be a JSON object.');
  return value;
}

/** The body, checked against its schema. All that is wrong is told at once. */
export function readBody<S extends TSchema>(bytes: Uint8Array, schema: S): Static<S> {
  const body = parseJsonObject(bytes);
  refuse(findProblems(schema, body));
  return body as Static<S>;
}

/** Like `readBody`, where no body at all means `{}`. */
export function readOptionalBody<S extends TSchema>(bytes: Uint8Array, schema: S): Static<S> {
  return readBody(bytes.length === 0 ? emptyObject : bytes, schema);
}

const emptyObject = Buffer.from('{}');

/** Throws one fault for all problems, if there are any. */
export function refuse(problems: readonly FieldProblem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const others = problems.length - 1;
  const more = others === 0 ? '' : ` (and ${others} more)`;
  throw new Fault('field_invalid', `${first.field}: ${first.message}${more}`, { fields: problems });
}

/** Query parameters by kind. Each is undefined when it isn't given. */
export interface QueryFields {
  integer(name: string, bounds: { readonly min: number; readonly max: number }): number | undefined;
  boolean(name: string): boolean | undefined;
  /** A text of at most `lengthMax` characters that `isValid`, if given, says yes to. */
  text(name: string, rule: TextRule): string | undefined;
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined;
  /** RFC 3339 to Unix ms. */
  time(name: string): number | undefined;
  /** An opaque place in a list. */
  cursor(name: string): string | undefined;
}

interface TextRule {
  readonly lengthMax: number;
  readonly isValid?: (text: string) => boolean;
  /** What is wrong when it isn't valid: `must be …`. */
  readonly problem?: string;
}

interface QueryOptions {
  /** Refuse parameters that `read` doesn't ask for: a mistyped filter would otherwise select everything. */
  readonly isStrict: boolean;
}

/** Runs `read` over the query and throws one fault for all that was wrong. */
export function readQuery<T>(
  query: URLSearchParams,
  options: QueryOptions,
  read: (fields: QueryFields) => T,
): T {
  const problems: FieldProblem[] = [];
  const asked = new Set<string>();
  const report = (field: string, rule: FieldRule, message: string): undefined => {
    if (problems.length < problemsMax) problems.push({ field, message, rule });
    return undefined;
  };
  const take = (name: string): string | undefined => {
    asked.add(name);
    const values = query.getAll(name);
    return values.length > 1 ? report(name, 'too_many', 'must be given only once') : values[0];
  };
  const result = read(createFields(take, report));
  if (options.isStrict) {
    for (const name of new Set(query.keys())) {
      if (asked.has(name)) continue;
      const allowed = asked.size === 0 ? 'none' : [...asked].join(', ');
      report(name.slice(0, 64).toWellFormed(), 'unknown', `is not known here; allowed: ${allowed}`);
    }
  }
  refuse(problems);
  return result;
}

function createFields(
  take: (name: string) => string | undefined,
  report: (field: string, rule: FieldRule, message: string) => undefined,
): QueryFields {
  return {
    integer(name, { min, max }) {
      const text = take(name);
      if (text === undefined) return undefined;
      const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= min && value <= max) return value;
      const rule = Number.isNaN(value) ? 'type' : value < min ? 'too_small' : 'too_large';
      return report(name, rule, `must be a whole number from ${min} to ${max}`);
    },
    boolean(name) {
      const text = take(name);
      if (text === undefined) return undefined;
      if (text === 'true' || text === 'false') return text === 'true';
      return report(name, 'type', 'must be true or false');
    },
    text(name, { lengthMax, isValid, problem }) {
      const text = take(name);
      if (text === undefined) return undefined;
      if (text === '') return report(name, 'blank', 'must not be empty');
      if (text.length > lengthMax)
        return report(name, 'too_long', `must have at most ${lengthMax} characters`);
      const isRight = isStorable(text) && (isValid === undefined || isValid(text));
      return isRight ? text : report(name, 'form', problem ?? 'must be well-formed Unicode without NUL');
    },
    choice(name, choices) {
      const text = take(name);
      if (text === undefined) return undefined;
      const found = choices.find((choice) => choice === text);
      return found ?? report(name, 'choice', `must be one of ${choices.join(', ')}`);
    },
    time(name) {
      const text = take(name);
      if (text === undefined) return undefined;
      return (
        parseTime(text) ??
        report(name, 'form', 'must be a time by RFC 3339, such as 2026-01-02T03:04:05.678Z')
      );
    },
    cursor(name) {
      const text = take(name);
      if (text === undefined || (text.length <= cursorLengthMax && /^[\x21-\x7e]+$/.test(text))) return text;
      throw new Fault('cursor_invalid', 'The cursor is not one that a list of this server gave.');
    },
  };
}

/** True when objects and arrays stand inside each other more than `depthMax` deep. Reads bytes, parses nothing. */
function isDeeperThan(bytes: Uint8Array, depthMax: number): boolean {
  // Most bodies have fewer brackets in all, and those are found much faster than each byte is read.
  if (!hasMoreThan(bytes, [0x5b, 0x7b], depthMax)) return false;
  let depth = 0;
  let isInText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isInText) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) isInText = false;
    } else if (byte === 0x22) isInText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > depthMax) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

function hasMoreThan(bytes: Uint8Array, wanted: readonly number[], countMax: number): boolean {
  let count = 0;
  for (const byte of wanted) {
    for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + 1)) {
      if (++count > countMax) return true;
    }
  }
  return false;
}

/** Where the parser stopped. Its own message quotes the body, which may hold a secret. */
function placeOf(cause: unknown): string {
  if (cause instanceof TypeError) return ': it is not UTF-8';
  const place = cause instanceof Error ? /position (\d+)/.exec(cause.message) : null;
  return place === null ? '' : ` at position ${place[1]}`;
}
