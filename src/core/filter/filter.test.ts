import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import type Library from 'simple-json-match';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#lib/json.ts';
import { anyFilter, anyPayload } from '../../../test/support/filters.ts';
import { checkFilter, compileFilter } from './filter.ts';

const library = createRequire(import.meta.url)('simple-json-match') as typeof Library;

const about = { type: 'payment.paid', mode: 'live', orderingKey: 'order-1' };
const subjectOf = (payload: JsonValue) => ({ ...about, payload });

function matches(filter: JsonObject, payload: JsonValue): boolean {
  expect(checkFilter(filter, 'filter')).toEqual([]);
  const matcher = compileFilter(filter);
  const is = matcher.matches(subjectOf(payload));
  expect(matcher.explain(subjectOf(payload)).length > 0).toBe(!is);
  return is;
}

const order = {
  amount: 1050,
  price: '129.90',
  note: null,
  customer: { country: 'DE', tags: ['vip', 'new'] },
  items: [
    { sku: 'a', count: 1 },
    { sku: 'b', count: 3 },
  ],
};

describe('a filter that matches', () => {
  test.each<[string, JsonObject]>([
    ['a number', { amount: 1050 }],
    ['null', { note: null }],
    ['a bound', { amount: { $gte: 1000 } }],
    ['two bounds', { amount: { $gt: 1000, $lt: 1051 } }],
    ['a text as a number', { price: { $gte: 100, $lt: 130 } }],
    ['a nested member', { customer: { country: 'DE' } }],
    ['one of a list', { customer: { country: { $in: ['DE', 'AT'] } } }],
    ['none of a list', { customer: { country: { $nin: ['FR'] } } }],
    ['a part of a text', { price: { $in: '29.' } }],
    ['a beginning and an end', { price: { $startsWith: ['1', '2'], $endsWith: '90' } }],
    ['another value', { amount: { $neq: 1 } }],
    ['a missing member', { refund: { $exist: false } }],
    ['a member that is there', { note: { $exist: true } }],
    ['an item of a list', { customer: { tags: 'vip' } }],
    ['several items of a list', { customer: { tags: ['new', 'vip'] } }],
    ['members of one item', { items: { sku: 'b', count: { $gte: 2 } } }],
    [
      'equal objects in any order',
      {
        items: {
          $eq: [
            { count: 1, sku: 'a' },
            { sku: 'b', count: 3 },
          ],
        },
      },
    ],
    ['an alternative', { $or: [{ amount: 1 }, { customer: { country: 'DE' } }] }],
    ['alternatives of a member', { amount: { $or: [{ $lt: 0 }, { $gt: 1000 }] } }],
    ['all of a list', { $and: [{ amount: { $gt: 0 } }, { amount: { $lt: 2000 } }] }],
    ['a negation', { $not: { amount: 1 } }],
    ['no item that matches', { items: { $not: { sku: 'c' } } }],
    ['the event', { $type: { $startsWith: 'payment.' }, $mode: 'live', $orderingKey: 'order-1' }],
    ['the event in an alternative', { $or: [{ $type: 'x' }, { amount: 1050 }] }],
  ])('%s', (_name, filter) => {
    expect(matches(filter, order)).toBe(true);
    expect(matches({ $not: filter }, order)).toBe(false);
  });
});

describe('a filter that does not match', () => {
  test.each<[string, JsonObject]>([
    ['another kind', { customer: 'DE' }],
    ['a missing member, whatever the operator', { refund: { $neq: 1 } }],
    ['a text that is no number', { customer: { country: { $gt: 0 } } }],
    ['members of two items', { items: { sku: 'a', count: 3 } }],
    ['a list with an item that is lacking', { customer: { tags: ['vip', 'gone'] } }],
    ['what every object inherits', { toString: { $exist: true } }],
    ['null against nothing', { refund: null }],
    ['the number for a list of texts', { amount: { $in: ['1050'] } }],
  ])('%s', (_name, filter) => {
    expect(matches(filter, order)).toBe(false);
  });
});

test('why a payload does not match', () => {
  const filter = {
    amount: { $gte: 2000 },
    customer: { country: 'FR', age: { $lt: 9 } },
    items: { sku: 'c' },
    $type: 'refund.paid',
  };
  expect(compileFilter(filter).explain(subjectOf(order))).toEqual([
    { path: 'amount', message: 'is 1050; the filter asks for $gte 2000' },
    { path: 'customer.country', message: 'is "DE"; the filter asks for "FR"' },
    { path: 'customer.age', message: 'is missing; the filter asks for $lt 9' },
    { path: 'items', message: 'has no item that matches' },
    { path: '$type', message: 'is "payment.paid"; the filter asks for "refund.paid"' },
  ]);
});

describe('what is wrong with a filter', () => {
  const nested = (levels: number): JsonObject => (levels === 1 ? { a: 1 } : { a: nested(levels - 1) });
  test.each<[JsonObject, string, RegExp]>([
    [{}, 'filter', /must have a condition/],
    [{ amount: { $more: 1 } }, 'filter.amount.$more', /is not an operator; there are \$eq/],
    [{ amount: { $gte: true } }, 'filter.amount.$gte', /a number or a text/],
    [{ amount: { $gte: 1, unit: 'EUR' } }, 'filter.amount', /cannot have unit beside \$gte/],
    [{ a: [{ b: { $in: [] } }] }, 'filter.a[0].b.$in', /a list of numbers and texts/],
    [{ a: { $startsWith: [1] } }, 'filter.a.$startsWith', /a text/],
    [{ a: { $exist: 'yes' } }, 'filter.a.$exist', /true or false/],
    [{ $or: { a: 1 } }, 'filter.$or', /a list of conditions/],
    [{ $or: [{ a: 1 }, { b: { $and: [] } }] }, 'filter.$or[1].b.$and', /a list of conditions/],
    [{ a: { $type: 'x' } }, 'filter.a.$type', /at the top/],
    [{ a: 'x'.repeat(8192) }, 'filter', /at most 8192/],
    [nested(17), 'filter', /deeper than 16 levels/],
  ])('%j', (filter, field, message) => {
    expect(checkFilter(filter, 'filter')).toEqual([{ field, message: expect.stringMatching(message) }]);
  });

  test('is told of every place at once', () => {
    expect(checkFilter({ a: { $x: 1 }, b: { $y: 1 } }, 'filter')).toHaveLength(2);
    expect(checkFilter(nested(16), 'filter')).toEqual([]);
  });
});

test('a payload with too many items is let through', () => {
  const items = Array.from({ length: 10_001 }, () => ({ sku: 'a' }));
  const filter = compileFilter({ items: { sku: 'b' } });
  expect(filter.matches(subjectOf({ items: items.slice(1) }))).toBe(false);
  expect(filter.matches(subjectOf({ items }))).toBe(true);
  expect(filter.explain(subjectOf({ items }))).toEqual([]);
  const asksForMore = compileFilter({ items: { sku: 'b' }, order: 'x' });
  expect(asksForMore.matches(subjectOf({ items, order: 'x' }))).toBe(true);
  expect(asksForMore.matches(subjectOf({ items, order: 'y' }))).toBe(false);
  expect(asksForMore.explain(subjectOf({ items, order: 'y' }))).toEqual([
    { path: 'items', message: 'has no item that matches' },
    { path: 'order', message: 'is "y"; the filter asks for "x"' },
  ]);
});

describe('the library of the same grammar', () => {
  test('matches the same objects', () => {
    let matched = 0;
    fc.assert(
      fc.property(anyFilter, anyPayload, (one, subject) => {
        const is = matches(one, subject);
        if (is) matched++;
        expect(is).toBe(library.default(subject, one));
      }),
      { numRuns: 5000 },
    );
    expect(matched).toBeGreaterThan(500);
  });
});
