import type { Credential, CredentialId, Mode, TenantId } from '#core/tenant.ts';

export interface CredentialRow {
  readonly id: CredentialId;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly kind: Credential['kind'];
  readonly lookup: string;
  readonly sealed_secret: string | null;
  readonly created_at: number;
}

export const credentialColumns = 'id, tenant, mode, kind, lookup, sealed_secret, created_at';

export function readCredential(row: CredentialRow): Credential {
  return {
    id: row.id,
    tenant: row.tenant,
    mode: row.mode,
    kind: row.kind,
    lookup: row.lookup,
    sealedSecret: row.sealed_secret,
    createdAt: row.created_at,
  };
}
