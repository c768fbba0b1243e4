// What a filter asks to be equal: an event that has another value there cannot match it, whatever else the filter asks for.
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { isScalar, type Scalar } from './operators.ts';
import { aboutEvent, memberReader, type Subject } from './subject.ts';

/** An event matches only if its value at `path` has one of these keys, or is a list or an object. */
export interface Equality {
  /** Names of members from the top, or one of `$type`, `$mode`, `$orderingKey`. */
  readonly path: readonly string[];
  readonly keys: ReadonlySet<Scalar>;
}

/** Of a filter that has been checked. */
export function findEqualities(filter: JsonObject): readonly Equality[] {
  return inObject(filter, []);
}

/** What an event has at a path: a key; `missing`; or `several` where it has lists or objects, which a filter looks into. */
export type Found = { readonly key: Scalar } | 'missing' | 'several';

export function pathReader(path: readonly string[]): (subject: Subject) => Found {
  const [first = ''] = path;
  const about = Object.hasOwn(aboutEvent, first) ? aboutEvent[first] : undefined;
  const readers = path.map(memberReader);
  return (subject) => {
    let value = about === undefined ? subject.payload : about(subject);
    if (about === undefined) {
      for (const read of readers) {
        if (Array.isArray(value)) return 'several';
        value = read(value);
      }
    }
    if (value === undefined) return 'missing';
    return isScalar(value) ? { key: keyOf(value) } : 'several';
  };
}

/** The same for scalars that a filter takes for equal. */
function keyOf(value: Scalar): Scalar {
  if (value === null) return null;
  const number = Number(value);
  return Number.isNaN(number) ? value : number;
}

function inObject(conditions: JsonObject, path: readonly string[]): readonly Equality[] {
  return Object.entries(conditions).flatMap(([name, operand]) => {
    if (name === '$eq') return oneOf([operand], path);
    if (name === '$in') return Array.isArray(operand) ? oneOf(operand, path) : [];
    if (name === '$and') return Array.isArray(operand) ? operand.flatMap((one) => inValue(one, path)) : [];
    const isPlace = !name.startsWith('$') || Object.hasOwn(aboutEvent, name);
    return isPlace ? inValue(operand, [...path, name]) : [];
  });
}

function inValue(condition: JsonValue, path: readonly string[]): readonly Equality[] {
  if (isScalar(condition)) return oneOf([condition], path);
  return isJsonObject(condition) ? inObject(condition, path) : [];
}

function oneOf(values: readonly JsonValue[], path: readonly string[]): readonly Equality[] {
  if (path.length === 0 || !values.every(isScalar)) return [];
  return [{ path, keys: new Set(values.map(keyOf)) }];
}
