import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from '#web/lib/api.ts';
import { endSession, isSessionEnd } from '#web/lib/session.ts';
import { router } from './router.tsx';
import './styles.css';
import { applyTheme } from './theme.ts';

applyTheme();

const onError = (error: Error): void => {
  if (isSessionEnd(error)) client.setQueryData(['session'], endSession);
};

const client: QueryClient = new QueryClient({
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

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
