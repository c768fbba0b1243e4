import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from '#web/lib/query-client.ts';
import { endSession, isSessionEnd } from '#web/lib/session.ts';
import { router } from './router.tsx';
import './styles.css';
import { applyTheme } from './theme.ts';

applyTheme();

const onError = (error: Error): void => {
  if (isSessionEnd(error)) client.setQueryData(['session'], endSession);
};

const client: QueryClient = createQueryClient(onError);

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
