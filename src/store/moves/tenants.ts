// Tenants that may move, and their slots.
import { slotOf } from '#core/slot.ts';
import { operatorTenant, type TenantId } from '#core/tenant.ts';
import type { Queries } from '../postgres/database.ts';
import { type Sql, sql } from '../sql.ts';

/** All that a database knows, in order of their ids, also those that are removed. In the directory, those of every partition. */
export function listAllTenants(db: Queries): Promise<readonly TenantId[]> {
  return list(db, sql`true`);
}

/** The same without those that are removed. */
export function listTenants(db: Queries): Promise<readonly TenantId[]> {
  return list(db, sql`removed_at is null`);
}

async function list(db: Queries, condition: Sql): Promise<readonly TenantId[]> {
  const rows = await db.all<{ id: TenantId }>(sql`
    select id from tenants where id <> ${operatorTenant} and ${condition} order by id`);
  return rows.map(({ id }) => id);
}

export function inSlots(tenants: readonly TenantId[], slots: readonly number[]): TenantId[] {
  const wanted = new Set(slots);
  return tenants.filter((id) => wanted.has(slotOf(id)));
}
