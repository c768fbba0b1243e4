import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText } from '../../test/support/json-text.ts';
import { canonicalJson, documentSpan, itemSpans, memberSpans, type Span } from './json-source.ts';

const textOf = (json: Buffer, { start, end }: Span): string => json.toString('utf8', start, end);

/** The value as JSON.parse gives it, put together from the spans of its parts. */
function parseBySpans(json: Buffer, span: Span): unknown {
  const text = textOf(json, span);
  if (text.startsWith('[')) return itemSpans(json, span).map((item) => parseBySpans(json, item));
  if (!text.startsWith('{')) return JSON.parse(text);
  const object: Record<string, unknown> = {};
  for (const [name, member] of memberSpans(json, span)) {
    Object.defineProperty(object, name, {
      value: parseBySpans(json, member),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

test('the spans of any document are those of its values', () => {
  fc.assert(
    fc.property(jsonText, fc.constantFrom('', ' ', '\n\t'), (text, space) => {
      const json = Buffer.from(`${space}${text}${space}`);
      expect(textOf(json, documentSpan(json))).toBe(text);
      expect(parseBySpans(json, documentSpan(json))).toEqual(JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test('the source of a member is what was written, without the space around it', () => {
  const json = Buffer.from(
    '{ "a" : 1.50 ,"pay\\u006coad":{"b":1, "b":-0, "10":"\\u00fc\\/"} , "payload" :\t[ 1e21 ]\n}',
  );
  const members = memberSpans(json, documentSpan(json));
  expect([...members].map(([name, span]) => [name, textOf(json, span)])).toEqual([
    ['a', '1.50'],
    ['payload', '[ 1e21 ]'],
  ]);
});

test.each([
  ['{"b":1, "a":[1 ,2]}', '{"a":[1,2],"b":1}', true],
  ['{"a":"\\u00fc\\/"}', '{"a":"ü/"}', true],
  ['{"a":2,"a":1}', '{"a":1}', true],
  ['[1,2]', '[2,1]', false],
  ['{"a":10.50}', '{"a":10.5}', false],
  ['{"a":9007199254740993}', '{"a":9007199254740992}', false],
  ['{"a":"1"}', '{"a":1}', false],
])('%s and %s are the same: %s', (a, b, isSame) => {
  expect(canonicalJson(Buffer.from(a)) === canonicalJson(Buffer.from(b))).toBe(isSame);
});

test('the canonical form of any document means the same, and does not change any more', () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      const canonical = canonicalJson(Buffer.from(text));
      expect(JSON.parse(canonical)).toEqual(JSON.parse(text));
      expect(canonicalJson(Buffer.from(canonical))).toBe(canonical);
    }),
  );
});
