// Content filters, compiled to closures once. An object of conditions asks for all of them; against a list, at least one item
// must fulfil it. The grammar is that of `simple-json-match`, which the tests compare it with.
import type { FieldProblem } from '../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { equals, isScalar, operators } from './operators.ts';
import { aboutEvent, type Given, memberReader, type Subject } from './subject.ts';

/** Why a value does not match. */
export interface Reason {
  /** Such as `customer.country`; empty for the payload as a whole. */
  readonly path: string;
  readonly message: string;
}

/** One evaluation: its subject, and how many items of lists may still be looked at. */
export interface Run {
  readonly subject: Subject;
  itemsLeft: number;
}

export interface Condition {
  readonly test: (value: Given, run: Run) => boolean;
  /** Of a value that does not match, at most a few. */
  readonly explain: (value: Given, run: Run, path: string) => readonly Reason[];
}

/** More items of lists were looked at than one evaluation may. */
export const tooManyItems = new Error('a filter looks at too many items');

/** Where in the filter the compiler is. */
export interface Place {
  /** Names the condition in problems: `filter.amount.$gte`. */
  readonly field: string;
  /** At the root, the event itself can be asked for: `$type`, `$mode`, `$orderingKey`. */
  readonly isRoot: boolean;
  readonly report: (problem: FieldProblem) => void;
}

export function compile(filter: JsonValue, place: Place): Condition {
  if (isScalar(filter)) return scalar(filter);
  if (isJsonObject(filter)) return object(filter, place);
  return eachIn(filter.map((item, index) => compile(item, below(place, `${place.field}[${index}]`))));
}

const below = (place: Place, field: string): Place => ({ ...place, field, isRoot: false });

function leaf(matches: (value: Given) => boolean, wanted: string): Condition {
  return {
    test: matches,
    explain: (value, _run, path) => [{ path, message: `is ${show(value)}; the filter asks for ${wanted}` }],
  };
}

/** A value in the place of a condition: equal to it, or a list that holds it. */
function scalar(wanted: JsonValue): Condition {
  const isEqual = equals(wanted);
  const test: Condition['test'] = (value, run) =>
    Array.isArray(value) ? someItem(value, run, test) : isEqual(value);
  return { ...leaf(isEqual, show(wanted)), test };
}

/** A list in the place of a condition: a list that has an item for each of its conditions. */
function eachIn(conditions: readonly Condition[]): Condition {
  return {
    test: (value, run) => Array.isArray(value) && conditions.every(({ test }) => someItem(value, run, test)),
    explain: (value, _run, path) => [
      {
        path,
        message: Array.isArray(value)
          ? 'lacks an item that the filter asks for'
          : `is ${show(value)}; the filter asks for a list`,
      },
    ],
  };
}

function someItem(items: readonly JsonValue[], run: Run, test: Condition['test']): boolean {
  for (const item of items) {
    if (--run.itemsLeft < 0) throw tooManyItems;
    if (test(item, run)) return true;
  }
  return false;
}

function object(filter: JsonObject, place: Place): Condition {
  const names = Object.keys(filter);
  const report = (message: string): void => place.report({ field: place.field, message });
  if (names.length === 0) report('must have a condition');
  const compared = names.filter((name) => Object.hasOwn(operators, name));
  const isComparison = compared.length > 0;
  if (isComparison && compared.length < names.length) {
    report(`cannot have ${names.find((name) => !compared.includes(name))} beside ${compared[0]}`);
  }
  const members = Object.entries(filter).map(([name, operand]) => member(name, operand, place));
  const all = conjunction(members);
  // `$not` is about a list as a whole, too: none of its items matches.
  return isComparison || names.every((name) => name === '$not') ? all : withItems(all);
}

function member(name: string, operand: JsonValue, place: Place): Condition {
  const field = `${place.field}.${name}`;
  const refuse = (message: string): Condition => {
    place.report({ field, message });
    return never;
  };
  const operator = ownOf(operators, name);
  if (operator !== undefined) {
    const problem = operator.check(operand);
    return problem === null ? leaf(operator.prepare(operand), `${name} ${show(operand)}`) : refuse(problem);
  }
  const combine = ownOf(logical, name);
  if (combine !== undefined)
    return combine(operand, { ...place, field }) ?? refuse('must be a list of conditions');
  if (!name.startsWith('$')) return ofMember(name, compile(operand, below(place, field)));
  const read = ownOf(aboutEvent, name);
  if (read === undefined) return refuse(`is not an operator; there are ${known}`);
  if (!place.isRoot) return refuse('is about the event, and can stand at the top of a filter only');
  const { test, explain } = compile(operand, below(place, field));
  return {
    test: (_value, run) => test(read(run.subject), run),
    explain: (_value, run) => explain(read(run.subject), run, name),
  };
}

const logical: Readonly<Record<string, (operand: JsonValue, place: Place) => Condition | null>> = {
  $and: (operand, place) => fromList(operand, place, conjunction),
  $or: (operand, place) => fromList(operand, place, disjunction),
  $not: (operand, place) => negation(compile(operand, place)),
};

const known = [...Object.keys(operators), ...Object.keys(logical), ...Object.keys(aboutEvent)].join(', ');

function fromList(
  operand: JsonValue,
  place: Place,
  combine: (conditions: readonly Condition[]) => Condition,
): Condition | null {
  if (!Array.isArray(operand) || operand.length === 0) return null;
  const list: readonly JsonValue[] = operand;
  return combine(list.map((item, index) => compile(item, { ...place, field: `${place.field}[${index}]` })));
}

function conjunction(conditions: readonly Condition[]): Condition {
  const [only = never, second] = conditions;
  if (second === undefined) return only;
  return {
    // In pairs: publishing runs this for every filter of a tenant, and each object on the way costs more than the test.
    test: conditions
      .map(({ test }) => test)
      .reduce((first, next) => (value, run) => first(value, run) && next(value, run)),
    explain: (value, run, path) =>
      conditions.flatMap(({ test, explain }) => (test(value, run) ? [] : explain(value, run, path))),
  };
}

function disjunction(conditions: readonly Condition[]): Condition {
  return {
    test: conditions
      .map(({ test }) => test)
      .reduce((first, next) => (value, run) => first(value, run) || next(value, run)),
    explain: (value, run, path) => conditions.flatMap(({ explain }) => explain(value, run, path)),
  };
}

function negation({ test }: Condition): Condition {
  return {
    test: (value, run) => !test(value, run),
    explain: (_value, _run, path) => [{ path, message: 'is what the filter excludes with $not' }],
  };
}

function ofMember(name: string, { test, explain }: Condition): Condition {
  const read = memberReader(name);
  return {
    test: (value, run) => test(read(value), run),
    explain: (value, run, path) => explain(read(value), run, path === '' ? name : `${path}.${name}`),
  };
}

/** Conditions on members: of an object, or of one item of a list. */
function withItems({ test, explain }: Condition): Condition {
  const testAny: Condition['test'] = (value, run) =>
    Array.isArray(value) ? someItem(value, run, testAny) : test(value, run);
  return {
    test: testAny,
    explain: (value, run, path) =>
      Array.isArray(value) ? [{ path, message: 'has no item that matches' }] : explain(value, run, path),
  };
}

const never: Condition = { test: () => false, explain: () => [] };

function ownOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

const shownMax = 100;

function show(value: Given): string {
  if (value === undefined) return 'missing';
  const json = JSON.stringify(value);
  return json.length > shownMax ? `${json.slice(0, shownMax)}…` : json;
}
