// The portal: the screens of the console for a person of one tenant, with the token of a session.
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type AnyRouter, RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { portalPrefix, portalRoutes } from '#contract/portal-routes.ts';
import { callThrough } from '#web/lib/api.ts';
import { createQueryClient } from '#web/lib/query-client.ts';
import { isSessionEnd } from '#web/lib/session.ts';
import '#web/app/styles.css';
import { portalRoot } from './link.ts';
import { tell, tellHeight } from './messages.ts';
import { portalRouter } from './router.tsx';
import { ended, portalOptions, portalToken } from './session.ts';
import { applyPortalTheme } from './theme.ts';

callThrough({
  prefix: portalPrefix,
  // In the portal a list of the tenant and a list over tenants are the same.
  routes: { ...portalRoutes, listDeliveries: portalRoutes.findDeliveries },
  token: portalToken,
});

const onError = (error: Error): void => {
  const known = client.getQueryData(portalOptions.queryKey);
  if (isSessionEnd(error) && known?.isOpen === true) client.setQueryData(portalOptions.queryKey, ended());
};

const client: QueryClient = createQueryClient(onError);

client.getQueryCache().subscribe(({ query }) => {
  if (query.queryKey[0] !== 'portal') return;
  const state = client.getQueryData(portalOptions.queryKey);
  if (state?.isOpen === true) applyPortalTheme(state.access.theme);
});

portalRouter.subscribe('onResolved', () => {
  const { pathname, search } = window.location;
  tell({ type: 'carillon:navigate', path: (pathname.slice(portalRoot.length) || '/') + search });
});

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
tellHeight(root);
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      {/* The types of links are those of the console, whose places these are. */}
      <RouterProvider router={portalRouter as AnyRouter} />
    </QueryClientProvider>
  </StrictMode>,
);
