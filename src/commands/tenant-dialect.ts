// Finds the dialect of a tenant: the one place for all handlers.
import { Fault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import { type Dialect, dialectNamed } from '#dialects/dialect.ts';
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
