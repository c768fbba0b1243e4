// The session of the console: who is signed in, and what is shown when that ends.
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { KeyScope } from '#contract/keys.ts';
import { ApiError, callServer } from './api.ts';

export interface OpenSession {
  readonly isOpen: true;
  readonly expiresAt: string;
  readonly version: string;
  /** The name of the key. */
  readonly key: string;
  readonly scopes: readonly KeyScope[];
  /** The tenants that the key reaches; null for all. */
  readonly tenants: readonly string[] | null;
}

export type Session =
  | OpenSession
  /** `hasEnded`: there was one before. */
  | { readonly isOpen: false; readonly hasEnded: boolean };

const path = 'console/session';
const signedOut: Session = { isOpen: false, hasEnded: false };

const sessionOptions = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<Session> => {
    try {
      return readSession(await callServer(path));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return signedOut;
      throw error;
    }
  },
  staleTime: Infinity,
});

function readSession(text: string): Session {
  return { isOpen: true, ...(JSON.parse(text) as Omit<OpenSession, 'isOpen'>) };
}

export function useSession(isEnabled = true) {
  return useQuery({ ...sessionOptions, enabled: isEnabled });
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (key: string) => readSession(await callServer(path, 'POST', { key })),
    onSuccess: (session) => client.setQueryData(sessionOptions.queryKey, session),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => callServer(path, 'DELETE'),
    onSuccess: () => {
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
      client.setQueryData(sessionOptions.queryKey, signedOut);
    },
  });
}

/** True for a refusal that means that the session has ended. */
export function isSessionEnd(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** For refusals of requests that are no queries: the reader signs in again when the session has ended. */
export function useRefusal(): (error: unknown) => void {
  const client = useQueryClient();
  return (error) => {
    if (isSessionEnd(error)) client.setQueryData<Session>(sessionOptions.queryKey, endSession);
  };
}

/** The session was refused: the reader signs in again, and is then where it was. */
export function endSession(session: Session | undefined): Session | undefined {
  return session?.isOpen === true ? { isOpen: false, hasEnded: true } : session;
}
