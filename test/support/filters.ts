// Any filters and payloads, with so few names and values that a good part of them match.
import * as fc from 'fast-check';
import type { JsonObject, JsonValue } from '#lib/json.ts';

const key = fc.constantFrom('a', 'b', 'c');
const scalar = fc.oneof(
  fc.integer({ min: -2, max: 12 }),
  fc.constantFrom('', '1', '10', 'ab', 'abc', 'b', '1.5'),
  fc.boolean(),
  fc.constant(null),
);
const { payload } = fc.letrec<{ payload: JsonValue }>((tie) => ({
  payload: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('payload'), { maxLength: 3 }),
    fc.dictionary(key, tie('payload'), { maxKeys: 3 }),
  ),
}));
const ordered = fc.oneof(fc.integer({ min: -2, max: 12 }), fc.constantFrom('1', 'ab', 'b'));
const part = fc.constantFrom('a', 'ab', 'b', '1');
const operands = {
  $eq: scalar,
  $neq: scalar,
  $gt: ordered,
  $gte: ordered,
  $lt: ordered,
  $lte: ordered,
  $in: fc.oneof(fc.array(ordered, { minLength: 1, maxLength: 3 }), part),
  $nin: fc.oneof(fc.array(ordered, { minLength: 1, maxLength: 3 }), part),
  $startsWith: fc.oneof(part, fc.array(part, { minLength: 1, maxLength: 2 })),
  $endsWith: fc.oneof(part, fc.array(part, { minLength: 1, maxLength: 2 })),
  $exist: fc.boolean(),
};
const comparison = fc
  .record(operands, { requiredKeys: [] })
  .filter((one) => Object.keys(one).length > 0)
  .map((one) => one as JsonObject);
/**
 * What both read alike. The library does not take null as an alternative, tells the order of members in `$eq`, and
 * knows `$and` and `$not` at the top and in alternatives there only.
 */
const { filter } = fc.letrec<{ filter: JsonObject; members: JsonObject; condition: JsonValue }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    scalar,
    comparison,
    tie('members'),
    fc.array(fc.oneof(scalar, tie('members')), { minLength: 1, maxLength: 2 }),
  ),
  members: fc.dictionary(key, tie('condition'), { minKeys: 1, maxKeys: 2 }).map((one) => one as JsonObject),
  filter: fc.oneof(
    { maxDepth: 3 },
    tie('members'),
    fc.record({ $or: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ $and: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ $not: tie('filter') }),
    fc.tuple(tie('members'), tie('filter')).map(([members, one]): JsonObject => ({ ...members, $not: one })),
  ),
}));

export const anyFilter = filter;

export const anyPayload = fc.dictionary(key, payload, { minKeys: 1 });
