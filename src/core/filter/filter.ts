// Content filter of an endpoint: which events it receives, by their payload, type, mode and ordering key.
import type { FieldProblem } from '../fault.ts';
import type { JsonObject } from '#lib/json.ts';
import { compile, type Reason, tooManyItems } from './conditions.ts';
import { type Equality, findEqualities, pathReader } from './equalities.ts';
import type { Subject } from './subject.ts';

const utf8 = new TextDecoder();

/** What a filter looks at of an event. Parses the payload. */
export function subjectOf({ payload, type, mode, orderingKey }: Filtered): Subject {
  return { payload: JSON.parse(utf8.decode(payload)), type, mode, orderingKey };
}

interface Filtered extends Omit<Subject, 'payload' | 'type'> {
  readonly payload: Uint8Array;
  readonly type: string;
}

/** Conditions as JSON: `{"amount":{"$gte":1000}}`. */
export type Filter = JsonObject;

export interface Matcher {
  readonly matches: (subject: Subject) => boolean;
  /** Why a subject does not match; empty for one that does. */
  readonly explain: (subject: Subject) => readonly Reason[];
  /** Each must hold for every subject that matches. */
  readonly equalities: readonly Equality[];
}

/** As JSON in UTF-8. */
const filterBytesMax = 8 * 1024;
const filterDepthMax = 16;
const reasonsMax = 20;
/**
 * Items of lists that one evaluation looks at, some 0.2 ms. A payload with more of them matches, unless an equality is
 * not fulfilled: it is better delivered than lost.
 */
const itemsMax = 10_000;

/** What is wrong with a filter, each with its place; empty for a right one. */
export function checkFilter(filter: Filter, field: string): readonly FieldProblem[] {
  const bytes = Buffer.byteLength(JSON.stringify(filter));
  if (bytes > filterBytesMax) {
    return [{ field, message: `is ${bytes} bytes of JSON; at most ${filterBytesMax} are accepted` }];
  }
  if (depthOf(filter) > filterDepthMax) {
    return [{ field, message: `is nested deeper than ${filterDepthMax} levels` }];
  }
  const problems: FieldProblem[] = [];
  compile(filter, { field, isRoot: true, report: (problem) => problems.push(problem) });
  return problems;
}

/** Compiles a filter that has been checked. */
export function compileFilter(filter: Filter): Matcher {
  const condition = compile(filter, { field: '', isRoot: true, report: () => {} });
  const { test } = condition;
  const equalities = findEqualities(filter);
  const matches = (subject: Subject): boolean => {
    try {
      return test(subject.payload, { subject, itemsLeft: itemsMax });
    } catch (error) {
      if (error === tooManyItems) return equalities.every((one) => admits(one, subject));
      throw error;
    }
  };
  return {
    equalities,
    matches,
    explain(subject) {
      if (matches(subject)) return [];
      return condition.explain(subject.payload, { subject, itemsLeft: Infinity }, '').slice(0, reasonsMax);
    },
  };
}

function admits({ path, keys }: Equality, subject: Subject): boolean {
  const found = pathReader(path)(subject);
  return found === 'several' || (found !== 'missing' && keys.has(found.key));
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
