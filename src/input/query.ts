// Query and path parameters: text in, typed values out, by a schema or field by field. All problems are reported in
// one fault.
import { Fault, type FieldProblem, type FieldRule } from '#core/fault.ts';
import type { JsonValue } from '#lib/json.ts';
import { parseTime } from '#lib/rfc3339.ts';
import { problemsMax } from './explain.ts';
import { refuse, validate } from './json.ts';
import type { Rule } from './rule.ts';
import type { Validator } from './schema.ts';
import { isStorable } from './text.ts';

/** Parameters by name; a list for one that is repeated. */
export type Texts = Readonly<Record<string, string | readonly string[]>>;

/**
 * Parameters as a validated object: integers and booleans are converted where the schema has that type alone, other
 * texts stay as they are. A repeated parameter is refused.
 */
export function readParameters<T>(texts: Texts, validator: Validator<T>): T {
  const entries = Object.entries(texts);
  refuse(
    entries
      .filter(([, text]) => typeof text !== 'string')
      .map(([name]) => ({ field: name.slice(0, 64), message: 'must be given only once', rule: 'too_many' })),
  );
  const values = entries.map(([name, text]) => [
    name,
    convert(validator.rule.properties.get(name), String(text)),
  ]);
  return validate(Object.fromEntries(values), validator);
}

/** Reads one query parameter each, by type. A parameter that is not given is undefined. */
export interface QueryFields {
  integer(name: string, bounds: { readonly min: number; readonly max: number }): number | undefined;
  boolean(name: string): boolean | undefined;
  /** A non-empty text of at most `lengthMax` UTF-16 code units for which `isValid`, if given, returns true. */
  text(name: string, rule: TextRule): string | undefined;
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined;
  /** RFC 3339 to Unix ms. */
  time(name: string): number | undefined;
  /** An opaque position in a list; faults `cursor_invalid` for what cannot be one. */
  cursor(name: string): string | undefined;
}

interface TextRule {
  readonly lengthMax: number;
  readonly isValid?: (text: string) => boolean;
  /** The message for a text that is not valid: `must be …`. */
  readonly problem?: string;
}

interface QueryOptions {
  /** Refuse parameters that `read` does not read: a mistyped filter would otherwise select everything. */
  readonly isStrict: boolean;
}

/** Runs `read` over the query; faults `field_invalid` with all problems at once. */
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

/** A cursor is made by this server and short. */
const cursorLengthMax = 512;
const integerPattern = /^-?\d{1,15}$/;

function convert(rule: Rule | undefined, text: string): JsonValue {
  const type = rule?.types.length === 1 ? rule.types[0] : undefined;
  if (type === 'integer' && integerPattern.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function createFields(
  take: (name: string) => string | undefined,
  report: (field: string, rule: FieldRule, message: string) => undefined,
): QueryFields {
  return {
    integer(name, { min, max }) {
      const text = take(name);
      if (text === undefined) return undefined;
      const value = integerPattern.test(text) ? Number(text) : Number.NaN;
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
