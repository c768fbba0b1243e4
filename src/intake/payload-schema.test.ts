import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#lib/json.ts';
import { compilePayloadSchema } from './payload-schema.ts';

function problems(schema: JsonObject, payload: JsonValue): string[] {
  const bytes = JSON.stringify(payload).length;
  const found = compilePayloadSchema(schema).findProblems(payload, bytes, 'payload');
  return found.map(({ field, message }) => `${field} ${message}`);
}

const refusalOf = (schema: JsonObject): string => {
  try {
    compilePayloadSchema(schema);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
};

describe('draft 2020-12 is read fully', () => {
  const money = { $defs: { money: { type: 'integer' } }, properties: { a: { $ref: '#/$defs/money' } } };
  const tree = {
    $id: 'https://example.com/tree',
    $dynamicAnchor: 'node',
    required: ['v'],
    properties: { children: { items: { $dynamicRef: '#node' } } },
  };
  test.each<[string, JsonObject, JsonValue, JsonValue]>([
    ['$ref and $defs', money, { a: 1 }, { a: 'x' }],
    ['$anchor', { $defs: { a: { $anchor: 'n', type: 'integer' } }, $ref: '#n' }, 1, 'x'],
    ['$id within', { $id: 'https://e.example/a', $defs: { b: { $id: 'b', const: 1 } }, $ref: 'b' }, 1, 2],
    ['$dynamicRef', tree, { v: 1, children: [{ v: 2 }] }, { v: 1, children: [{}] }],
    ['prefixItems', { prefixItems: [{ type: 'integer' }], items: false }, [1], [1, 2]],
    [
      'unevaluatedProperties',
      { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      { a: 1 },
      { b: 1 },
    ],
    ['unevaluatedItems', { anyOf: [{ prefixItems: [true] }], unevaluatedItems: false }, ['a'], ['a', 1]],
    ['dependentRequired', { dependentRequired: { a: ['b'] } }, { a: 1, b: 1 }, { a: 1 }],
    ['dependentSchemas', { dependentSchemas: { a: { required: ['b'] } } }, {}, { a: 1 }],
    ['minContains', { contains: { const: 1 }, minContains: 2 }, [1, 1], [1, 2]],
    ['maxContains', { contains: { const: 1 }, maxContains: 1 }, [1, 2], [1, 1]],
    ['if and else', { if: { const: 1 }, else: { type: 'string' } }, 1, 2],
    ['propertyNames', { propertyNames: { pattern: '^a' } }, { ab: 1 }, { b: 1 }],
    ['patternProperties', { patternProperties: { '^n_': { type: 'number' } } }, { n_1: 1 }, { n_1: 'x' }],
    [
      'uniqueItems',
      { uniqueItems: true },
      [{ a: 1, b: 2 }, { a: 1 }],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ],
    ['multipleOf', { multipleOf: 0.01 }, 19.99, 19.995],
    ['format', { format: 'date-time' }, '2026-01-02T03:04:05Z', '2026-02-30T00:00:00Z'],
    ['format uuid', { format: 'uuid' }, '0190a5b2-7b0c-7e7e-8f00-000000000000', 'x'],
    ['maxLength in characters', { maxLength: 1 }, '😀', 'ab'],
    ['an unknown keyword is an annotation', { 'x-mine': 1, type: 'string' }, 'a', 1],
    [
      'a member named like one that every object has',
      { properties: { constructor: { type: 'string' } } },
      {},
      { constructor: 1 },
    ],
    ['data that looks like a reference', { const: { $ref: 'x' } }, { $ref: 'x' }, { $ref: 'x', a: 1 }],
    [
      'a member named const',
      { ...money, properties: { const: { properties: money.properties } } },
      { const: { a: 1 } },
      { const: { a: 'x' } },
    ],
  ])('%s', (_name, schema, right, wrong) => {
    expect(problems(schema, right)).toEqual([]);
    expect(problems(schema, wrong)).not.toEqual([]);
  });
});

test('problems have the path of each place, and are bounded', () => {
  const schema = {
    type: 'object',
    required: ['id'],
    properties: {
      items: { type: 'array', items: { properties: { amount: { type: 'string' }, 'a.b/c': { enum: [1] } } } },
    },
    additionalProperties: false,
  };
  expect(problems(schema, { items: [{ amount: 1 }, { 'a.b/c': 2 }], more: 1 })).toEqual([
    'payload.id is required',
    'payload.more is not allowed',
    'payload.items[0].amount must be string',
    'payload.items[1].a.b/c must be one of [1]',
  ]);
  const many = { items: Array.from({ length: 100 }, () => ({ amount: 1 })) };
  expect(problems(schema, many)).toHaveLength(20);
});

test.each<[string, JsonObject, string]>([
  ['another draft', { $schema: 'http://json-schema.org/draft-07/schema#' }, 'must be of draft 2020-12'],
  ['a wrong keyword', { type: 'text' }, 'is no JSON Schema: schema.type'],
  [
    'a schema elsewhere',
    { $ref: 'https://example.com/schema.json' },
    "can't resolve reference https://example.com",
  ],
  ['a file', { $ref: 'file:///etc/passwd' }, "can't resolve reference"],
  ['a missing definition', { $ref: '#/$defs/none' }, "can't resolve reference"],
  ['look-around', { pattern: '(?=a)b' }, 'invalid or unsupported Perl syntax'],
  ['a back-reference', { patternProperties: { '(a)\\1': true } }, 'invalid escape sequence'],
  ['a huge repetition', { pattern: '((a{100}){100}){100}' }, 'invalid repeat count'],
  [
    'what is read otherwise than the draft says',
    { contains: { type: 'string' }, unevaluatedItems: false },
    'must not have both contains and unevaluatedItems',
  ],
  ['asynchronous validation', { $async: true }, 'must not have $async'],
  ['too many bytes', { description: 'x'.repeat(70_000) }, 'at most 65536'],
])('%s is refused', (_name, schema, message) => {
  expect(refusalOf(schema)).toContain(message);
});

test('nesting has a bound', () => {
  let schema: JsonObject = {};
  for (let depth = 0; depth < 40; depth++) schema = { items: schema };
  expect(refusalOf(schema)).toContain('nested deeper than 32');
});

describe('what would run for long does not', () => {
  test('regular expressions', () => {
    const text = 'a'.repeat(200_000);
    expect(problems({ pattern: '^(a+)+$' }, `${text}!`)).toHaveLength(1);
    expect(problems({ pattern: '^([a-z0-9]+[-_]?)*$' }, `${text}!`)).toHaveLength(1);
    expect(problems({ format: 'email' }, `${text}@`)).toHaveLength(1);
  });

  test('alternatives that double at each level', () => {
    const doubling = {
      anyOf: [{ items: { $ref: '#/$defs/a' } }, { items: { $ref: '#/$defs/a' } }],
      not: { const: 1 },
    };
    let payload: JsonValue = 1;
    for (let depth = 0; depth < 40; depth++) payload = [payload];
    expect(problems({ $defs: { a: doubling }, $ref: '#/$defs/a' }, payload)[0]).toContain(
      'too many references',
    );
    const ladder = Object.fromEntries(
      Array.from({ length: 29 }, (_, step) => {
        const next = { $ref: `#/$defs/s${step + 1}` };
        return [`s${step}`, { anyOf: [next, next] }];
      }),
    );
    const schema = { $defs: { ...ladder, s29: false }, $ref: '#/$defs/s0' };
    expect(problems(schema as JsonObject, 1)[0]).toContain('too many references');
  });

  test('references in a circle', () => {
    expect(problems({ $ref: '#' }, 1)[0]).toContain('too many references');
    expect(problems({ allOf: [{ $ref: '#' }] }, 'x'.repeat(250_000))[0]).toContain('too many references');
  });

  test('unique items', () => {
    const list = Array.from({ length: 30_000 }, (_, index) => ({ index }));
    expect(problems({ uniqueItems: true }, list)).toEqual([]);
  });

  test('a reference for each entry is no problem', () => {
    const schema = { $defs: { n: { type: 'integer' } }, items: { $ref: '#/$defs/n' } };
    expect(
      problems(
        schema,
        Array.from({ length: 100_000 }, () => 1),
      ),
    ).toEqual([]);
  });
});
