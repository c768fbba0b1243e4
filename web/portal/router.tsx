// The screens of the portal. They are those of the console, and have its places: `/console/endpoints` inside is
// `/portal/<session>/endpoints` in the address bar. So one link means the same in both.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent as lazy,
  Navigate,
  Outlet,
} from '@tanstack/react-router';
import { buttonClass } from '#web/components/button.tsx';
import { Notice } from '#web/components/feedback.tsx';
import { Page, Pending } from '#web/components/page.tsx';
import { only, searchText } from '#web/app/search-params.ts';
import { createSharedRoutes } from '#web/app/shared-routes.tsx';
import { PortalGate } from './gate.tsx';
import { portalRoot } from './link.ts';

const inside = '/console';

const root = createRootRoute({
  component: PortalGate,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <Pending title="This page failed" error={error} onRetry={reset} />,
});
const all = createRoute({ getParentRoute: () => root, path: inside, component: Outlet });
const scoped = createRoute({ getParentRoute: () => all, id: 'scoped', component: Outlet });

const start = createRoute({
  getParentRoute: () => all,
  path: '/',
  component: () => <Navigate to="/console/endpoints" replace />,
});
const eventTypes = createRoute({
  getParentRoute: () => all,
  path: '/event-types',
  validateSearch: only('find'),
  component: lazy(() => import('#web/features/event-types/event-types.tsx'), 'EventTypes'),
});
const eventType = createRoute({
  getParentRoute: () => all,
  path: '/event-types/$name',
  component: lazy(() => import('#web/features/event-types/event-type.tsx'), 'EventTypeScreen'),
});

const shared = createSharedRoutes(all, scoped);
const tree = root.addChildren([
  all.addChildren([start, eventTypes, eventType, ...shared.ofAll, scoped.addChildren([...shared.ofScoped])]),
]);

export const portalRouter = createRouter({
  routeTree: tree,
  rewrite: {
    input: ({ url }) => {
      if (url.pathname.startsWith(portalRoot)) url.pathname = inside + url.pathname.slice(portalRoot.length);
      return url;
    },
    output: ({ url }) => {
      if (url.pathname.startsWith(inside)) url.pathname = portalRoot + url.pathname.slice(inside.length);
      // The session says both.
      url.searchParams.delete('tenant');
      url.searchParams.delete('mode');
      return url;
    },
  },
  defaultNotFoundComponent: NotFound,
  defaultPreload: 'intent',
  scrollRestoration: true,
  ...searchText,
});

function NotFound() {
  const home = (
    <a href={portalRoot} className={buttonClass()}>
      Go to the endpoints
    </a>
  );
  return (
    <Page title="There is no such page">
      <Notice title="Check the address, or go on from the menu." action={home} />
    </Page>
  );
}
