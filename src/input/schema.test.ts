import * as fc from 'fast-check';
import { type TSchema, Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { dialects } from '#dialects/index.ts';
import type { JsonValue } from '#lib/json.ts';
import { contractSchemas } from '../../test/support/contract-check.ts';
import { mutantsOf, validValues } from '../../test/support/schema-values.ts';
import { findProblems, problemsMax } from './explain.ts';
import type { Schema } from './keywords.ts';
import { compile } from './schema.ts';

const schema: Schema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: {
      type: 'string',
      minLength: 2,
      maxLength: 5,
      pattern: '^[a-z]+$',
      'x-problem': 'must be lower case',
    },
    size: { type: 'integer', minimum: 1, maximum: 9 },
    rate: { type: 'number' },
    kind: { type: 'string', enum: ['a', 'b'] },
    note: { type: ['string', 'null'], pattern: '^x' },
    on: { type: 'boolean' },
    tags: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string' } },
    kinds: { type: 'array', uniqueItems: true },
    deep: { type: 'object', properties: { list: { type: 'array', items: { type: 'number' } } } },
    labels: Type.Record(Type.String(), Type.String()),
    ids: { type: 'object', patternProperties: { '^id_': { type: 'string' } }, additionalProperties: false },
    codes: {
      type: 'object',
      propertyNames: { type: 'string', maxLength: 3, pattern: '^[a-z]*$' },
      maxProperties: 2,
    },
    version: Type.Literal(2),
    level: Type.Union([Type.Literal('low'), Type.Literal('high')]),
    amount: Type.Union([Type.Number({ minimum: 0 }), Type.String({ minLength: 1 }), Type.Null()]),
    target: Type.Union([
      Type.Object({ kind: Type.Literal('url'), url: Type.String() }),
      Type.Object({ kind: Type.Literal('queue'), queue: Type.String(), region: Type.String() }),
    ]),
    since: { type: 'string', format: 'date-time' },
    link: { type: 'string', format: 'uri' },
    key: { type: 'string', format: 'uuid' },
    any: {},
  },
};
const validator = compile('test', schema);

test.each<[JsonValue, string]>([
  [{}, 'name|required|is required'],
  [{ name: '' }, 'name|blank|must not be empty'],
  [{ name: 'a' }, 'name|form|must have at least 2 characters'],
  [{ name: 'abcdef' }, 'name|too_long|must have at most 5 characters'],
  [{ name: 'ABC' }, 'name|form|must be lower case'],
  [{ name: null }, 'name|null|must be a string'],
  [{ name: 7 }, 'name|type|must be a string'],
  [{ name: 'ok', size: 0 }, 'size|too_small|must be at least 1'],
  [{ name: 'ok', size: 10 }, 'size|too_large|must be at most 9'],
  [{ name: 'ok', size: 1.5 }, 'size|type|must be a whole number'],
  [{ name: 'ok', size: Infinity }, 'size|type|must be a whole number'],
  [{ name: 'ok', rate: Infinity }, 'rate|type|must be a number'],
  [{ name: 'ok', kind: 'c' }, 'kind|choice|must be one of a, b'],
  [{ name: 'ok', note: 1 }, 'note|type|must be a string or null'],
  [{ name: 'ok', note: 'y' }, 'note|form|must match ^x'],
  [{ name: 'ok', on: 'true' }, 'on|type|must be true or false'],
  [{ name: 'ok', tags: [] }, 'tags|too_few|must have at least 1 entry'],
  [{ name: 'ok', tags: [1, 2, 3] }, 'tags|too_many|must have at most 2 entries'],
  [{ name: 'ok', tags: ['a', '\0'] }, 'tags[1]|form|must be well-formed Unicode without NUL'],
  [{ name: 'ok', codes: { abcd: 1 } }, 'codes.abcd|too_long|must have at most 3 characters'],
  [{ name: 'ok', codes: { a: 1, B: 2 } }, 'codes.B|form|must match ^[a-z]*$'],
  [{ name: 'ok', codes: { a: 1, b: 2, c: 3 } }, 'codes|too_many|must have at most 2 members'],
  [{ name: 'ok', kinds: 42 }, 'kinds|type|must be a list'],
  [{ name: 'ok', kinds: [1, 2, 1] }, 'kinds|form|must not have an entry twice'],
  [
    {
      name: 'ok',
      kinds: [
        { a: 1, b: [] },
        { b: [], a: 1 },
      ],
    },
    'kinds|form|must not have an entry twice',
  ],
  [{ name: 'ok', deep: { list: [1, 'a'] } }, 'deep.list[1]|type|must be a number'],
  [{ name: 'ok', deep: [] }, 'deep|type|must be an object'],
  [{ name: 'ok', labels: { a: 'x', b: 7 } }, 'labels.b|type|must be a string'],
  [{ name: 'ok', labels: { 'a\nb': 7 } }, 'labels.a\nb|type|must be a string'],
  [{ name: 'ok', labels: { a: '\0' } }, 'labels.a|form|must be well-formed Unicode without NUL'],
  [{ name: 'ok', ids: { id_a: 1 } }, 'ids.id_a|type|must be a string'],
  [{ name: 'ok', ids: { a: 'x' } }, 'ids.a|unknown|is not known here; allowed: '],
  [{ name: 'ok', version: 3 }, 'version|choice|must be one of 2'],
  [{ name: 'ok', level: 'middle' }, 'level|choice|must be one of low, high'],
  [{ name: 'ok', level: 42 }, 'level|choice|must be one of low, high'],
  [{ name: 'ok', amount: [] }, 'amount|type|must be a number or a string or null'],
  [{ name: 'ok', amount: -1 }, 'amount|too_small|must be at least 0'],
  [{ name: 'ok', amount: '' }, 'amount|blank|must not be empty'],
  [{ name: 'ok', target: null }, 'target|null|must be an object'],
  [{ name: 'ok', target: { kind: 'url' } }, 'target.url|required|is required'],
  [{ name: 'ok', target: { kind: 'queue', queue: 'q' } }, 'target.region|required|is required'],
  [{ name: 'ok', since: '2026-02-30T00:00:00Z' }, 'since|form|must be a time that exists'],
  [{ name: 'ok', link: '/hooks' }, 'link|form|must be an absolute URL, such as https://example.com/'],
  [{ name: 'ok', key: 'abc' }, 'key|form|must be a UUID'],
  [{ name: 'ok', any: '\ud800' }, 'any|form|must be well-formed Unicode without NUL'],
  [[], '|type|must be an object'],
  [null, '|null|must be an object'],
])('%j: %s', (value, expected) => {
  const problems = validator.findProblems(value);
  expect(problems.map(({ field, rule, message }) => `${field}|${rule}|${message}`)).toEqual([expected]);
});

test('a valid value has no problem', () => {
  const value = {
    name: 'ok',
    size: 3,
    rate: 0.5,
    kind: 'b',
    note: null,
    on: false,
    tags: ['x'],
    kinds: [1, '1', [1], { a: 1 }, { a: '1' }, {}, [], [['a', 1]]],
    deep: { other: 1 },
    labels: { a: 'x', constructor: 'y' },
    ids: { id_a: 'x' },
    version: 2,
    level: 'low',
    amount: null,
    target: { kind: 'queue', queue: 'q', region: 'r' },
    since: '2026-01-02T03:04:05+01:00',
    link: 'https://example.com',
    key: '019b7da1-6af0-7110-9b5c-4d20a4c9b3f2',
    any: [],
  };
  expect(validator.findProblems(value)).toEqual([]);
  expect(validator.isValid(value)).toBe(true);
});

test('all problems are reported at once', () => {
  const value = { name: 7, size: 0, since: 'x', labels: { a: 1 }, extra: 1 };
  expect(validator.findProblems(value).map(({ field }) => field)).toEqual([
    'name',
    'size',
    'labels.a',
    'since',
    'extra',
  ]);
});

test('unknown names are reported with the allowed ones, shortened and well-formed', () => {
  const narrow = compile(
    'narrow',
    Type.Object({ a: Type.Null(), b: Type.Null() }, { additionalProperties: false }),
  );
  const value: JsonValue = JSON.parse(
    `{"a":null,"b":null,"__proto__":1,"constructor":2,"${'\u{1f600}'.repeat(99)}":3}`,
  );
  const problems = narrow.findProblems(value);
  expect(problems.map(({ rule }) => rule)).toEqual(['unknown', 'unknown', 'unknown']);
  expect(problems[0]).toMatchObject({ field: '__proto__', message: 'is not known here; allowed: a, b' });
  expect(problems[2]?.field).toBe(`${'\u{1f600}'.repeat(32)}…`);
});

test('an inherited name does not count as given', () => {
  const strict = { type: 'object', properties: { constructor: {} }, required: ['constructor'] };
  expect(compile('strict', strict).findProblems({})).toMatchObject([
    { field: 'constructor', rule: 'required' },
  ]);
});

test('problems are bounded', () => {
  const value = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, 0]));
  expect(validator.findProblems(value)).toHaveLength(problemsMax);
});

describe('a schema that cannot be checked in full does not compile', () => {
  const text = { type: 'string' };
  test.each<[string, object]>([
    ['schema s: the keyword multipleOf is not known', { type: 'integer', multipleOf: 2 }],
    ['schema s: the keyword toString is not known', { toString: 1 }],
    [
      'schema s/a/items: the keyword not is not known',
      Type.Object({ a: Type.Array(Type.Unsafe({ not: {} })) }),
    ],
    ['schema s: format cannot be "email"', { type: 'string', format: 'email' }],
    ['schema s: format cannot be "int64"', { type: 'string', format: 'int64' }],
    ['schema s: format cannot be "uuid"', { type: 'integer', format: 'uuid' }],
    ['schema s: type cannot be "text"', { type: 'text' }],
    ['schema s: items cannot be [{"type":"string"}]', { type: 'array', items: [text] }],
    ['schema s: maxLength cannot be "5"', { type: 'string', maxLength: '5' }],
    ['schema s: maxLength needs the type string', { maxLength: 5 }],
    ['schema s: minimum needs the type number or integer', { type: 'string', minimum: 1 }],
    ['schema s: enum cannot be [{}]', { enum: [{}] }],
    ['schema s: 7 is not of the type string', { type: 'string', enum: ['a', 7] }],
    ['schema s: pattern cannot stand beside enum', { type: 'string', pattern: 'a', enum: ['a'] }],
    ['schema s: enum cannot stand beside const', { const: 'a', enum: ['a'] }],
    ['schema s: type cannot stand beside anyOf', { type: 'string', anyOf: [text] }],
    ['schema s: a is required and not among the properties', { type: 'object', required: ['a'] }],
    ['schema s: every object inherits toString', Type.Object({ toString: Type.Any() })],
    ['schema s: the keyword $ref is not known', { $ref: 'Text#' }],
  ])('%s', (message, broken) => {
    expect(() => compile('s', broken)).toThrow(new Error(message));
  });
});

const schemas: readonly (readonly [string, TSchema])[] = [
  ['every keyword', schema],
  ...contractSchemas,
  ...dialects.flatMap(({ name, operations }) =>
    operations.flatMap(({ method, path, docs }) => [
      ...(docs.body === undefined
        ? []
        : [[`${name} ${method} ${path} body`, withoutNot(docs.body)] as const]),
      ...(docs.query === undefined ? [] : [[`${name} ${method} ${path} query`, docs.query] as const]),
    ]),
  ),
];

/** `not` is for the document alone: a dialect checks in code what it says, and the fixtures show that it does. */
function withoutNot(schema: object): object {
  return JSON.parse(
    JSON.stringify(schema, (keyword, value: unknown) => (keyword === 'not' ? undefined : value)),
  );
}

describe.each(schemas)('%s', (name, schema) => {
  const validator = compile(name, schema);

  test('a valid value passes; with one field made invalid it is refused by the name of the field', () => {
    fc.assert(
      fc.property(validValues(schema), (value) => {
        expect(validator.findProblems(value)).toEqual([]);
        for (const mutant of mutantsOf(schema, value)) {
          expect(validator.isValid(mutant.value), `${mutant.what} of ${mutant.field}`).toBe(false);
          const fields = validator.findProblems(mutant.value).map(({ field }) => field);
          // A long name is shortened in a problem.
          const field = mutant.field.replace(/([^.]{64})[^.]+$/, '$1…');
          expect(fields, `${mutant.what} of ${mutant.field}`).toContain(field);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('the compiled check and the explanation agree on any value', () => {
    const agree = (value: JsonValue): void => {
      expect(findProblems(validator.rule, value).length === 0).toBe(validator.isValid(value));
    };
    fc.assert(
      fc.property(fc.jsonValue() as fc.Arbitrary<JsonValue>, validValues(schema), (any, valid) => {
        agree(any);
        agree(valid);
        for (const { value } of mutantsOf(schema, valid)) agree(value);
      }),
      { numRuns: 10 },
    );
  });
});
