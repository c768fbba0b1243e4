import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createIdSource, firstIdAt, idAfter, idMs, idSlot, idToUuid, isId, uuidToId } from './ids.ts';
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

test('ids of slots carry them, are unique and rise strictly within one millisecond', () => {
  const slots = fc.array(fc.option(fc.integer({ min: 0, max: 4095 })), { minLength: 2, maxLength: 300 });
  fc.assert(
    fc.property(slots, fc.integer({ min: 1, max: 5000 }), (wanted, count) => {
      const source = createIdSource(systemRandom);
      const ids = wanted.map((slot) => source.next('x', 5_000, slot ?? undefined));
      expect(ids.toSorted()).toEqual(ids);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [nth, slot] of wanted.entries()) {
        const id = ids[nth] ?? '';
        expect(isId('x', id) && idMs(id) === 5_000).toBe(true);
        if (slot === null) continue;
        expect(idSlot(id)).toBe(slot);
        expect(idSlot(source.beside(id, slot))).toBe(slot);
        expect(idSlot(source.at('x', 4_000, nth, slot))).toBe(slot);
        expect(idSlot(idAfter(source.reserve('x', 5_000, count, slot).first, count - 1))).toBe(slot);
      }
    }),
    { numRuns: 50 },
  );
});

test('ids of one slot that two processes make in the same millisecond differ, also of the same counter', () => {
  const [one, other] = [createIdSource(systemRandom), createIdSource(systemRandom)];
  const made = (source: typeof one): string[] =>
    Array.from({ length: 20_000 }, () => source.next('x', 5_000, 7));
  const [ids, others] = [made(one), made(other)];
  expect(new Set([...ids, ...others]).size).toBe(40_000);
  // 36 random bits are left where the counters are equal.
  const [id = ''] = ids;
  expect(new Set(Array.from({ length: 20_000 }, () => one.beside(id, 7))).size).toBe(20_000);
});

test('the counter of each millisecond begins elsewhere, and leaves room to count', () => {
  const counters = Array.from({ length: 200 }, (_, nth) => {
    const uuid = idToUuid(createIdSource(systemRandom).next('x', 5_000 + nth));
    return parseInt(uuid.slice(15, 18), 16) * 2 ** 14 + (parseInt(uuid.slice(19, 23), 16) & 0x3fff);
  });
  expect(new Set(counters).size).toBeGreaterThan(190);
  expect(Math.max(...counters)).toBeLessThan(2 ** 24);
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
