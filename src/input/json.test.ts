import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { faultOf } from '../../test/support/fault-of.ts';
import { jsonDepthMax, parseJson, readBody, readOptionalBody } from './json.ts';
import { compile } from './schema.ts';

const validator = compile('test', Type.Object({ name: Type.String(), size: Type.Optional(Type.Integer()) }));

function nested(depth: number): Uint8Array {
  return Buffer.from('['.repeat(depth) + ']'.repeat(depth));
}

test('brackets inside of strings do not count as nesting', () => {
  expect(parseJson(Buffer.from(' {"a":"[[[{{{\\"[\\\\"} '))).toEqual({ a: '[[[{{{"[\\' });
  expect(parseJson(Buffer.from('\ufeff[1]'))).toEqual([1]);
});

test('nesting is bounded', () => {
  expect(parseJson(nested(jsonDepthMax))).toBeInstanceOf(Array);
  expect(faultOf(() => parseJson(nested(jsonDepthMax + 1))).message).toContain('nested deeper');
});

test.each(['', '{', '{"a":}', 'nul', '\u0000', '{"secret":"whsec_1" "x"}'])('%j is not JSON', (text) => {
  const fault = faultOf(() => parseJson(Buffer.from(text)));
  expect(fault.code).toBe('json_invalid');
  // The parser's own message quotes the body; ours must not, and neither must its cause.
  expect(fault.message).not.toContain('whsec_1');
  expect(fault.cause).toBeUndefined();
});

test('bytes that are not UTF-8 are not JSON', () => {
  expect(faultOf(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).message).toContain('not UTF-8');
});

test('a body is an object, with all its problems reported at once', () => {
  expect(readBody(Buffer.from('{"name":"a"}'), validator)).toEqual({ name: 'a' });
  expect(faultOf(() => readBody(Buffer.from('[]'), validator)).code).toBe('json_invalid');
  const fault = faultOf(() => readBody(Buffer.from('{"name":1,"size":"x"}'), validator));
  expect(fault.code).toBe('field_invalid');
  expect(fault.message).toBe('name: must be a string (and 1 more)');
  expect(fault.fields.map(({ field }) => field)).toEqual(['name', 'size']);
});

test('of a repeated key the last one counts', () => {
  expect(readBody(Buffer.from('{"name":1,"name":"a"}'), validator)).toEqual({ name: 'a' });
});

test('an optional body may be empty, but not null', () => {
  const loose = compile('loose', Type.Object({ size: Type.Optional(Type.Integer()) }));
  expect(readOptionalBody(new Uint8Array(), loose)).toEqual({});
  expect(faultOf(() => readOptionalBody(Buffer.from('null'), loose)).code).toBe('json_invalid');
});
