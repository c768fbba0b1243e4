import type { ReactNode } from 'react';
import { type Need, useAccess } from '#web/lib/access.ts';
import { usePortal } from '#web/lib/portal.ts';

interface AllowedProps extends Need {
  readonly children: ReactNode;
  /** Shown to the others; when absent, nothing. */
  readonly otherwise?: ReactNode;
}

/** Shown only to those whose key allows it; in the portal, whose session has the permission of that name. */
export function Allowed({ children, otherwise = null, ...need }: AllowedProps) {
  const portal = usePortal();
  const isAllowed = useAccess(portal === null)(need);
  const permissions: readonly string[] = portal?.permissions ?? [];
  return isAllowed || permissions.includes(need.scope) ? children : otherwise;
}
