// Query and path parameters: text in, typed values out, by a schema or field by field. All problems are reported in
// one fault.
import { Fault, type FieldProblem, type FieldRule } from '#core/fault.ts';
import type { JsonValue } from '#lib/json.ts';
import { problemsMax } from './explain.ts';
import { refuse } from './json.ts';
import type { Rule } from './rule.ts';
import type { Validator } from './schema.ts';

/** Parameters by name; a list for one that is repeated. */
export type Texts = Readonly<Record<string, string | readonly string[]>>;

/**
 * Parameters as a validated object: integers and booleans are converted where the schema has that type alone, other
 * texts stay as they are. Faults `field_invalid` with all problems at once; a repeated parameter is one.
 */
export function readParameters<T>(texts: Texts, validator: Validator<T>): T {
  return toValid(texts, validator, refuse);
}

/** The same for a query string. A `cursor` that breaks its schema was not made here: fault `cursor_invalid`. */
export function readQueryString<T>(query: URLSearchParams, validator: Validator<T>): T {
  const texts = [...new Set(query.keys())].map((name): [string, string | string[]] => {
    const [first = '', ...others] = query.getAll(name);
    return [name, others.length === 0 ? first : [first, ...others]];
  });
  return toValid(Object.fromEntries(texts), validator, (problems) => {
    if (problems.some(({ field, rule }) => field === 'cursor' && rule !== 'too_many')) throw wrongCursor();
    refuse(problems);
  });
}

function toValid<T>(
  texts: Texts,
  validator: Validator<T>,
  refuseAll: (problems: readonly FieldProblem[]) => void,
): T {
  const values: [string, JsonValue][] = [];
  const problems: FieldProblem[] = [];
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text === 'string') values.push([name, convert(validator.rule.properties.get(name), text)]);
    else problems.push({ field: name.slice(0, 64), message: 'must be given only once', rule: 'too_many' });
  }
  const value: JsonValue = Object.fromEntries(values);
  refuseAll([...problems, ...validator.findProblems(value)].slice(0, problemsMax));
  return value as T;
}

/** Reads one query parameter each, by type. A parameter that is not given is undefined. */
export interface QueryFields {
  integer(name: string, bounds: { readonly min: number; readonly max: number }): number | undefined;
  /** An opaque position in a list; faults `cursor_invalid` for what cannot be one. */
  cursor(name: string): string | undefined;
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
    cursor(name) {
      const text = take(name);
      if (text === undefined || (text.length <= cursorLengthMax && /^[\x21-\x7e]+$/.test(text))) return text;
      throw wrongCursor();
    },
  };
}

function wrongCursor(): Fault {
  return new Fault('cursor_invalid', 'The cursor is not one that a list of this server gave.');
}
