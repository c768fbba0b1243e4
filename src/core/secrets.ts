// Signing secrets of endpoints: sealed for the store, opened for signing, rotated with an overlap.
import type { Seal } from '#lib/seal.ts';
import type { Endpoint, EndpointId, SealedSecret } from './endpoint.ts';
import type { Mode, TenantId } from './tenant.ts';

export interface SecretBox {
  seal(id: EndpointId, secret: string): SealedSecret;
  /** The secrets that sign at `now`, newest first. */
  open(endpoint: Endpoint, now: number): readonly string[];
  /** The secrets after a rotation: the new one first; those before it end within `overlapMs`. */
  rotate(endpoint: Endpoint, secret: string, now: number, overlapMs: number): readonly SealedSecret[];
}

/** Secrets that sign at once, at most: a header of many signatures must stay small. */
const secretsMax = 5;

export function createSecretBox(seal: Seal): SecretBox {
  const sealFor = (id: EndpointId, secret: string): SealedSecret => ({
    sealed: seal.close(secret, context(id)),
    expiresAt: null,
  });
  return {
    seal: sealFor,
    open: (endpoint, now) =>
      endpoint.secrets
        .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
        .map(({ sealed }) => seal.open(sealed, context(endpoint.id))),
    rotate(endpoint, secret, now, overlapMs) {
      const endsAt = now + overlapMs;
      const older = endpoint.secrets
        .map(({ sealed, expiresAt }) => ({ sealed, expiresAt: Math.min(expiresAt ?? endsAt, endsAt) }))
        .filter(({ expiresAt }) => expiresAt > now);
      return [sealFor(endpoint.id, secret), ...older].slice(0, secretsMax);
    },
  };
}

const context = (id: EndpointId): string => `endpoint:${id}`;

/** The associated data under which a tenant's secret is sealed. */
export const tenantSecretContext = (tenant: TenantId, mode: Mode): string => `tenant:${tenant}:${mode}`;
