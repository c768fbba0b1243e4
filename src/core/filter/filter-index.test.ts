import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#lib/json.ts';
import { anyFilter, anyPayload } from '../../../test/support/filters.ts';
import { FilterIndex } from './filter-index.ts';
import { compileFilter, type Matcher } from './filter.ts';
import type { Subject } from './subject.ts';

const subjectOf = (payload: JsonValue, type = 'b'): Subject => ({
  payload,
  type,
  mode: 'live',
  orderingKey: null,
});

function placesOf(filters: readonly (JsonObject | null)[], subject: Subject): readonly number[] {
  const matchers = filters.map((filter) => (filter === null ? null : compileFilter(filter)));
  return new FilterIndex(matchers).matching(subject);
}

/** One that counts how often it is asked. */
function counted(filter: JsonObject): Matcher & { asked: number } {
  const matcher = compileFilter(filter);
  const self = {
    ...matcher,
    asked: 0,
    matches(subject: Subject) {
      self.asked++;
      return matcher.matches(subject);
    },
  };
  return self;
}

describe('an index of filters', () => {
  test('finds what each of the filters matches by itself', () => {
    const listed = fc.array(fc.option(anyFilter), { maxLength: 20 });
    const aboutEvent = fc.record({ $type: fc.constantFrom('a', 'b') }).map((one): JsonObject => one);
    const both = fc.oneof(listed, fc.array(fc.oneof(anyFilter, aboutEvent), { maxLength: 20 }));
    fc.assert(
      fc.property(both, anyPayload, (filters, payload) => {
        const subject = subjectOf(payload);
        const expected = filters.flatMap((filter, place) =>
          filter === null || compileFilter(filter).matches(subject) ? [place] : [],
        );
        expect(placesOf(filters, subject)).toEqual(expected);
      }),
      { numRuns: 5000 },
    );
  });

  test.each<[JsonValue, readonly number[]]>([
    [{ country: 'DE' }, [0, 1, 3]],
    [{ country: ['FR', 'DE'] }, [0, 2, 3]],
    [{ country: 'AT' }, [1, 3]],
    [{ country: null }, [3]],
    [{ country: { of: 'DE' } }, [3]],
    [{ country: '1' }, [3, 4]],
    [{ country: 1 }, [3, 4]],
    [{}, [3]],
    [[{ country: 'DE' }], [0, 1, 3]],
    ['DE', [3]],
  ])('%j', (payload, places) => {
    const filters = [
      { country: 'DE' },
      { country: { $in: ['AT', 'DE'] } },
      { country: 'FR' },
      null,
      { country: 1 },
    ];
    expect(placesOf(filters, subjectOf(payload))).toEqual(places);
  });

  test('asks only the filters that the event does not exclude', () => {
    const filters = Array.from({ length: 100 }, (_, nth) => counted({ kind: 'order', $type: `type-${nth}` }));
    const ranged = counted({ amount: { $gt: 5 } });
    const index = new FilterIndex([...filters, ranged]);
    expect(index.matching(subjectOf({ kind: 'order', amount: 1 }, 'type-7'))).toEqual([7]);
    expect(filters.reduce((sum, { asked }) => sum + asked, 0)).toBe(1);
    expect(ranged.asked).toBe(1);
  });
});
