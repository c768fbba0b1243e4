// Which slots a move is about, and what is in them: read before anything is moved.
import { slotOf } from '#core/slot.ts';
import { operatorTenant, type TenantId } from '#core/tenant.ts';
import { mapOfOne } from '../partitioned/slot-map.ts';
import { Database, explain } from '../postgres/database.ts';
import { readMap } from '../postgres/slots.ts';
import { sql, StoreError } from '../sql.ts';

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
export async function planMove(directory: string, choice: Choice): Promise<Plan> {
  const db = new Database({ url: directory, poolMax: 1 });
  try {
    const rows = await db.all<{ id: TenantId }>(sql`
      select id from tenants where removed_at is null and id <> ${operatorTenant} order by id`);
    const tenants = rows.map(({ id }) => id);
    const slots = await chooseSlots(db, choice, tenants);
    const wanted = new Set(slots);
    return { slots, tenants: tenants.filter((id) => wanted.has(slotOf(id))) };
  } catch (error) {
    throw explain(error, db.name);
  } finally {
    await db.close();
  }
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
  const { names, slots } = (await readMap(db)) ?? mapOfOne();
  const number = names.indexOf(choice.from);
  if (number === -1)
    throw new StoreError(`there is no partition ${choice.from}; run: carillon partitions list`);
  const own = [...slots.keys()].filter((slot) => slots[slot] === number);
  // Those with tenants: an empty slot takes no load along.
  const used = new Set(tenants.map(slotOf));
  return [...own.filter((slot) => used.has(slot)), ...own.filter((slot) => !used.has(slot))]
    .slice(0, choice.count)
    .sort((a, b) => a - b);
}
