// Which slots a move is about, and what is in them: read before anything is moved.
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { mapOfOne, numberOf } from '../partitioned/slot-map.ts';
import { type Database, useDatabase } from '../postgres/database.ts';
import { readMap } from '../postgres/slots.ts';
import { StoreError } from '../sql.ts';
import { inSlots, listTenants } from './tenants.ts';

/** Slots by themselves, the slot of a tenant, or so many of a partition. */
export type Choice =
  | { readonly slots: readonly number[] }
  | { readonly tenant: string }
  | { readonly count: number; readonly from: string };

export interface Plan {
  readonly slots: readonly number[];
  /** Of these slots, in order. */
  readonly tenants: readonly TenantId[];
}

/** Throws `StoreError`. */
export function planMove(directory: string, choice: Choice): Promise<Plan> {
  return useDatabase(directory, async (db) => {
    const tenants = await listTenants(db);
    const slots = await chooseSlots(db, choice, tenants);
    return { slots, tenants: inSlots(tenants, slots) };
  });
}

async function chooseSlots(
  db: Database,
  choice: Choice,
  tenants: readonly TenantId[],
): Promise<readonly number[]> {
  if ('slots' in choice) return choice.slots;
  if ('tenant' in choice) {
    const tenant = tenants.find((one) => one === choice.tenant);
    if (tenant !== undefined) return [slotOf(tenant)];
    throw new StoreError(`there is no tenant ${choice.tenant}.`);
  }
  const map = (await readMap(db)) ?? mapOfOne();
  const number = numberOf(map, choice.from);
  const own = [...map.slots.keys()].filter((slot) => map.slots[slot] === number);
  // Those with tenants: an empty slot takes no load along.
  const used = new Set(tenants.map(slotOf));
  return [...own.filter((slot) => used.has(slot)), ...own.filter((slot) => !used.has(slot))]
    .slice(0, choice.count)
    .sort((a, b) => a - b);
}
