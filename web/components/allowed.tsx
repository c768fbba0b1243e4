import type { ReactNode } from 'react';
import { type Need, useAccess } from '#web/lib/access.ts';

interface AllowedProps extends Need {
  readonly children: ReactNode;
  /** Shown to the others; when absent, nothing. */
  readonly otherwise?: ReactNode;
}

/** Shown only to those whose key allows it. */
export function Allowed({ children, otherwise = null, ...need }: AllowedProps) {
  return useAccess()(need) ? children : otherwise;
}
