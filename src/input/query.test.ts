import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { faultOf } from '../../test/support/fault-of.ts';
import { readParameters, readQuery } from './query.ts';
import { compile } from './schema.ts';

const read = (text: string, isStrict = true) =>
  readQuery(new URLSearchParams(text), { isStrict }, (fields) => ({
    limit: fields.integer('limit', { min: 1, max: 10 }),
    on: fields.boolean('on'),
    name: fields.text('name', { lengthMax: 3 }),
    state: fields.choice('state', ['a', 'b']),
    since: fields.time('since'),
    cursor: fields.cursor('cursor'),
  }));

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

test('unknown parameters are ignored where the dialect is not strict', () => {
  expect(read('time=1', false).limit).toBeUndefined();
});

test.each(['cursor=', 'cursor=%20', `cursor=${'x'.repeat(513)}`, 'cursor=%F0%9F%98%80'])('%s', (text) => {
  expect(faultOf(() => read(text)).code).toBe('cursor_invalid');
});

const parameters = compile(
  'parameters',
  Type.Object(
    {
      limit: Type.Optional(Type.Integer({ maximum: 10 })),
      on: Type.Optional(Type.Boolean()),
      name: Type.Optional(Type.String()),
      since: Type.Optional(Type.String({ format: 'date-time' })),
    },
    { additionalProperties: false },
  ),
);

test('parameters get the types of their schema', () => {
  const texts = { limit: '-7', on: 'false', name: '12', since: '1970-01-01T00:00:01Z' };
  expect(readParameters(texts, parameters)).toEqual({ ...texts, limit: -7, on: false });
  expect(readParameters({}, parameters)).toEqual({});
});

test.each([
  [{ limit: '11' }, 'limit', 'too_large'],
  [{ limit: '1e1' }, 'limit', 'type'],
  [{ limit: '' }, 'limit', 'type'],
  [{ limit: ['1', '2'] }, 'limit', 'too_many'],
  [{ on: '1' }, 'on', 'type'],
  [{ name: '\0' }, 'name', 'form'],
  [{ since: '2026-02-30T00:00:00Z' }, 'since', 'form'],
  [{ nmae: 'a' }, 'nmae', 'unknown'],
])('the parameters %j are refused', (texts, field, rule) => {
  expect(faultOf(() => readParameters(texts, parameters)).fields).toMatchObject([{ field, rule }]);
});
