import type { EndpointId } from '#core/endpoint.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import type { TenantSecret, TenantSecretStore } from '#store/store.ts';
import { parseJson, sql } from './database.ts';
import type { Context } from './memory.ts';
import { raiseTenantRevision } from './endpoint-rows.ts';
import { requireTenant } from './tenants.ts';

interface SecretRow {
  readonly sealed: string;
  readonly attributes: string;
}

export function createTenantSecretStore({ db }: Context): TenantSecretStore {
  const get = (tenant: TenantId, mode: Mode): TenantSecret | null => {
    const row = db.get<SecretRow>(selectSecret, tenant, mode);
    return row === undefined ? null : { sealed: row.sealed, attributes: parseJson(row.attributes) };
  };
  return {
    get: async (tenant, mode) => get(tenant, mode),
    set: async (tenant, mode, { sealed, attributes }) =>
      db.transaction(() => {
        requireTenant(db, tenant);
        db.run(upsertSecret, tenant, mode, sealed, JSON.stringify(attributes));
        raiseTenantRevision(db, tenant);
        return db.all<{ id: EndpointId }>(raiseRevisions, tenant, mode).map(({ id }) => id);
      }),
    putIfAbsent: async (tenant, mode, secret) =>
      db.transaction(() => {
        requireTenant(db, tenant);
        db.run(insertSecret, tenant, mode, secret.sealed, JSON.stringify(secret.attributes));
        return get(tenant, mode) ?? secret;
      }),
  };
}

const selectSecret = sql`select sealed, attributes from tenant_secrets where tenant = ? and mode = ?`;

const insertSecret = sql`
  insert into tenant_secrets (tenant, mode, sealed, attributes) values (?, ?, ?, ?)
  on conflict (tenant, mode) do nothing`;

const upsertSecret = sql`
  insert into tenant_secrets (tenant, mode, sealed, attributes) values (?, ?, ?, ?)
  on conflict (tenant, mode) do update set sealed = excluded.sealed, attributes = excluded.attributes`;

/** A cached endpoint learns by its revision that it signs with another secret now. */
const raiseRevisions = sql`
  update endpoints set revision = revision + 1
  where tenant = ? and mode = ? and removed_at is null returning id`;
