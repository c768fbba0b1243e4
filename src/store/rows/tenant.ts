import type { Tenant, TenantId } from '#core/tenant.ts';

export interface TenantRow {
  readonly seq: number;
  readonly id: TenantId;
  readonly name: string;
  readonly dialect: string;
  readonly created_at: number;
}

export const tenantColumns = 'seq, id, name, dialect, created_at';

export function readTenant(row: TenantRow): Tenant {
  return { id: row.id, name: row.name, dialect: row.dialect, createdAt: row.created_at };
}
