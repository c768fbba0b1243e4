import { type Change, markOf } from '#core/audit.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import type { JsonObject } from '#lib/json.ts';
import { insertInto, parseJson, type Row, sql } from '../sql.ts';
import type { TenantSecret, TenantSecretStore } from '../store.ts';
import type { Engine } from './engine.ts';
import { lockTenant, raiseTenantRevision } from './tenants.ts';
import { all, get, run, type Work } from './work.ts';

export function createTenantSecretStore(engine: Engine): TenantSecretStore {
  const { effects } = engine;
  return {
    get: (tenant, mode) => engine.read(find(tenant, mode)),
    set: (tenant, mode, secret) =>
      engine.transaction(() => set(engine, tenant, mode, secret), effects.changed),
    putIfAbsent: (tenant, mode, secret) =>
      engine.transaction(() => putIfAbsent(engine, tenant, mode, secret)),
  };
}

function* find(tenant: TenantId, mode: Mode): Work<TenantSecret | null> {
  const row = yield* get<{ sealed: string; attributes: string }>(sql`
    select sealed, attributes from tenant_secrets where tenant = ${tenant} and mode = ${mode}`);
  return row === undefined ? null : { sealed: row.sealed, attributes: parseJson(row.attributes) };
}

/** A cached endpoint is read again by its revision, and signs with the new secret then. */
function* set(engine: Engine, tenant: TenantId, mode: Mode, secret: TenantSecret): Work<EndpointId[]> {
  yield* lockTenant(engine, tenant);
  const before = yield* find(tenant, mode);
  yield* run(sql`
    ${insertInto('tenant_secrets', toRow(tenant, mode, secret))}
    on conflict (tenant, mode) do update set sealed = excluded.sealed, attributes = excluded.attributes`);
  yield* engine.audit(changeOf(tenant, mode, before, secret));
  yield* raiseTenantRevision(tenant);
  const endpoints = yield* all<{ id: EndpointId }>(sql`
    update endpoints set revision = revision + 1
    where tenant = ${tenant} and mode = ${mode} and removed_at is null returning id`);
  return endpoints.map(({ id }) => id);
}

function* putIfAbsent(
  engine: Engine,
  tenant: TenantId,
  mode: Mode,
  secret: TenantSecret,
): Work<TenantSecret> {
  yield* lockTenant(engine, tenant);
  const made = yield* run(sql`
    ${insertInto('tenant_secrets', toRow(tenant, mode, secret))} on conflict (tenant, mode) do nothing`);
  if (made === 1) yield* engine.audit(changeOf(tenant, mode, null, secret));
  return (yield* find(tenant, mode)) ?? secret;
}

function changeOf(tenant: TenantId, mode: Mode, before: TenantSecret | null, after: TenantSecret): Change {
  const show = ({ sealed, attributes }: TenantSecret): JsonObject => ({ mark: markOf(sealed), attributes });
  const sides = { before: before === null ? null : show(before), after: show(after) };
  return { tenant, mode, noun: 'tenant-secret', target: mode, ...sides };
}

function toRow(tenant: TenantId, mode: Mode, { sealed, attributes }: TenantSecret): Row {
  return { tenant, mode, sealed, attributes: JSON.stringify(attributes) };
}
