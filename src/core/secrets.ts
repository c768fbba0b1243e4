// Signing secrets of endpoints: sealed for the store, opened for signing, rotated with an overlap.
import type { Seal } from '#lib/seal.ts';
import type { Endpoint, EndpointId, SealedSecret } from './endpoint.ts';

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
    sealed: seal.close(secret, endpointContext(id)),
    expiresAt: null,
  });
  return {
    seal: sealFor,
    open: (endpoint, now) =>
      endpoint.secrets
        .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
        .map(({ sealed }) => seal.open(sealed, endpointContext(endpoint.id))),
    rotate(endpoint, secret, now, overlapMs) {
      const endsAt = now + overlapMs;
      const older = endpoint.secrets
        .map(({ sealed, expiresAt }) => ({ sealed, expiresAt: Math.min(expiresAt ?? endsAt, endsAt) }))
        .filter(({ expiresAt }) => expiresAt > now);
      return [sealFor(endpoint.id, secret), ...older].slice(0, secretsMax);
    },
  };
}

/** The associated data under which the signing secrets of an endpoint are sealed, the secret of a tenant, and that of a key pair. */
export const endpointContext = (endpoint: string): string => `endpoint:${endpoint}`;
export const tenantSecretContext = (tenant: string, mode: string): string => `tenant:${tenant}:${mode}`;
export const credentialContext = (credential: string): string => `credential:${credential}`;

/** The name under which a database keeps something that its encryption key has sealed. */
export const keyCheck = 'encryption_check';
