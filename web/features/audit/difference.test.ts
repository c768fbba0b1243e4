import { expect, test } from 'vitest';
import { differenceOf } from './difference.ts';

test('members that differ are told by their path', () => {
  const before = { url: 'https://a.example', retry: { delaysMs: [0, 1000], jitter: 0.1 }, enabled: true };
  const after = { url: 'https://b.example', retry: { delaysMs: [0, 2000], jitter: 0.1 }, note: {} };
  expect(differenceOf(before, after)).toEqual([
    { path: 'url', before: '"https://a.example"', after: '"https://b.example"' },
    { path: 'retry.delaysMs', before: '[0,1000]', after: '[0,2000]' },
    { path: 'enabled', before: 'true', after: null },
    { path: 'note', before: null, after: '{}' },
  ]);
});

test('a thing that was made or removed shows all its members', () => {
  expect(differenceOf(null, { name: 'Acme' })).toEqual([{ path: 'name', before: null, after: '"Acme"' }]);
  expect(differenceOf({ name: 'Acme' }, null)).toEqual([{ path: 'name', before: '"Acme"', after: null }]);
  expect(differenceOf(null, null)).toEqual([]);
});

test('names of prototypes are members like others', () => {
  const after = JSON.parse('{"__proto__":{"polluted":1},"constructor":"x"}');
  expect(differenceOf(null, after).map(({ path }) => path)).toEqual(['__proto__.polluted', 'constructor']);
});
