// The types that are written for a catalogue: by the compiler, each takes the values of its schema and refuses others.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSync } from '@swc/core';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { EventType } from '#contract/event-types.ts';
import type { JsonValue } from '#lib/json.ts';
import { checkTypes } from '../../../test/support/type-check.ts';
import { writeTypesFile } from './types-file.ts';

function typeNamed(name: string, more: Partial<EventType>): EventType {
  const version = 1;
  const times = { createdAt: null, updatedAt: null };
  const content = { groupName: null, description: null, schema: null, examples: [], deprecated: false };
  return { name, dialect: 'standard', version, ...content, ...times, ...more };
}

const write = (types: readonly EventType[], isInferred = false): string =>
  writeTypesFile({ dialect: 'standard', types, body: null, isInferred });

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'carillon-types-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  writeFileSync(join(path, 'package.json'), '{ "type": "module" }');
  return path;
}

/** A schema, values that it has, and values that it has not. */
type Case = readonly [schema: object, right: readonly unknown[], wrong: readonly unknown[]];
const cases: readonly Case[] = [
  [{ type: 'string' }, ['a'], [1, null]],
  [{ type: ['integer', 'null'] }, [1, null], ['1']],
  [{ type: 'boolean' }, [true], ['true']],
  [{ enum: ['a', 1, null, { b: [true] }] }, ['a', 1, null, { b: [true] }], ['b', 2, { b: [false] }]],
  [{ const: "it's" }, ["it's"], ['its']],
  [
    { type: 'object', properties: { id: { type: 'string' }, note: { type: 'string' } }, required: ['id'] },
    [{ id: 'a' }, { id: 'a', note: 'b' }],
    [{}, { id: 1 }, { id: 'a', nott: 'b' }],
  ],
  [{ properties: { a: { type: 'number' } }, required: ['a', 'b'] }, [{ a: 1, b: 'x' }], [{ a: 1 }]],
  [{ properties: { a: { type: 'number' } }, additionalProperties: true }, [{ a: 1, c: 2 }], [{ a: 'x' }]],
  [{ type: 'object', additionalProperties: { type: 'number' } }, [{}, { a: 1 }], [{ a: 'x' }]],
  [{ type: 'object', additionalProperties: false }, [{}], [{ a: 1 }]],
  [{ type: 'array', items: { type: ['string', 'null'] } }, [[], ['a', null]], [[1], 'a']],
  [
    { prefixItems: [{ type: 'string' }, { type: 'number' }], minItems: 1, items: false },
    [['a'], ['a', 1]],
    [[], ['a', 'b'], ['a', 1, 2]],
  ],
  [{ prefixItems: [{ type: 'string' }], items: { type: 'number' } }, [[], ['a', 1, 2]], [['a', 'b']]],
  [
    {
      allOf: [
        { properties: { a: { type: 'string' } }, required: ['a'] },
        { properties: { b: { type: 'number' } } },
      ],
    },
    [{ a: 'x' }, { a: 'x', b: 1 }],
    [{ b: 1 }, { a: 'x', b: 'y' }],
  ],
  [
    {
      type: 'object',
      properties: { kind: { type: 'string' } },
      required: ['kind'],
      oneOf: [
        { properties: { kind: { const: 'card' }, last4: { type: 'string' } }, required: ['last4'] },
        { properties: { kind: { const: 'bank' }, iban: { type: 'string' } }, required: ['iban'] },
      ],
    },
    [
      { kind: 'card', last4: '1' },
      { kind: 'bank', iban: 'x' },
    ],
    [{ kind: 'card' }, { last4: '1' }],
  ],
  [
    {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          properties: {
            next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
            all: { items: { $ref: '#' } },
          },
          required: ['next'],
        },
      },
    },
    [{ next: null }, { next: { next: null }, all: [{ next: null }] }],
    [{}, { next: 1 }, { next: null, all: [1] }],
  ],
  [
    { properties: { a: { $ref: '#money' } }, $defs: { 'a/b~c': { $anchor: 'money', type: 'string' } } },
    [{ a: '1' }],
    [{ a: 1 }],
  ],
  [
    { properties: { a: { $ref: '#/$defs/a~1b~0c' } }, $defs: { 'a/b~c': { type: 'string' } } },
    [{ a: '1' }],
    [{ a: 1 }],
  ],
  // What says nothing, or cannot be written, is unknown.
  [{}, [1, 'a', null], []],
  [{ $ref: '#' }, [1, 'a'], []],
  [
    { anyOf: [{ type: 'null' }, { $ref: '#/$defs/a' }], $defs: { a: { allOf: [{ $ref: '#/$defs/a' }] } } },
    [1],
    [],
  ],
  [{ $ref: 'https://elsewhere.example/schema' }, [1, 'a'], []],
  [{ not: { type: 'string' } }, [1], []],
];

test('each type takes the values of its schema, and refuses others', { timeout: 60_000 }, async () => {
  const path = folder();
  const nameOf = (index: number): string => `case.n${index}`;
  const types = cases.map(([schema], index) =>
    typeNamed(nameOf(index), { schema: schema as EventType['schema'] }),
  );
  writeFileSync(join(path, 'events.ts'), write(types));
  const lines = cases.flatMap(([, right, wrong], index) => {
    const take = (value: unknown): string => `take<'${nameOf(index)}'>(${JSON.stringify(value)});`;
    return [...right.map(take), ...wrong.map((value) => `// @ts-expect-error\n${take(value)}`)];
  });
  const start = `import type { EventTypes } from './events.ts';
declare function take<Name extends keyof EventTypes>(value: EventTypes[Name]): void;\n`;
  writeFileSync(join(path, 'use.ts'), start + lines.join('\n'));
  expect(await checkTypes(path, 'use.ts')).toBe('');
});

test('descriptions are comments, and deprecated types and members are marked', () => {
  const schema = {
    type: 'object',
    properties: {
      amount: { type: 'string', description: 'In the currency.\nNever negative.' },
      old: { type: 'string', deprecated: true },
    },
    required: ['amount'],
  };
  expect(
    write([typeNamed('payment.paid', { description: 'The money is here.', deprecated: true, schema })]),
  ).toBe(
    `// Made by carillon types from the event catalogue of the dialect standard. Do not edit.

/** The payload of each event type, as it is published. */
export interface EventTypes {
  /**
   * The money is here.
   * @deprecated
   */
  'payment.paid': PaymentPaid;
}

export type EventTypeName = keyof EventTypes;

/**
 * The money is here.
 * @deprecated
 */
export type PaymentPaid = {
  /**
   * In the currency.
   * Never negative.
   */
  amount: string;
  /** @deprecated */
  old?: string;
};
`,
  );
});

test(
  'types without a schema are unknown, or have the type of their examples',
  { timeout: 60_000 },
  async () => {
    const examples: JsonValue[] = [
      { id: 1, tags: ['a'], note: null, more: { a: 1 } },
      { id: 2, tags: [], note: 'x' },
    ];
    const type = typeNamed('a', { examples });
    expect(write([type])).toContain('export type A = unknown;');
    expect(write([type], true)).toContain(`export type A = {
  id: number;
  tags: string[];
  note: string | null;
  more?: {
    a: number;
  };
};`);
    expect(write([typeNamed('b', { examples: [{ x: null }] })], true)).toContain('x: unknown;');
  },
);

const hostile = [
  '*/ export const a = 1; /*',
  "'; export default 1; '",
  '`${process.exit()}`',
  '\\',
  "\\'",
  '\u2028export const b = 1;\u2029',
  '\n// @ts-nocheck\n',
  '@ts-ignore',
  '/// <reference path="/etc/passwd" />',
  '\u202e\u200b\u0000\u001b[31m',
  '__proto__',
  'constructor',
  '(',
  '}',
  'EventTypes',
  'unknown',
  '\ud800',
  '',
];
const text = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'binary' }), fc.constantFrom('a', 'b'));
const { schema: schemas } = fc.letrec<{ schema: JsonValue }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.boolean(),
    fc.record({ type: fc.constantFrom('string', 'number', 'null', 'nonsense') }),
    fc.record({ enum: fc.array(fc.oneof(text, fc.jsonValue()), { minLength: 1, maxLength: 3 }) }),
    fc.record({ $ref: fc.oneof(fc.constantFrom('#', '#/$defs/a', '#/$defs/b', '#/items'), text) }),
    fc.record(
      {
        description: text,
        deprecated: fc.boolean(),
        properties: fc.dictionary(text, tie('schema'), { maxKeys: 3 }),
        required: fc.array(text, { maxLength: 2 }),
        additionalProperties: tie('schema'),
        $defs: fc.record({ a: tie('schema'), b: tie('schema') }),
      },
      { requiredKeys: [] },
    ),
    fc.record(
      { items: tie('schema'), prefixItems: fc.array(tie('schema'), { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
    fc.record(
      { anyOf: fc.array(tie('schema'), { maxLength: 2 }), allOf: fc.array(tie('schema'), { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
  ) as fc.Arbitrary<JsonValue>,
}));

test('no name, text or schema leaves its place, and all of it compiles', { timeout: 120_000 }, async () => {
  const path = folder();
  const drawn = fc.sample(fc.record({ name: text, description: text, schema: schemas }), {
    numRuns: 300,
    seed: 11,
  });
  const types = [
    ...hostile.map((one) =>
      typeNamed(one, { description: one, schema: { description: one, properties: { [one]: {} } } }),
    ),
    ...drawn.map(({ name, description, schema }, index) =>
      typeNamed(`${index}${name}`, { description, schema: schema as EventType['schema'] }),
    ),
  ];
  const file = write(types);
  const { body } = parseSync(file, { syntax: 'typescript' });
  const kinds = new Set(
    body.map((item) => (item.type === 'ExportDeclaration' ? item.declaration.type : item.type)),
  );
  expect([...kinds].toSorted()).toEqual(['TsInterfaceDeclaration', 'TsTypeAliasDeclaration']);
  expect(file).not.toMatch(/[^\P{Cc}\n]|[\p{Bidi_Control}\p{Cs}\p{Zl}\p{Zp}]/u);
  const comments = file.split('\n').filter((line) => /^ *(\/\*\*| \*)/.test(line));
  for (const line of comments) expect(line).not.toMatch(/(?<![\w\\])@(?!deprecated( \*\/)?$)\w/);
  writeFileSync(join(path, 'events.ts'), file);
  expect(await checkTypes(path, 'events.ts')).toBe('');
});
