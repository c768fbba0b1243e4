import { Fault } from '#core/fault.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Tenant, TenantId } from '#core/tenant.ts';
import type { TenantStore } from '#store/store.ts';
import { makePage, readCursor } from '../cursor.ts';
import { readTenant, tenantColumns, type TenantRow } from '../rows/tenant.ts';
import type { Context } from './context.ts';
import { type Queries, sql } from './database.ts';

export function createTenantStore(context: Context): TenantStore {
  const { db } = context;
  return {
    create: async ({ id, name, dialect, createdAt }) =>
      (await db.run(insertTenant, [id, name, dialect, createdAt])) === 1,
    async get(id) {
      const row = await db.get<TenantRow>(selectTenant, [id]);
      return row === undefined ? null : readTenant(row);
    },
    async list(page) {
      const after = readCursor('tenant', page.cursor);
      const before = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
      const rows = await db.all<TenantRow>(selectPage, [before, page.limit + 1]);
      return makePage('tenant', rows, page.limit, (row) => String(row.seq), readTenant);
    },
    async rename(id, name) {
      const [row] = await db.write<TenantRow>(updateName, [name, id]);
      return row === undefined ? null : readTenant(row);
    },
    remove: (id, now) => removeTenant(context, id, now),
  };
}

/**
 * Throws when a tenant is not there any more: nothing is made for it then. The tenant's row is locked until
 * the transaction ends, so that what is counted and compared among its endpoints stays true.
 */
export async function lockTenant(tx: Queries, id: TenantId): Promise<Tenant> {
  const row = await tx.get<TenantRow>(selectLocked, [id]);
  if (row === undefined) throw new Fault('tenant_not_found', 'There is no such tenant.');
  return readTenant(row);
}

async function removeTenant({ db, tell }: Context, id: TenantId, now: number): Promise<boolean> {
  const removed = await db.transaction(async (tx) => {
    if ((await tx.run(updateRemoved, [now, id])) === 0) return null;
    await tx.run(deleteCredentials, [id]);
    await tx.run(deleteSecrets, [id]);
    await tx.run(stopReplays, [id]);
    return tx.all<{ id: EndpointId }>(removeEndpoints, [now, id]);
  });
  if (removed !== null) tell.changed(removed.map((row) => row.id));
  return removed !== null;
}

const insertTenant = sql`
  insert into tenants (id, name, dialect, created_at) values ($1, $2, $3, $4) on conflict (id) do nothing`;

const selectTenant = sql`select ${tenantColumns} from tenants where id = $1 and removed_at is null`;

const selectLocked = sql`
  select ${tenantColumns} from tenants where id = $1 and removed_at is null for no key update`;

/** A tenant's id may be chosen by whoever makes it, so the order of making is not that of the ids. */
const selectPage = sql`
  select ${tenantColumns} from tenants where seq < $1 and removed_at is null order by seq desc limit $2`;

const updateName = sql`
  update tenants set name = $1 where id = $2 and removed_at is null returning ${tenantColumns}`;

const updateRemoved = sql`
  update tenants set removed_at = $1, revision = revision + 1 where id = $2 and removed_at is null`;

const deleteCredentials = sql`delete from credentials where tenant = $1`;

const deleteSecrets = sql`delete from tenant_secrets where tenant = $1`;

const stopReplays = sql`update replays set state = 'stopped' where state = 'running' and tenant = $1`;

const removeEndpoints = sql`
  update endpoints set removed_at = $1, updated_at = $1, secrets = '[]', failure_count = 0, revision = revision + 1
  where tenant = $2 and removed_at is null returning id`;
