// What the reader looks at: the tenant and the mode, from the URL, or from the session of the portal.
import { useSearch } from '@tanstack/react-router';
import type { Mode } from '#contract/schema.ts';
import { usePortal } from './portal.ts';
import { readStored, store } from './storage.ts';

export interface Scope {
  /** Undefined: none is chosen. */
  readonly tenant: string | undefined;
  readonly mode: Mode;
}

export function useScope(): Scope {
  const { tenant, mode } = useSearch({ strict: false }) as {
    readonly tenant?: string;
    readonly mode?: 'test';
  };
  const portal = usePortal();
  return portal ?? { tenant, mode: mode ?? 'live' };
}

/** The tenant, on screens that are shown with one only. */
export function useTenant(): string {
  const { tenant } = useScope();
  if (tenant === undefined) throw new Error('this screen needs a tenant');
  return tenant;
}

const lastTenantName = 'carillon.tenant';

/** The tenant that was looked at last, in this browser. */
export function lastTenant(): string | undefined {
  return readStored(lastTenantName) ?? undefined;
}

export function rememberTenant(tenant: string): void {
  store(lastTenantName, tenant);
}

/** All tenants are looked at. */
export function forgetTenant(): void {
  store(lastTenantName, null);
}
