import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { entriesFor, expandPrefixes, isSelected } from './event-types.ts';

test.each([
  ['payment', ['payment', '*']],
  ['payment.card.paid', ['payment.card.paid', 'payment.card.*', 'payment.*', '*']],
  ['payment.', ['payment.', '*']],
  ['.paid', ['.paid', '*']],
  ['payment..paid', ['payment..paid', 'payment..*', 'payment.*', '*']],
])('the entries that select %s', (type, entries) => {
  expect(entriesFor(type)).toEqual(entries);
});

test.each([
  ['payment.*', 'payment.paid', true],
  ['payment.*', 'payment.card.paid', true],
  ['payment.card.*', 'payment.card.paid', true],
  ['payment.*', 'payment', false],
  ['payment.*', 'payment.', false],
  ['payment.*', 'payments.paid', false],
  ['payment.card.*', 'payment.paid', false],
  ['*', 'anything', true],
  ['payment.*', 'payment.card.*', true],
  ['payment.card.*', 'payment.*', false],
  ['payment.*', '*', false],
])('%s selects %s: %s', (entry, type, is) => {
  expect(isSelected(['other', entry], type)).toBe(is);
});

test('a prefix selects what begins with it and has more behind the full stop', () => {
  const segments = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(segments, segments, (prefix, type) => {
      const name = type.join('.');
      const isBelow = type.length > prefix.length && prefix.every((one, index) => one === type[index]);
      expect(isSelected([`${prefix.join('.')}.*`], name)).toBe(isBelow);
    }),
  );
});

test('prefixes are replaced by types, other entries stay', () => {
  const types = ['a.x', 'a.y', 'b'];
  expect(expandPrefixes(['b', 'a.*', 'a.x'], types)).toEqual(['b', 'a.x', 'a.y']);
  expect(expandPrefixes(['*', 'a.x'], types)).toEqual(['*', 'a.x']);
});
