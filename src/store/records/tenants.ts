import { contactChannel } from '#core/alert.ts';
import { type Change, showTenant } from '#core/audit.ts';
import type { Page, PageRequest } from '#core/commands.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { Fault } from '#core/fault.ts';
import type { Tenant, TenantId } from '#core/tenant.ts';
import { makePage, readCursor } from '../cursor.ts';
import { assignments, columnList, insertInto, sql } from '../sql.ts';
import type { ReadStore, TenantChange, TenantStore } from '../store.ts';
import { forgetAlertTenant, forgetChannel } from './alerts.ts';
import { removedEndpoint } from './endpoint-rows.ts';
import type { Engine, Reader } from './engine.ts';
import { defineFormat, json, optionalJson, plain, type StoredRow } from './fields.ts';
import { forgetTenant } from './keys.ts';
import { hasNul } from './scope.ts';
import { all, get, run, type Work } from './work.ts';

export function readTenants(reader: Reader): ReadStore['tenants'] {
  return {
    get: (id) => reader.read(find(id)),
    list: (page, among) => reader.read(list(reader, page, among)),
  };
}

export function createTenantStore(engine: Engine): TenantStore {
  return {
    ...readTenants(engine),
    create: (tenant) => engine.transaction(() => create(engine, tenant)),
    change: (id, given) => engine.transaction(() => change(engine, id, given)),
    async remove(id, now) {
      const removed = await engine.transaction(
        () => remove(engine, id, now),
        (endpoints) => {
          engine.effects.recovered(endpoints ?? []);
          engine.effects.changed(endpoints ?? []);
          engine.effects.accessChanged();
        },
      );
      return removed !== null;
    },
  };
}

const format = defineFormat<Tenant>({
  id: plain(),
  name: plain(),
  dialect: plain(),
  metadata: json(),
  contact: optionalJson(),
  createdAt: plain(),
});

type TenantRow = StoredRow & { readonly seq: number };

const selectTenants = sql`select ${columnList(['seq', ...format.columns])} from tenants`;

/**
 * Locks the tenant's row until the transaction ends, so that what is counted and compared among its endpoints stays
 * true. Throws `tenant_not_found` for a removed tenant: nothing is made for it.
 */
export function* lockTenant({ fragments }: Engine, id: TenantId): Work<Tenant> {
  const row = yield* get<TenantRow>(sql`
    ${selectTenants} where id = ${id} and removed_at is null ${fragments.lockRows}`);
  if (row === undefined) throw new Fault('tenant_not_found', 'There is no such tenant.');
  return format.read(row);
}

/** Marks what the publish path has cached of a tenant's endpoints as stale, in every process. */
export function* raiseTenantRevision(id: TenantId): Work<void> {
  yield* run(sql`update tenants set revision = revision + 1 where id = ${id}`);
}

function* create(engine: Engine, tenant: Tenant): Work<boolean> {
  const created = yield* run(sql`
    ${insertInto('tenants', format.write(tenant))} on conflict (id) do nothing`);
  if (created === 1) yield* engine.audit(changeOf(tenant.id, null, tenant));
  return created === 1;
}

function changeOf(tenant: TenantId, before: Tenant | null, after: Tenant | null): Change {
  const show = (side: Tenant | null): Change['before'] => (side === null ? null : showTenant(side));
  return { tenant, mode: null, noun: 'tenant', target: tenant, before: show(before), after: show(after) };
}

function* find(id: TenantId): Work<Tenant | null> {
  if (hasNul(id)) return null;
  const row = yield* get<TenantRow>(sql`
    ${selectTenants} where id = ${id} and removed_at is null`);
  return row === undefined ? null : format.read(row);
}

/** In the order of creation, which is not that of the ids: the client may choose them. */
function* list(
  { fragments }: Reader,
  { cursor, limit }: PageRequest,
  among?: readonly TenantId[],
): Work<Page<Tenant>> {
  const after = readCursor('tenant', cursor);
  const before = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
  const rows = yield* all<TenantRow>(sql`
    ${selectTenants} where seq < ${before} and removed_at is null
      and ${among === undefined ? sql`true` : sql`id ${fragments.anyOf(among)}`}
    order by seq desc limit ${limit + 1}`);
  return makePage('tenant', rows, limit, (row) => String(row.seq), format.read);
}

function* change(engine: Engine, id: TenantId, given: TenantChange): Work<Tenant | null> {
  if (hasNul(id)) return null;
  const row = yield* get<TenantRow>(sql`
    ${selectTenants} where id = ${id} and removed_at is null ${engine.fragments.lockRows}`);
  if (row === undefined) return null;
  const before = format.read(row);
  const changed = { ...before, ...given };
  const { id: _id, ...columns } = format.write(changed);
  yield* run(sql`update tenants set ${assignments(columns)} where id = ${id}`);
  yield* engine.audit(changeOf(id, before, changed));
  return changed;
}

/** Returns its endpoints, which are removed with it; null when there is no such tenant. */
function* remove(engine: Engine, id: TenantId, now: number): Work<EndpointId[] | null> {
  const before = yield* find(id);
  if (before === null) return null;
  const removed = yield* run(sql`
    update tenants set removed_at = ${now}, contact = null, revision = revision + 1 where id = ${id} and removed_at is null`);
  if (removed === 0) return null;
  yield* run(sql`delete from credentials where tenant = ${id}`);
  yield* run(sql`delete from tenant_secrets where tenant = ${id}`);
  yield* run(sql`delete from portal_sessions where tenant = ${id}`);
  yield* run(sql`delete from endpoint_checks where tenant = ${id}`);
  yield* forgetTenant(id);
  yield* forgetAlertTenant(id);
  yield* forgetChannel(contactChannel(id));
  yield* run(sql`update replays set state = 'stopped' where state = 'running' and tenant = ${id}`);
  const endpoints = yield* all<{ id: EndpointId }>(sql`
    update endpoints set ${removedEndpoint(now)} where tenant = ${id} and removed_at is null returning id`);
  yield* engine.audit(changeOf(id, before, null));
  return endpoints.map((endpoint) => endpoint.id);
}
