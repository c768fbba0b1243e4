import { Fault } from '#core/fault.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Tenant, TenantId } from '#core/tenant.ts';
import type { TenantStore } from '#store/store.ts';
import { makePage, readCursor } from '../cursor.ts';
import { readTenant, tenantColumns, type TenantRow } from '../rows/tenant.ts';
import { type Database, sql } from './database.ts';
import type { Context } from './memory.ts';

export function createTenantStore(context: Context): TenantStore {
  const { db } = context;
  return {
    create: async ({ id, name, dialect, createdAt }) =>
      db.run(insertTenant, id, name, dialect, createdAt) === 1,
    get: async (id) => getTenant(db, id),
    async list(page) {
      const after = readCursor('tenant', page.cursor);
      const before = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
      const rows = db.all<TenantRow>(selectPage, before, page.limit + 1);
      return makePage('tenant', rows, page.limit, (row) => String(row.seq), readTenant);
    },
    rename: async (id, name) => (db.run(updateName, name, id) === 0 ? null : getTenant(db, id)),
    remove: async (id, now) => removeTenant(context, id, now),
  };
}

/** Throws when a tenant is not there any more: nothing is made for it then. */
export function requireTenant(db: Database, id: TenantId): Tenant {
  const tenant = getTenant(db, id);
  if (tenant === null) throw new Fault('tenant_not_found', 'There is no such tenant.');
  return tenant;
}

function getTenant(db: Database, id: TenantId): Tenant | null {
  const row = db.get<TenantRow>(selectTenant, id);
  return row === undefined ? null : readTenant(row);
}

function removeTenant({ db, memory }: Context, id: TenantId, now: number): boolean {
  return db.transaction(() => {
    if (db.run(updateRemoved, now, id) === 0) return false;
    db.run(deleteCredentials, id);
    db.run(deleteSecrets, id);
    db.run(stopReplays, id);
    const removed = db.all<{ id: EndpointId }>(removeEndpoints, now, id);
    db.afterCommit(() => removed.forEach((endpoint) => memory.failing.delete(endpoint.id)));
    return true;
  });
}

const insertTenant = sql`
  insert into tenants (id, name, dialect, created_at) values (?, ?, ?, ?) on conflict (id) do nothing`;

const selectTenant = sql`
  select ${tenantColumns} from tenants where id = ? and removed_at is null`;

/** A tenant's id may be chosen by whoever makes it, so the order of making is not that of the ids. */
const selectPage = sql`
  select ${tenantColumns} from tenants
  where seq < ? and removed_at is null order by seq desc limit ?`;

const updateName = sql`update tenants set name = ? where id = ? and removed_at is null`;

const updateRemoved = sql`
  update tenants set removed_at = ?, revision = revision + 1 where id = ? and removed_at is null`;

const deleteCredentials = sql`delete from credentials where tenant = ?`;

const deleteSecrets = sql`delete from tenant_secrets where tenant = ?`;

const stopReplays = sql`
  update replays indexed by replays_running set state = 'stopped' where state = 'running' and tenant = ?`;

const removeEndpoints = sql`
  update endpoints set removed_at = ?1, updated_at = ?1, secrets = '[]', failure_count = 0, revision = revision + 1
  where tenant = ?2 and removed_at is null returning id`;
