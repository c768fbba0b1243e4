// Texts and paths that break servers, and ways to put a value anywhere into a body.
import { isJsonObject, type JsonValue } from '#lib/json.ts';

export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'a\udfffb',
  '__proto__',
  'constructor',
  'toString',
  '\u202eevil\u202c \u200f\u2066',
  '\ufeff',
  'x'.repeat(10_000),
  '😀👨‍👩‍👧‍👦',
  '😀'.repeat(60),
  "'; drop table endpoints; --",
  '%\' or "1"="1',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '%00%ff%2e%2e%2f',
  '\r\nx-injected: 1',
  '\u2028\u2029\u0085',
  '{"a":1}',
  '*',
  '1e999',
];

/** To stand where an id should. */
export const hostileSegments: readonly string[] = [
  '%ff',
  '%00',
  '%2e%2e%2f',
  '%2e%2e',
  '..',
  '.',
  '%2f',
  '%5c..%5c',
  '%',
  '%zz',
  '%c0%ae%c0%ae',
  '%ed%a0%80',
  '%e2%80%ae',
  '%F0%9F%98%80',
  '__proto__',
  'constructor',
  "'or'1'='1",
  '%27%20or%201%3D1--',
  '%3Cscript%3E',
  '{id}',
  '*',
  '%0d%0ax:1',
  'a;b=c',
  '%25%32%65',
  'a'.repeat(300),
  'a'.repeat(10_000),
  '%41'.repeat(400),
];

interface Place {
  readonly path: readonly (string | number)[];
  readonly value: JsonValue;
}

/** Every value inside of `value`. */
export function placesOf(value: JsonValue, path: readonly (string | number)[] = []): readonly Place[] {
  const inner = Array.isArray(value)
    ? value.map((item: JsonValue, index): [number, JsonValue] => [index, item])
    : isJsonObject(value)
      ? Object.entries(value)
      : [];
  return inner.flatMap(([name, item]) => [
    { path: [...path, name], value: item },
    ...placesOf(item, [...path, name]),
  ]);
}

/** A copy with another value at `path`; without the member when the value is undefined. */
export function put(
  whole: JsonValue,
  path: readonly (string | number)[],
  value: JsonValue | undefined,
): JsonValue {
  const copy = structuredClone(whole) as any;
  const last = path.at(-1);
  if (last === undefined) return value ?? null;
  const parent = path.slice(0, -1).reduce((node, name) => node[name], copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy as JsonValue;
}
