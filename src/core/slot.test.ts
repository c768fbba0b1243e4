import { expect, test } from 'vitest';
import { slotCount, slotOf } from './slot.ts';
import type { TenantId } from './tenant.ts';

test('the slot of a tenant is the first three digits of the SHA-256 of its id', () => {
  // printf ten_shop | sha256sum
  expect(slotOf('ten_shop' as TenantId)).toBe(0x628);
  expect(slotOf('ten_shop' as TenantId)).toBe(0x628);
});

test('tenants are spread over all slots', () => {
  const tenants = Array.from({ length: 40_960 }, (_, nth) => `ten_${nth}` as TenantId);
  const counts = new Map<number, number>();
  for (const tenant of tenants) counts.set(slotOf(tenant), (counts.get(slotOf(tenant)) ?? 0) + 1);
  expect(counts.size).toBe(slotCount);
  // Ten on average.
  expect(Math.max(...counts.values())).toBeLessThan(33);
  expect([...counts.keys()].every((slot) => slot >= 0 && slot < slotCount)).toBe(true);
});
