// The comparison operators of content filters, as Hookdeck, Outpost and Convoy have them. A value of a kind that an operator
// does not take never matches, and neither does a missing one but for `$exist: false`.
import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '#lib/json.ts';
import type { Given } from './subject.ts';

export interface Operator {
  /** What the operand must be, where it is wrong; null where it is right. */
  readonly check: (operand: JsonValue) => string | null;
  readonly prepare: (operand: JsonValue) => (value: Given) => boolean;
}

export type Scalar = string | number | boolean | null;

export function isScalar(value: Given): value is Scalar {
  return value === null || (typeof value !== 'object' && value !== undefined);
}

/**
 * Scalars of different kinds are compared as numbers, as `==` of JavaScript does: the text "100" is equal to the number 100.
 * A number that a double does not hold is compared as the nearest one.
 */
export function equals(operand: JsonValue): (value: Given) => boolean {
  if (!isScalar(operand)) return (value) => isDeepStrictEqual(value, operand);
  if (operand === null) return (value) => value === null;
  const [kind, number] = [typeof operand, Number(operand)];
  return (value) =>
    value === operand ||
    (isScalar(value) && value !== null && typeof value !== kind && Number(value) === number);
}

export const operators: Readonly<Record<string, Operator>> = {
  $eq: { check: acceptAny, prepare: equals },
  $neq: {
    check: acceptAny,
    prepare(operand) {
      const isEqual = equals(operand);
      return (value) => value !== undefined && !isEqual(value);
    },
  },
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $in: { check: checkIn, prepare: isIn },
  $nin: {
    check: checkIn,
    prepare(operand) {
      const isFound = isIn(operand);
      const takes = typeof operand === 'string' ? isText : isScalar;
      return (value) => takes(value) && !isFound(value);
    },
  },
  $startsWith: affix((text, part) => text.startsWith(part)),
  $endsWith: affix((text, part) => text.endsWith(part)),
  $exist: {
    check: (operand) => (typeof operand === 'boolean' ? null : 'must be true or false'),
    prepare: (operand) => (value) => (value !== undefined) === operand,
  },
};

function acceptAny(): null {
  return null;
}

/** Two texts by their UTF-16 code units, otherwise as numbers: a text that is no number never matches. */
function comparison(accepts: (order: number) => boolean): Operator {
  return {
    check: (operand) => (isOrdered(operand) ? null : 'must be a number or a text'),
    prepare(operand) {
      const wanted = Number(operand);
      return (value) => {
        if (!isOrdered(value)) return false;
        if (typeof value === 'string' && typeof operand === 'string') {
          return accepts(value === operand ? 0 : value < operand ? -1 : 1);
        }
        const order = Number(value) - wanted;
        return accepts(order);
      };
    },
  };
}

function isOrdered(value: Given): value is number | string {
  return typeof value === 'number' || typeof value === 'string';
}

function isText(value: Given): value is string {
  return typeof value === 'string';
}

function checkIn(operand: JsonValue): string | null {
  const isRight =
    isText(operand) || (Array.isArray(operand) && operand.length > 0 && operand.every(isOrdered));
  return isRight ? null : 'must be a list of numbers and texts, or a text that contains the value';
}

/** One of a list, by value and kind; a text that is the operand or has it inside. */
function isIn(operand: JsonValue): (value: Given) => boolean {
  if (isText(operand)) return (value) => isText(value) && value.includes(operand);
  const among: ReadonlySet<unknown> = new Set(Array.isArray(operand) ? operand : []);
  return (value) => among.has(value);
}

function affix(has: (text: string, part: string) => boolean): Operator {
  const partsOf = (operand: JsonValue): readonly JsonValue[] =>
    Array.isArray(operand) ? operand : [operand];
  return {
    check(operand) {
      const parts = partsOf(operand);
      return parts.length > 0 && parts.every(isText) ? null : 'must be a text or a list of texts';
    },
    prepare(operand) {
      const parts = partsOf(operand).filter(isText);
      return (value) => isText(value) && parts.some((part) => has(value, part));
    },
  };
}
