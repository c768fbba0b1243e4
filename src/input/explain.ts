// Validation errors: reports everything that is wrong with a value, by field, each with the rule that it breaks and
// a sentence for people. The walk is slower than the compiled check and runs only on a value that it refused.
import type { FieldProblem, FieldRule } from '#core/fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { isOfType } from './keywords.ts';
import type { Rule } from './rule.ts';

/** More problems than this are not reported. */
export const problemsMax = 100;
/** Names that a client made up are cut to this length in messages. */
const nameLengthMax = 64;

/** All problems of `value`, at most `problemsMax`; empty when it follows the rule. `field` is its own path. */
export function findProblems(rule: Rule, value: JsonValue, field = ''): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  inspect(rule, value, field, (field, rule, message) => {
    if (problems.length < problemsMax) problems.push({ field, message, rule });
  });
  return problems;
}

type Report = (field: string, rule: FieldRule, message: string) => void;

function inspect(rule: Rule, value: JsonValue, field: string, report: Report): void {
  const { types, choices } = rule;
  if (types.length > 0 && !types.some((type) => isOfType(type, value))) {
    report(field, value === null ? 'null' : 'type', `must be ${types.map(nameType).join(' or ')}`);
    return;
  }
  if (choices !== null) {
    if (!choices.includes(value)) report(field, 'choice', `must be one of ${choices.map(String).join(', ')}`);
    return;
  }
  if (rule.anyOf.length > 0) inspectUnion(rule, value, field, report);
  else if (typeof value === 'string') inspectText(rule, value, field, report);
  else if (typeof value === 'number') inspectNumber(rule, value, field, report);
  else if (Array.isArray(value)) inspectList(rule, value, field, report);
  else if (isJsonObject(value)) inspectObject(rule, value, field, report);
}

/** Reports against the alternative that comes closest: one of the right type, with the fewest problems. */
function inspectUnion({ anyOf, problem }: Rule, value: JsonValue, field: string, report: Report): void {
  const found = anyOf.map((alternative) => findProblems(alternative, value, field));
  if (found.some((problems) => problems.length === 0)) return;
  const isFar = ({ field: at, rule }: FieldProblem): boolean =>
    at === field && (rule === 'type' || rule === 'null' || rule === 'choice');
  const [closest] = found.filter((problems) => !problems.some(isFar)).sort((a, b) => a.length - b.length);
  if (problem === null && closest !== undefined) {
    for (const { field: at, rule = 'form', message } of closest) report(at, rule, message);
    return;
  }
  const wanted = new Set(found.flat().map(({ message }) => message.replace(/^must be /, '')));
  report(field, value === null ? 'null' : 'type', problem ?? `must be ${[...wanted].join(' or ')}`);
}

function inspectText({ checkText }: Rule, text: string, field: string, report: Report): void {
  const broken = checkText(text);
  if (broken !== null) report(field, broken.rule, broken.message);
}

function inspectNumber({ minimum, maximum }: Rule, value: number, field: string, report: Report): void {
  if (value < minimum) report(field, 'too_small', `must be at least ${minimum}`);
  else if (value > maximum) report(field, 'too_large', `must be at most ${maximum}`);
}

function inspectList(rule: Rule, list: readonly JsonValue[], field: string, report: Report): void {
  const { minItems, maxItems, items } = rule;
  if (list.length < minItems) report(field, 'too_few', `must have at least ${countEntries(minItems)}`);
  // A list that is too long may have a hundred thousand entries: they are not checked.
  else if (list.length > maxItems) report(field, 'too_many', `must have at most ${countEntries(maxItems)}`);
  else {
    if (items !== null) list.forEach((item, index) => inspect(items, item, `${field}[${index}]`, report));
    if (rule.hasUniqueItems && hasRepeats(list)) report(field, 'form', 'must not have an entry twice');
  }
}

/** True when two entries are equal as JSON, in whatever order their members stand. */
export function hasRepeats(list: readonly JsonValue[]): boolean {
  return new Set(list.map(toKey)).size < list.length;
}

/** The text of a value with the members of its objects in order. */
function toKey(value: JsonValue): string {
  return JSON.stringify(value, (_name, inner: JsonValue) =>
    isJsonObject(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function inspectObject(rule: Rule, object: JsonObject, field: string, report: Report): void {
  const { properties, required, patternProperties, propertyNames, maxProperties, additionalProperties } =
    rule;
  const entries = Object.entries(object);
  if (entries.length > maxProperties) {
    report(field, 'too_many', `must have at most ${maxProperties} members`);
    return;
  }
  const at = (name: string): string => (field === '' ? name : `${field}.${name}`);
  for (const [name, inner] of properties) {
    // Own properties only: every object inherits `constructor`.
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (value !== undefined) inspect(inner, value, at(name), report);
    else if (required.has(name)) report(at(name), 'required', 'is required');
  }
  if (additionalProperties === true && patternProperties.length === 0 && propertyNames === null) return;
  for (const [name, value] of entries) {
    if (propertyNames !== null) inspectText(propertyNames, name, at(shorten(name)), report);
    const matching = patternProperties.filter(([pattern]) => pattern.test(name));
    for (const [, inner] of matching) inspect(inner, value, at(shorten(name)), report);
    if (matching.length > 0 || properties.has(name) || additionalProperties === true) continue;
    if (additionalProperties !== false) inspect(additionalProperties, value, at(shorten(name)), report);
    else {
      const allowed = [...properties.keys()].join(', ');
      report(at(shorten(name)), 'unknown', `is not known here; allowed: ${allowed}`);
    }
  }
}

function shorten(name: string): string {
  return (name.length <= nameLengthMax ? name : `${name.slice(0, nameLengthMax)}…`).toWellFormed();
}

function countEntries(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
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
