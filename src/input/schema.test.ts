import type { JsonValue } from '#lib/json.ts';
import { expect, test } from 'vitest';
import { findProblems, problemsMax, type Shape } from './schema.ts';

const shape: Shape = {
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
    kind: { type: 'string', enum: ['a', 'b'] },
    note: { type: ['string', 'null'], pattern: '^x' },
    on: { type: 'boolean' },
    tags: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string' } },
    deep: { type: 'object', properties: { list: { type: 'array', items: { type: 'number' } } } },
    any: {},
  },
};

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
  [{ name: 'ok', kind: 'c' }, 'kind|choice|must be one of a, b'],
  [{ name: 'ok', note: 1 }, 'note|type|must be a string or null'],
  [{ name: 'ok', note: 'y' }, 'note|form|must match ^x'],
  [{ name: 'ok', on: 'true' }, 'on|type|must be true or false'],
  [{ name: 'ok', tags: [] }, 'tags|too_few|must have at least 1 entry'],
  [{ name: 'ok', tags: [1, 2, 3] }, 'tags|too_many|must have at most 2 entries'],
  [{ name: 'ok', tags: ['a', '\0'] }, 'tags[1]|form|must be well-formed Unicode without NUL'],
  [{ name: 'ok', deep: { list: [1, 'a'] } }, 'deep.list[1]|type|must be a number'],
  [{ name: 'ok', deep: [] }, 'deep|type|must be an object'],
  [[], '|type|must be an object'],
  [null, '|null|must be an object'],
])('%j: %s', (value, expected) => {
  const told = findProblems(shape, value).map(({ field, rule, message }) => `${field}|${rule}|${message}`);
  expect(told).toEqual([expected]);
});

test('what is right has no problem', () => {
  const value = {
    name: 'ok',
    size: 3,
    kind: 'b',
    note: null,
    on: false,
    tags: ['x'],
    deep: { other: 1 },
    any: [],
  };
  expect(findProblems(shape, value)).toEqual([]);
});

test('unknown names are told with what is allowed, shortened and well-formed', () => {
  const value: JsonValue = JSON.parse(
    `{"name":"ok","__proto__":1,"constructor":2,"${'\u{1f600}'.repeat(99)}":3}`,
  );
  const problems = findProblems(shape, value);
  expect(problems.map(({ rule }) => rule)).toEqual(['unknown', 'unknown', 'unknown']);
  expect(problems[0]?.field).toBe('__proto__');
  expect(problems[0]?.message).toBe(
    'is not known here; allowed: name, size, kind, note, on, tags, deep, any',
  );
  expect(problems[2]?.field).toBe(`${'\u{1f600}'.repeat(32)}…`);
});

test('no name of Object.prototype counts as given', () => {
  const strict: Shape = { type: 'object', properties: { constructor: {} }, required: ['constructor'] };
  expect(findProblems(strict, {}).map(({ rule }) => rule)).toEqual(['required']);
});

test('problems are bounded', () => {
  const value = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, 0]));
  expect(findProblems(shape, value)).toHaveLength(problemsMax);
});
