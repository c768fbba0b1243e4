// JSON without loss of precision: a number that JavaScript would change (9007199254740993, 0.1234567890123456789) is
// refused, since a payment platform must deliver the amount that was sent. Bodies of the admin API are read this way.
import { Fault, type FieldProblem } from '#core/fault.ts';
import type { JsonValue } from '#lib/json.ts';
import { problemsMax } from './explain.ts';
import { parseJson, toObject, validate } from './json.ts';
import type { Validator } from './schema.ts';

/**
 * A body, validated; an empty one means `{}` where nothing is required. Faults `json_invalid`, `payload_refused` for
 * an inexact number, and `field_invalid` with all problems at once.
 */
export function readExactBody<T>(bytes: Buffer, validator: Validator<T>): T {
  if (bytes.length > 0) return validate(toObject(parseExactJson(bytes)), validator);
  if (validator.rule.required.size === 0) return validate({}, validator);
  throw new Fault('json_invalid', 'The body is empty; a JSON object is needed.');
}

/** The value of a body; faults `json_invalid`, and `payload_refused` with the path of each inexact number. */
export function parseExactJson(bytes: Buffer): JsonValue {
  const value = parseJson(bytes);
  if (!suspicious.test(bytes.toString('latin1'))) return value;
  const problems = findInexactNumbers(bytes.toString());
  const [first] = problems;
  if (first === undefined) return value;
  throw new Fault('payload_refused', `${first.field}: ${first.message}`, { fields: problems });
}

/**
 * Matches a number with 16 or more characters or an exponent, outside of a string (whose first digit would follow a
 * quote). Shorter numbers are exact: a double keeps 15 decimal digits.
 */
const suspicious = /[:,[\s]-?(?:[\d.]{16,}|[\d.]+[eE])/;

const message = 'is a number that cannot be kept exactly; send it as a string';

/** The slow path: parses again and compares every number with its source text. */
function findInexactNumbers(text: string): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const marked = parseWithSource(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isKept(source, value) ? inexact : value,
  );
  findMarks(marked, '', (field) => {
    if (problems.length < problemsMax) problems.push({ field, message, rule: 'form' });
  });
  return problems;
}

/** Replaces an inexact number in the second parse. */
const inexact = Symbol('inexact');

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
/** Node 24 passes the third argument; the types of es2024 do not have it. */
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** Reports the path of each mark. A reviver does not get the path of its value. */
function findMarks(value: unknown, field: string, report: (field: string) => void): void {
  if (value === inexact) report(field);
  else if (Array.isArray(value))
    value.forEach((item, index) => findMarks(item, `${field}[${index}]`, report));
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      findMarks(inner, field === '' ? shorten(name) : `${field}.${shorten(name)}`, report);
    }
  }
}

function shorten(name: string): string {
  return name.slice(0, 64).toWellFormed();
}

/** True when the number prints as the same decimal that was read, in any notation. */
function isKept(source: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  const before = toDecimal(source);
  const after = toDecimal(String(value));
  return before.digits === after.digits && before.exponent === after.exponent;
}

/**
 * The digits without zeros at either end, and the power of ten of the last one. Loops, because a pattern like `0+$`
 * takes quadratic time on a number of a million digits.
 */
function toDecimal(text: string): { readonly digits: string; readonly exponent: number } {
  const [mantissa = '', power = '0'] = text.replace(/^-/u, '').split(/[eE]/u, 2);
  const [whole = '', fraction = ''] = mantissa.split('.', 2);
  const all = whole + fraction;
  let start = 0;
  while (all[start] === '0') start++;
  let end = all.length;
  while (end > start && all[end - 1] === '0') end--;
  if (start === end) return { digits: '', exponent: 0 };
  return { digits: all.slice(start, end), exponent: Number(power) - fraction.length + (all.length - end) };
}
