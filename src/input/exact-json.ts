// Bodies of the admin API: JSON whose numbers are what the client wrote. JavaScript would silently change
// 9007199254740993 or 0.1234567890123456789, and a payment platform must not: such a number is refused.
import { Fault, type FieldProblem } from '#core/fault.ts';
import { parseJson } from './json.ts';
import { problemsMax } from './schema.ts';
import type { JsonValue } from '#lib/json.ts';

/** The value of a body; faults `json_invalid`, and `payload_refused` for a number that would change. */
export function parseExactJson(bytes: Buffer): JsonValue {
  const value = parseJson(bytes);
  if (!suspicious.test(bytes.toString('latin1'))) return value;
  const problems = findInexactNumbers(bytes.toString());
  const [first] = problems;
  if (first === undefined) return value;
  throw new Fault('payload_refused', `${first.field}: ${first.message}`, { fields: problems });
}

/**
 * A number outside of a text (a quote would stand before its first digit) with 16 or more characters or an
 * exponent. Shorter ones are exact: a double keeps 15 decimal digits.
 */
const suspicious = /[:,[\s]-?(?:[\d.]{16,}|[\d.]+[eE])/;

const message = 'is a number that cannot be kept exactly; send it as a string';

/** The second, slow look: every number with the text that it was written as. */
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

/** Stands where a number was that would change. */
const inexact = Symbol('inexact');

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
/** The third argument of a reviver is in Node 24, not yet in the types of es2024. */
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** A reviver knows no path, so the marks are looked for afterwards. */
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

/** True when the number prints as the same decimal that was read, in whatever notation. */
function isKept(source: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  const before = toDecimal(source);
  const after = toDecimal(String(value));
  return before.digits === after.digits && before.exponent === after.exponent;
}

/**
 * The digits without zeros at either end, and the power of ten of the last one. Loops, since a pattern like
 * `0+$` takes quadratic time on a number of a million digits.
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
