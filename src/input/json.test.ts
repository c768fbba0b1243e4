import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { Fault } from '#core/fault.ts';
import { jsonDepthMax, parseJson, readBody, readOptionalBody, readQuery } from './json.ts';

const schema = Type.Object({ name: Type.String(), size: Type.Optional(Type.Integer()) });

function faultOf(run: () => unknown): Fault {
  try {
    run();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  return expect.fail('should have been refused');
}

function nested(depth: number): Uint8Array {
  return Buffer.from('['.repeat(depth) + ']'.repeat(depth));
}

const read = (text: string, isStrict = true) =>
  readQuery(new URLSearchParams(text), { isStrict }, (fields) => ({
    limit: fields.integer('limit', { min: 1, max: 10 }),
    on: fields.boolean('on'),
    name: fields.text('name', { lengthMax: 3 }),
    state: fields.choice('state', ['a', 'b']),
    since: fields.time('since'),
    cursor: fields.cursor('cursor'),
  }));

describe('bodies', () => {
  test('a value is read, whatever stands around and inside its texts', () => {
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

  test('a body is an object, with all its problems told at once', () => {
    expect(readBody(Buffer.from('{"name":"a"}'), schema)).toEqual({ name: 'a' });
    expect(faultOf(() => readBody(Buffer.from('[]'), schema)).code).toBe('json_invalid');
    const fault = faultOf(() => readBody(Buffer.from('{"name":1,"size":"x"}'), schema));
    expect(fault.code).toBe('field_invalid');
    expect(fault.message).toBe('name: must be a string (and 1 more)');
    expect(fault.fields.map(({ field }) => field)).toEqual(['name', 'size']);
  });

  test('of a key that stands twice, the last counts', () => {
    expect(readBody(Buffer.from('{"name":1,"name":"a"}'), schema)).toEqual({ name: 'a' });
  });

  test('an optional body may be missing, not empty of JSON', () => {
    const loose = Type.Object({ size: Type.Optional(Type.Integer()) });
    expect(readOptionalBody(new Uint8Array(), loose)).toEqual({});
    expect(faultOf(() => readOptionalBody(Buffer.from('null'), loose)).code).toBe('json_invalid');
  });
});

describe('queries', () => {
  test('each kind is read', () => {
    expect(read('limit=10&on=true&name=abc&state=b&since=1970-01-01T00:00:01Z&cursor=x')).toEqual({
      limit: 10,
      on: true,
      name: 'abc',
      state: 'b',
      since: 1000,
      cursor: 'x',
    });
    expect(Object.values(read('')).every((value) => value === undefined)).toBe(true);
  });

  test.each([
    ['limit=0', 'limit', 'too_small'],
    ['limit=11', 'limit', 'too_large'],
    ['limit=1e1', 'limit', 'type'],
    ['limit=', 'limit', 'type'],
    ['limit=1&limit=2', 'limit', 'too_many'],
    ['on=1', 'on', 'type'],
    ['name=', 'name', 'blank'],
    ['name=abcd', 'name', 'too_long'],
    ['name=%00', 'name', 'form'],
    ['state=c', 'state', 'choice'],
    ['since=1', 'since', 'form'],
    ['stat=a', 'stat', 'unknown'],
  ])('%s is refused', (text, field, rule) => {
    expect(faultOf(() => read(text)).fields).toMatchObject([{ field, rule }]);
  });

  test('unknown parameters pass where the dialect lets them', () => {
    expect(read('time=1', false).limit).toBeUndefined();
  });

  test.each(['cursor=', 'cursor=%20', `cursor=${'x'.repeat(513)}`, 'cursor=%F0%9F%98%80'])('%s', (text) => {
    expect(faultOf(() => read(text)).code).toBe('cursor_invalid');
  });
});
