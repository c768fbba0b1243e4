// Slots: each tenant is in one of 4,096, and a slot is the unit that is assigned to a database. The slot of a tenant never changes:
// the first three hexadecimal digits of the SHA-256 of its id.
import { BoundedMap } from '#lib/bounded-map.ts';
import { sha256Hex } from '#lib/hmac.ts';
import type { TenantId } from './tenant.ts';

export const slotCount = 4096;

/** A hash takes a microsecond, and an event asks for several ids. */
const known = new BoundedMap<TenantId, number>(10_000);

export function slotOf(tenant: TenantId): number {
  const found = known.get(tenant);
  if (found !== undefined) return found;
  const slot = parseInt(sha256Hex(tenant).slice(0, 3), 16);
  known.set(tenant, slot);
  return slot;
}
