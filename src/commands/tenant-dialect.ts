// Finds the dialect of a tenant: the one place for all handlers.
import { Fault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import { type Dialect, dialectNamed, type Dialects } from '#dialects/dialect.ts';
import type { ReadDeps } from './deps.ts';

/** Fault `tenant_not_found`. */
export async function dialectOf(
  { store, dialects }: Pick<ReadDeps, 'store' | 'dialects'>,
  tenantId: TenantId,
): Promise<Dialect> {
  const tenant = await store.tenants.get(tenantId);
  if (tenant === null) throw tenantNotFound(tenantId);
  return dialectNamed(dialects, tenant.dialect);
}

export function tenantNotFound(id: string): Fault {
  return new Fault('tenant_not_found', `there is no tenant "${id}"; POST /admin/v1/tenants makes one`);
}

/** The dialect that a request names. Fault `dialect_unknown`. */
export function requireDialect(dialects: Dialects, name: string): Dialect {
  const dialect = dialects.get(name);
  if (dialect !== undefined) return dialect;
  const known = [...dialects.keys()].join(', ');
  throw new Fault('dialect_unknown', `dialect: there is no dialect "${name}"; use one of ${known}`, {
    fields: [{ field: 'dialect', message: `must be one of ${known}` }],
  });
}
