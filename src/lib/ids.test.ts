import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createIdSource, firstIdAt, idAfter, idMs, idToUuid, isId, uuidToId } from './ids.ts';
import { systemRandom } from './random.ts';

test('ids are well formed, carry their time and become UUIDv7', () => {
  const id = createIdSource(systemRandom).next('evt', 1_767_322_245_123);
  expect(isId('evt', id)).toBe(true);
  expect(isId('dlv', id)).toBe(false);
  expect(idMs(id)).toBe(1_767_322_245_123);
  expect(idToUuid(id)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(parseInt(idToUuid(id).replaceAll('-', '').slice(0, 12), 16)).toBe(1_767_322_245_123);
});

test('ids rise strictly, also when the clock stands still or steps back', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 41 }), { minLength: 2, maxLength: 200 }), (times) => {
      const source = createIdSource(systemRandom);
      const ids = times.map((now) => source.next('x', now));
      expect(ids.toSorted()).toEqual(ids);
      expect(new Set(ids).size).toBe(ids.length);
    }),
  );
});

test('a UUID and its id are two spellings of the same bits', () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      const id = uuidToId('ep', uuid.toUpperCase());
      expect(id).not.toBeNull();
      expect(idToUuid(id ?? '')).toBe(uuid);
    }),
  );
  expect(uuidToId('ep', 'not-a-uuid')).toBeNull();
});

test('the first id of a millisecond is a lower bound for all of it', () => {
  const source = createIdSource(systemRandom);
  const id = source.next('dlv', 5_000);
  expect(firstIdAt('dlv', 5_000) <= id).toBe(true);
  expect(id < firstIdAt('dlv', 5_001)).toBe(true);
});

test('the ids of a reserved range are well formed, rise, and are its own', () => {
  const source = createIdSource(systemRandom);
  const before = source.next('dlv', 5_000);
  const { first, last } = source.reserve('dlv', 5_000, 20_000);
  const after = source.next('dlv', 5_000);
  const ids = Array.from({ length: 20_000 }, (_, count) => idAfter(first, count));
  expect(ids.every((id) => isId('dlv', id) && idMs(id) === 5_000)).toBe(true);
  expect([before, ...ids, last, after].toSorted()).toEqual([before, ...ids, last, after]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids[0]).toBe(first);
});

test('an id of another time is well formed, and one beside an id has only ids of its counter in between', () => {
  const source = createIdSource(systemRandom);
  const before = source.next('dlv', 5_000);
  const id = source.next('dlv', 5_000);
  const after = source.next('dlv', 5_000);
  for (let nth = 0; nth < 1000; nth++) {
    const [other, next] = [2 ** 50 + nth, 2 ** 50 + nth + 1].map((place) => source.at('dlv', 4_000, place));
    expect(other !== undefined && next !== undefined && other < next).toBe(true);
    expect(isId('dlv', other ?? '') && idMs(other ?? '') === 4_000).toBe(true);
    const beside = source.beside(id);
    expect(isId('dlv', beside) && before < beside && beside < after && beside !== id).toBe(true);
  }
  expect(source.next('dlv', 5_000) > after).toBe(true);
});
