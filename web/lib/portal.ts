// The session of the portal around a screen; there is none around a screen of the console.
import { createContext, use } from 'react';
import type { KeyScope } from '#contract/keys.ts';
import type { PortalAccess, PortalPermission } from '#contract/portal.ts';
import { useAccess } from './access.ts';

export const PortalContext = createContext<PortalAccess | null>(null);

/** Null in the console. */
export function usePortal(): PortalAccess | null {
  return use(PortalContext);
}

/** The scope of a key that allows in the console what the permission allows in the portal. */
const scopes: Readonly<Record<PortalPermission, KeyScope>> = {
  read: 'read',
  endpoints: 'endpoints',
  secrets: 'secrets',
  redeliver: 'replay',
  replay: 'replay',
  test: 'endpoints',
};

/** What a screen offers: `operate` is never allowed in the portal. */
export function useCan(): (need: PortalPermission | 'operate') => boolean {
  const portal = usePortal();
  const isAllowed = useAccess(portal === null);
  return (need) => {
    if (portal !== null) return need !== 'operate' && portal.permissions.includes(need);
    return need === 'operate' || isAllowed({ scope: scopes[need] });
  };
}
