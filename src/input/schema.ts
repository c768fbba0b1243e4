// Compares a value with a JSON Schema and says everything that is wrong with it, in sentences for people.
// Written here since a caller is told all its mistakes at once, each with its rule, in bounded time, and the
// validators at hand stop at eight, globally, after building a message for each.
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import type { FieldProblem, FieldRule } from '#core/fault.ts';

/** The part of JSON Schema that is understood. `x-problem` says what is wrong where a pattern isn't met. */
export interface Shape {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly 'x-problem'?: string;
}

/** More problems than this are not told. */
export const problemsMax = 100;
/** Names that a client made up are cut to this length when they are told back. */
const nameLengthMax = 64;

/** Everything that is wrong with `value`; empty when it has the shape. */
export function findProblems(shape: Shape, value: JsonValue): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const report: Report = (field, rule, message) => {
    if (problems.length < problemsMax) problems.push({ field, message, rule });
  };
  inspect(shape, value, '', report);
  return problems;
}

type Report = (field: string, rule: FieldRule, message: string) => void;

function inspect(shape: Shape, value: JsonValue, field: string, report: Report): void {
  const types = typesOf(shape);
  if (types.length > 0 && !types.some((type) => isOfType(type, value))) {
    report(field, value === null ? 'null' : 'type', `must be ${types.map(nameType).join(' or ')}`);
    return;
  }
  if (shape.enum !== undefined && !shape.enum.includes(value)) {
    report(field, 'choice', `must be one of ${shape.enum.join(', ')}`);
    return;
  }
  if (typeof value === 'string') inspectText(shape, value, field, report);
  else if (typeof value === 'number') inspectNumber(shape, value, field, report);
  else if (Array.isArray(value)) inspectList(shape, value, field, report);
  else if (isJsonObject(value)) inspectObject(shape, value, field, report);
}

function inspectText(shape: Shape, text: string, field: string, report: Report): void {
  const { minLength = 0, maxLength = Infinity, pattern } = shape;
  if (text.length < minLength) {
    if (text === '') report(field, 'blank', 'must not be empty');
    else report(field, 'form', `must have at least ${minLength} characters`);
  } else if (text.length > maxLength) report(field, 'too_long', `must have at most ${maxLength} characters`);
  else if (!isStorable(text)) report(field, 'form', 'must be well-formed Unicode without NUL');
  else if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) {
    report(field, 'form', shape['x-problem'] ?? `must match ${pattern}`);
  }
}

/** No store keeps lone surrogates or NUL in a text as they are. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function inspectNumber(shape: Shape, value: number, field: string, report: Report): void {
  const { minimum = -Infinity, maximum = Infinity } = shape;
  if (value < minimum) report(field, 'too_small', `must be at least ${minimum}`);
  else if (value > maximum) report(field, 'too_large', `must be at most ${maximum}`);
}

function inspectList(shape: Shape, list: readonly JsonValue[], field: string, report: Report): void {
  const { minItems = 0, maxItems = Infinity, items } = shape;
  if (list.length < minItems) report(field, 'too_few', `must have at least ${countEntries(minItems)}`);
  // The entries of a list that is too long are not looked at: there may be a hundred thousand.
  else if (list.length > maxItems) report(field, 'too_many', `must have at most ${countEntries(maxItems)}`);
  else if (items !== undefined)
    list.forEach((item, index) => inspect(items, item, `${field}[${index}]`, report));
}

function inspectObject(shape: Shape, object: JsonObject, field: string, report: Report): void {
  const { properties = {}, required = [] } = shape;
  const at = (name: string): string => (field === '' ? name : `${field}.${name}`);
  for (const [name, inner] of Object.entries(properties)) {
    // Own properties only: `__proto__` and `constructor` are everywhere.
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (value !== undefined) inspect(inner, value, at(name), report);
    else if (required.includes(name)) report(at(name), 'required', 'is required');
  }
  if (shape.additionalProperties !== false) return;
  const allowed = Object.keys(properties);
  for (const name of Object.keys(object)) {
    if (Object.hasOwn(properties, name)) continue;
    report(at(shorten(name)), 'unknown', `is not known here; allowed: ${allowed.join(', ')}`);
  }
}

function shorten(name: string): string {
  return (name.length <= nameLengthMax ? name : `${name.slice(0, nameLengthMax)}…`).toWellFormed();
}

function countEntries(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}

function typesOf(shape: Shape): readonly string[] {
  if (shape.type === undefined) return [];
  return typeof shape.type === 'string' ? [shape.type] : shape.type;
}

function isOfType(type: string, value: JsonValue): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    case 'integer':
      return Number.isSafeInteger(value);
    default:
      return typeof value === type;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  null: 'null',
  array: 'a list',
  object: 'an object',
  integer: 'a whole number',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
};

function nameType(type: string): string {
  return typeNames[type] ?? type;
}
