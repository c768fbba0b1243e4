import type { EndpointId } from '#core/endpoint.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import type { TenantSecret, TenantSecretStore } from '#store/store.ts';
import type { Context } from './context.ts';
import { parseJson, type Queries, sql } from './database.ts';
import { raiseTenantRevision } from './endpoint-rows.ts';
import { lockTenant } from './tenants.ts';

interface SecretRow {
  readonly sealed: string;
  readonly attributes: string;
}

export function createTenantSecretStore({ db, tell }: Context): TenantSecretStore {
  return {
    get: (tenant, mode) => getSecret(db, tenant, mode),
    async set(tenant, mode, { sealed, attributes }) {
      const changed = await db.transaction(async (tx) => {
        await lockTenant(tx, tenant);
        await tx.run(upsertSecret, [tenant, mode, sealed, JSON.stringify(attributes)]);
        await raiseTenantRevision(tx, tenant);
        return (await tx.all<{ id: EndpointId }>(raiseRevisions, [tenant, mode])).map(({ id }) => id);
      });
      tell.changed(changed);
      return changed;
    },
    putIfAbsent: (tenant, mode, secret) =>
      db.transaction(async (tx) => {
        await lockTenant(tx, tenant);
        await tx.run(insertSecret, [tenant, mode, secret.sealed, JSON.stringify(secret.attributes)]);
        return (await getSecret(tx, tenant, mode)) ?? secret;
      }),
  };
}

async function getSecret(db: Queries, tenant: TenantId, mode: Mode): Promise<TenantSecret | null> {
  const row = await db.get<SecretRow>(selectSecret, [tenant, mode]);
  return row === undefined ? null : { sealed: row.sealed, attributes: parseJson(row.attributes) };
}

const selectSecret = sql`select sealed, attributes from tenant_secrets where tenant = $1 and mode = $2`;

const insertSecret = sql`
  insert into tenant_secrets (tenant, mode, sealed, attributes) values ($1, $2, $3, $4)
  on conflict (tenant, mode) do nothing`;

const upsertSecret = sql`
  insert into tenant_secrets (tenant, mode, sealed, attributes) values ($1, $2, $3, $4)
  on conflict (tenant, mode) do update set sealed = excluded.sealed, attributes = excluded.attributes`;

/** A cached endpoint learns by its revision that it signs with another secret now. */
const raiseRevisions = sql`
  update endpoints set revision = revision + 1
  where tenant = $1 and mode = $2 and removed_at is null returning id`;
