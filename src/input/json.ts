// JSON request bodies: bounded nesting, UTF-8, and validation against a compiled schema. Any bytes lead to a value
// or to a `Fault`.
import { Fault, type FieldProblem } from '#core/fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import type { Validator } from './schema.ts';

/** Deeper nesting is refused: code that walks or prints a value recursively must not overflow the stack. */
export const jsonDepthMax = 64;

/** The JSON value of a body. Of a repeated key the last one counts, as in JSON.parse; faults `json_invalid`. */
export function parseJson(bytes: Uint8Array): JsonValue {
  if (bytes.length === 0) throw new Fault('json_invalid', 'The body is empty; JSON is needed.');
  if (isDeeperThan(bytes, jsonDepthMax)) {
    throw new Fault('json_invalid', `The body is nested deeper than ${jsonDepthMax} levels.`);
  }
  try {
    const value: JsonValue = JSON.parse(utf8.decode(bytes));
    return value;
  } catch (cause) {
    throw new Fault('json_invalid', `The body is not valid JSON${placeOf(cause)}.`);
  }
}

export function parseJsonObject(bytes: Uint8Array): JsonObject {
  return toObject(parseJson(bytes));
}

/** The value if it is an object; faults `json_invalid` otherwise. */
export function toObject(value: JsonValue): JsonObject {
  if (isJsonObject(value)) return value;
  throw new Fault('json_invalid', 'The body must be a JSON object.');
}

/** The body, validated; faults `field_invalid` with all problems at once. */
export function readBody<T>(bytes: Uint8Array, validator: Validator<T>): T {
  return validate(parseJsonObject(bytes), validator);
}

/** Like `readBody`; an empty body means `{}`. */
export function readOptionalBody<T>(bytes: Uint8Array, validator: Validator<T>): T {
  return readBody(bytes.length === 0 ? emptyObject : bytes, validator);
}

/** Like `readBody`; an empty body means `{}` where nothing is required. */
export function readJsonBody<T>(bytes: Uint8Array, validator: Validator<T>): T {
  if (bytes.length > 0) return readBody(bytes, validator);
  if (validator.rule.required.size === 0) return validate({}, validator);
  throw new Fault('json_invalid', 'The body is empty; a JSON object is needed.');
}

/** The value if it is valid; faults `field_invalid` with all problems at once. */
export function validate<T>(value: JsonValue, validator: Validator<T>): T {
  if (!validator.isValid(value)) refuse(validator.findProblems(value));
  return value as T;
}

/** Throws one fault for all problems; returns when there are none. */
export function refuse(problems: readonly FieldProblem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const others = problems.length - 1;
  const more = others === 0 ? '' : ` (and ${others} more)`;
  throw new Fault('field_invalid', `${first.field}: ${first.message}${more}`, { fields: problems });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const emptyObject = Buffer.from('{}');

/** True when objects and arrays are nested more than `depthMax` deep. Scans the bytes without parsing them. */
function isDeeperThan(bytes: Uint8Array, depthMax: number): boolean {
  // Most bodies have fewer brackets in total; counting them with indexOf is much faster than a loop over the bytes.
  if (!hasMoreThan(bytes, [0x5b, 0x7b], depthMax)) return false;
  let depth = 0;
  let isInText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isInText) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) isInText = false;
    } else if (byte === 0x22) isInText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > depthMax) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

function hasMoreThan(bytes: Uint8Array, wanted: readonly number[], countMax: number): boolean {
  let count = 0;
  for (const byte of wanted) {
    for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + 1)) {
      if (++count > countMax) return true;
    }
  }
  return false;
}

/** The position of a syntax error. The parser's own message quotes the body, which may hold a secret. */
function placeOf(cause: unknown): string {
  if (cause instanceof TypeError) return ': it is not UTF-8';
  const place = cause instanceof Error ? /position (\d+)/.exec(cause.message) : null;
  return place === null ? '' : ` at position ${place[1]}`;
}
