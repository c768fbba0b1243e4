import * as fc from 'fast-check';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { faultOf as faultFrom } from '../../test/support/fault-of.ts';
import { parseExactJson, readExactBody } from './exact-json.ts';
import { compile } from './schema.ts';

const parse = (text: string) => parseExactJson(Buffer.from(text));

const faultOf = (text: string) => faultFrom(() => parse(text));

test.each([
  ['9007199254740993', 'beyond 2^53'],
  ['-9007199254740993', 'beyond -2^53'],
  ['1e400', 'infinite'],
  ['-1E400', 'infinite'],
  ['1e-400', 'vanishes'],
  ['0.1234567890123456789', 'more digits than a double keeps'],
  ['12345678.123456789012', 'many digits on both sides'],
  ['1152921504606846976', 'a power of two, which prints otherwise'],
  [`1${'0'.repeat(200_000)}1`, 'long'],
])('%#: a number that would change is refused (%s)', (number) => {
  const { code, fields } = faultOf(`{"payload":{"a":[1,{"b c":${number}}]}}`);
  expect(code).toBe('payload_refused');
  expect(fields).toEqual([
    {
      field: 'payload.a[1].b c',
      message: 'is a number that cannot be kept exactly; send it as a string',
      rule: 'form',
    },
  ]);
});

test.each([
  '9007199254740992',
  '9007199254740991',
  '-0',
  '0.0',
  '0e5',
  '1.0',
  '1e21',
  '1000000000000000000000',
  '100e-2',
  '0.1',
  '0.10000000000000000',
  '0.30000000000000004',
  '1.7976931348623157e308',
  '5e-324',
  '000'.slice(2),
])('%s is exact', (number) => {
  expect(parse(`{"n": ${number}}`)).toEqual({ n: Number(number) });
});

test('digits inside a text are not numbers', () => {
  const value = { a: 'x: 9007199254740993, 1e400', b: '9007199254740993' };
  expect(parse(JSON.stringify(value))).toEqual(value);
});

test('every number that JavaScript prints is exact, in arrays and objects, with and without space', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 2), (value, space) => {
      expect(parse(JSON.stringify({ value }, null, space))).toEqual({
        value: JSON.parse(JSON.stringify(value)),
      });
    }),
  );
});

test('all inexact numbers are reported, up to a hundred', () => {
  const { fields } = faultOf(`[${Array.from({ length: 1000 }, () => '1e999').join()}]`);
  expect(fields).toHaveLength(100);
  expect(fields[99]?.field).toBe('[99]');
});

test('__proto__ is a key like any other', () => {
  const value = parse('{"__proto__":{"polluted":1},"n":1000000000000000000000}');
  expect(Object.keys(value as object)).toEqual(['__proto__', 'n']);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test('nesting is bounded, with and without suspicious numbers', () => {
  const deep = `${'['.repeat(200_000)}1e400${']'.repeat(200_000)}`;
  expect(faultOf(deep)).toMatchObject({ code: 'json_invalid', message: expect.stringContaining('nested') });
});

test('a syntax error is reported by its position, without a quote from the body', () => {
  const fault = faultOf('{"secret": "s3cret" oops}');
  expect(fault.message).toMatch(/position 20/);
  expect(fault.message).not.toMatch(/s3cret|oops/);
  expect(() => parseExactJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow(/UTF-8/);
});

test('a body is validated; an empty one is valid where nothing is required', () => {
  const optional = compile('optional', Type.Object({ size: Type.Optional(Type.Integer()) }));
  const required = compile('required', Type.Object({ size: Type.Integer() }));
  const none = Buffer.alloc(0);
  expect(readExactBody(none, optional)).toEqual({});
  expect(readExactBody(Buffer.from('{"size":1}'), required)).toEqual({ size: 1 });
  expect(faultFrom(() => readExactBody(none, required)).code).toBe('json_invalid');
  expect(faultFrom(() => readExactBody(Buffer.from('[]'), optional)).code).toBe('json_invalid');
  expect(faultFrom(() => readExactBody(Buffer.from('{}'), required)).fields).toMatchObject([
    { field: 'size' },
  ]);
});
