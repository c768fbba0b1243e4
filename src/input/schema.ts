// JSON Schema validation: a schema is read at start, and compiled to code for its first value, since compiling all took a third of
// a second of each start. A valid value costs one call of that code; an invalid one is walked again, since the compiler's own
// error list ends at eight problems.
import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/schema';
import type { FieldProblem } from '#core/fault.ts';
import type { JsonValue } from '#lib/json.ts';
import { findProblems, hasRepeats } from './explain.ts';
import { parseRule, type Rule } from './rule.ts';

/** A compiled schema; `T` is the type of its valid values. */
export interface Validator<T> {
  readonly rule: Rule;
  readonly isValid: (value: unknown) => value is T;
  /** All problems of a value, at most a hundred; empty for a valid one. */
  readonly findProblems: (value: JsonValue) => readonly FieldProblem[];
}

/** Throws an error with `name` for a keyword or a format that is not known, so call it at start. */
export function compile<S extends TSchema>(name: string, schema: S): Validator<Static<S>> {
  const rule = parseRule(name, schema);
  let compiled: { Check(value: unknown): boolean } | null = null;
  const isValid = (value: unknown): value is Static<S> =>
    (compiled ??= Compile(toCheckedSchema(rule))).Check(value);
  return {
    rule,
    isValid,
    findProblems: (value) => {
      if (isValid(value)) return noProblems;
      const problems = findProblems(rule, value);
      if (problems.length === 0)
        throw new Error(`schema ${name}: a value is refused, and nothing is wrong with it`);
      return problems;
    },
  };
}

const noProblems: readonly FieldProblem[] = [];

/** The rule as the schema that is compiled: of the keywords, those that the compiler reads as the rule does. */
function toCheckedSchema(rule: Rule): TSchema {
  const { types, choices, anyOf } = rule;
  if (choices !== null) return Type.Unsafe({ ...typeOf(types), enum: [...choices] });
  if (anyOf.length > 0) return Type.Unsafe({ anyOf: anyOf.map(toCheckedSchema) });
  const can = (type: string): boolean => types.length === 0 || types.includes(type);
  const schema = Type.Unsafe<unknown>({
    ...typeOf(types),
    ...(can('number') || can('integer') ? boundsOf(rule) : {}),
    ...(can('array') ? listKeywords(rule) : {}),
    ...(can('object') ? objectKeywords(rule) : {}),
  });
  return can('string') || rule.hasUniqueItems ? Type.Refine(schema, createRefinement(rule)) : schema;
}

function typeOf(types: readonly string[]): object {
  if (types.length === 0) return {};
  return { type: types.length === 1 ? types[0] : [...types] };
}

/** An integer outside of the safe ones may not be the one that was written. */
function boundsOf({ types, minimum, maximum }: Rule): object {
  const isInteger = types.includes('integer') && !types.includes('number');
  const least = isInteger ? Math.max(minimum, Number.MIN_SAFE_INTEGER) : minimum;
  const most = isInteger ? Math.min(maximum, Number.MAX_SAFE_INTEGER) : maximum;
  return {
    ...(least === -Infinity ? {} : { minimum: least }),
    ...(most === Infinity ? {} : { maximum: most }),
  };
}

function listKeywords({ items, minItems, maxItems }: Rule): object {
  return {
    ...(items === null ? {} : { items: toCheckedSchema(items) }),
    ...(minItems === 0 ? {} : { minItems }),
    ...(maxItems === Infinity ? {} : { maxItems }),
  };
}

function objectKeywords(rule: Rule): object {
  const { properties, required, patternProperties, propertyNames, maxProperties, additionalProperties } =
    rule;
  const named = (entries: Iterable<readonly [string, Rule]>): object =>
    Object.fromEntries([...entries].map(([name, inner]) => [name, toCheckedSchema(inner)]));
  return {
    ...(properties.size === 0 ? {} : { properties: named(properties) }),
    ...(required.size === 0 ? {} : { required: [...required] }),
    ...(patternProperties.length === 0
      ? {}
      : { patternProperties: named(patternProperties.map(([{ source }, inner]) => [source, inner])) }),
    ...(propertyNames === null ? {} : { propertyNames: toCheckedSchema(propertyNames) }),
    ...(maxProperties === Infinity ? {} : { maxProperties }),
    ...(additionalProperties === true
      ? {}
      : { additionalProperties: additionalProperties && toCheckedSchema(additionalProperties) }),
  };
}

/**
 * What the compiler reads otherwise or not at all: it counts characters where our limits are UTF-16 code units,
 * takes any Unicode, and compares list entries by a hash that a client could find collisions of.
 */
function createRefinement({ checkText, hasUniqueItems }: Rule): (value: unknown) => boolean {
  return (value) => {
    if (typeof value === 'string') return checkText(value) === null;
    return !hasUniqueItems || !Array.isArray(value) || !hasRepeats(value);
  };
}
