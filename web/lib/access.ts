// What the key of the reader allows. The server decides; the pages leave out what it would refuse.
import type { KeyScope } from '#contract/keys.ts';
import { useSession } from './session.ts';

export interface Need {
  readonly scope: KeyScope;
  /** About the whole server: keys of some tenants are refused. */
  readonly isServerWide?: boolean;
}

/** Without a session of the console, nothing is asked of the server and nothing is allowed. */
export function useAccess(hasSession = true): (need: Need) => boolean {
  const { data: session } = useSession(hasSession);
  return ({ scope, isServerWide = false }) =>
    session?.isOpen === true && session.scopes.includes(scope) && (!isServerWide || session.tenants === null);
}
