// The session of this tab. The secret of the link is exchanged for a token once. The token is in memory; the session storage of
// the tab has it too, so that a reload goes on.
import { queryOptions, useQuery } from '@tanstack/react-query';
import type { OpenedPortal, PortalAccess } from '#contract/portal.ts';
import { ApiError, callServer } from '#web/lib/api.ts';
import { isSessionEnd } from '#web/lib/session.ts';
import { readStored, store } from '#web/lib/storage.ts';
import { linkSecret, sessionId, dropSecret } from './link.ts';
import { tell } from './messages.ts';

export type PortalState =
  | { readonly isOpen: true; readonly access: PortalAccess }
  /** Where to go for a new link; null when this is not known. */
  | { readonly isOpen: false; readonly returnUrl: string | null };

const path = 'portal/api/session';
const tokenName = `carillon.portal.${sessionId}`;
const returnName = `carillon.portal-return.${sessionId}`;
let token = readStored(tokenName, 'sessionStorage');

export function portalToken(): string | null {
  return token;
}

export const portalOptions = queryOptions({
  queryKey: ['portal'],
  queryFn: async (): Promise<PortalState> => (await resume()) ?? (await open()) ?? ended(),
  staleTime: Infinity,
});

export function usePortalState() {
  return useQuery(portalOptions);
}

/** Goes on with the token of this tab; null when there is none, or it has ended. */
async function resume(): Promise<PortalState | null> {
  if (token === null) return null;
  const text = await orNull(() => callServer(path));
  if (text === null) {
    keep(null);
    return null;
  }
  return opened(JSON.parse(text) as PortalAccess);
}

/** Opens the link; null when it has been opened before, or has ended. */
async function open(): Promise<PortalState | null> {
  const secret = linkSecret();
  if (secret === null) return null;
  const text = await orNull(() => callServer(path, 'POST', { id: sessionId, secret }));
  dropSecret();
  if (text === null) return null;
  const { token: given, ...access } = JSON.parse(text) as OpenedPortal;
  keep(given);
  return opened(access);
}

function opened(access: PortalAccess): PortalState {
  store(returnName, access.returnUrl, 'sessionStorage');
  return { isOpen: true, access };
}

/** The session has ended, or was revoked. */
export function ended(): PortalState {
  keep(null);
  tell({ type: 'carillon:expired' });
  return { isOpen: false, returnUrl: readStored(returnName, 'sessionStorage') };
}

function keep(next: string | null): void {
  token = next;
  store(tokenName, next, 'sessionStorage');
}

/** A link or a token of no use is an answer; a server that does not answer is asked again. */
async function orNull(ask: () => Promise<string>): Promise<string | null> {
  try {
    return await ask();
  } catch (error) {
    const isRefused = isSessionEnd(error) || (error instanceof ApiError && error.status === 400);
    if (isRefused) return null;
    throw error;
  }
}
