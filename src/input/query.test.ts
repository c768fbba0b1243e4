import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { faultOf } from '../../test/support/fault-of.ts';
import { readParameters, readQuery, readQueryString } from './query.ts';
import { compile } from './schema.ts';

const read = (text: string, isStrict = true) =>
  readQuery(new URLSearchParams(text), { isStrict }, (fields) => ({
    limit: fields.integer('limit', { min: 1, max: 10 }),
    cursor: fields.cursor('cursor'),
  }));

test('each kind is read', () => {
  expect(read('limit=10&cursor=x')).toEqual({ limit: 10, cursor: 'x' });
  expect(Object.values(read('')).every((value) => value === undefined)).toBe(true);
});

test.each([
  ['limit=0', 'limit', 'too_small'],
  ['limit=11', 'limit', 'too_large'],
  ['limit=1e1', 'limit', 'type'],
  ['limit=', 'limit', 'type'],
  ['limit=1&limit=2', 'limit', 'too_many'],
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
      cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 9, pattern: '^[a-z]+$' })),
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

test('a query string is read by a schema; all that is wrong is named at once', () => {
  const search = (text: string) => readQueryString(new URLSearchParams(text), parameters);
  expect(search('limit=7&on=true&name=a+b&cursor=x')).toEqual({
    limit: 7,
    on: true,
    name: 'a b',
    cursor: 'x',
  });
  const fields = faultOf(() => search('limit=11&on=1&name=a&name=b&stat=c&__proto__=d')).fields;
  expect(fields.map(({ field }) => field).toSorted()).toEqual(['__proto__', 'limit', 'name', 'on', 'stat']);
});

test.each(['cursor=', 'cursor=%20', 'cursor=abcdefghij', 'cursor=%F0%9F%98%80&limit=0'])(
  '%s is no cursor of a query string',
  (text) => {
    const read = () => readQueryString(new URLSearchParams(text), parameters);
    expect(faultOf(read).code).toBe('cursor_invalid');
  },
);
