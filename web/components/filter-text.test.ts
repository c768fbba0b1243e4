import { expect, test } from 'vitest';
import { complete, completionsOf, type FilterDefinition, readFilters } from './filter-text.ts';

const definitions: readonly FilterDefinition[] = [
  { name: 'state', values: ['pending', 'exhausted'] },
  { name: 'since', values: ['1h', '15m'], check: (value) => (value === 'never' ? 'must be a time' : null) },
  { name: 'type', values: [] },
];

test.each([
  ['state:exhausted since:2h', { state: 'exhausted', since: '2h' }],
  ['  type:a:b ', { type: 'a:b' }],
  ['since:never', 'since: must be a time'],
  ['colour:red', 'Write name:value, with one of state, since, type.'],
  ['__proto__:x', 'Write name:value, with one of state, since, type.'],
  ['', 'Write name:value, with one of state, since, type.'],
])('%j is read as %j', (text, expected) => {
  expect(readFilters(text, definitions)).toEqual(expected);
});

test.each([
  ['', ['state:', 'since:', 'type:']],
  ['s', ['state:', 'since:']],
  ['state:', ['state:pending', 'state:exhausted']],
  ['state:e', ['state:exhausted']],
  ['state:exhausted', []],
  ['state:exhausted ', ['since:', 'type:']],
  ['state:exhausted since:1', ['since:1h', 'since:15m']],
  ['type:x', []],
])('%j becomes one of %j', (text, expected) => {
  expect(completionsOf(text, definitions)).toEqual(expected);
});

test('a name waits for its value, and a value for the next filter', () => {
  expect(complete('state:exhausted si', 'since:')).toBe('state:exhausted since:');
  expect(complete('state:exhausted since:1', 'since:1h')).toBe('state:exhausted since:1h ');
});
