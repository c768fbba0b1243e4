import { expect, test } from 'vitest';
import { countSlots, requirePartitions, withPartitions } from './slot-map.ts';

const none: ReadonlySet<number> = new Set();

test('a new installation has its slots evenly on all partitions', () => {
  const map = withPartitions(null, ['b', 'c', 'd'], none);
  expect(map).toMatchObject({ version: 1, names: ['directory', 'b', 'c', 'd'] });
  expect(countSlots(map)).toEqual([1024, 1024, 1024, 1024]);
});

test('a partition that is added gets empty slots alone, and nothing else moves', () => {
  const before = withPartitions(null, ['b'], none);
  const used = new Set([...before.slots.keys()].filter((slot) => slot % 2 === 0));
  const after = withPartitions(before, ['b', 'c'], used);
  expect(after.version).toBe(2);
  const moved = [...after.slots.keys()].filter((slot) => after.slots[slot] !== before.slots[slot]);
  expect(moved.every((slot) => after.slots[slot] === 2 && !used.has(slot))).toBe(true);
  expect(countSlots(after)[2]).toBe(1365);
});

test('where every slot has a tenant, a new partition begins empty', () => {
  const used = new Set(new Uint8Array(4096).keys());
  expect(countSlots(withPartitions(null, ['b'], used))).toEqual([4096, 0]);
});

test('the same partitions again change nothing, in any order', () => {
  const map = withPartitions(null, ['b', 'c'], none);
  expect(withPartitions(map, ['c', 'b'], none)).toBe(map);
});

test('a partition with slots must be configured; an empty one need not be', () => {
  const map = withPartitions(null, ['b'], none);
  expect(() => requirePartitions(map, ['b'])).not.toThrow();
  expect(() => requirePartitions(map, [])).toThrow(/CARILLON_PARTITIONS does not name: b;/);
  const full = withPartitions(null, ['b'], new Set(new Uint8Array(4096).keys()));
  expect(() => requirePartitions(full, [])).not.toThrow();
});
