// The cache of what the server has answered, for the console and the portal.
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './api.ts';

/** `onError` is told of every request that fails. */
export function createQueryClient(onError: (error: Error) => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 2000,
        // A refusal stays one; only an answer that did not come is worth a second request.
        retry: (count, error) =>
          count < 1 && !(error instanceof ApiError && error.status > 0 && error.status < 500),
      },
    },
  });
}
