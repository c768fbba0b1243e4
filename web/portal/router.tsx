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
import { deliveryFilters, only, searchText } from '#web/app/search-params.ts';
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
const endpoints = createRoute({
  getParentRoute: () => all,
  path: '/endpoints',
  validateSearch: only('enabled', 'url', 'id'),
  component: lazy(() => import('#web/features/endpoints/endpoints.tsx'), 'Endpoints'),
});
const endpoint = createRoute({
  getParentRoute: () => scoped,
  path: '/endpoints/$id',
  component: lazy(() => import('#web/features/endpoints/endpoint.tsx'), 'EndpointScreen'),
});
const endpointOverview = createRoute({
  getParentRoute: () => endpoint,
  path: '/',
  component: lazy(() => import('#web/features/endpoints/overview.tsx'), 'Overview'),
});
const endpointDeliveries = createRoute({
  getParentRoute: () => endpoint,
  path: '/deliveries',
  validateSearch: only(...deliveryFilters),
  component: lazy(() => import('#web/features/deliveries/endpoint-deliveries.tsx'), 'EndpointDeliveries'),
});
const endpointSettings = createRoute({
  getParentRoute: () => endpoint,
  path: '/settings',
  component: lazy(() => import('#web/features/endpoints/settings.tsx'), 'Settings'),
});
const endpointCheck = createRoute({
  getParentRoute: () => endpoint,
  path: '/check',
  validateSearch: only('check'),
  component: lazy(() => import('#web/features/endpoints/check/check.tsx'), 'Check'),
});
const endpointSecret = createRoute({
  getParentRoute: () => endpoint,
  path: '/secret',
  component: lazy(() => import('#web/features/endpoints/secret.tsx'), 'Secret'),
});
const event = createRoute({
  getParentRoute: () => scoped,
  path: '/events/$id',
  component: lazy(() => import('#web/features/events/event.tsx'), 'EventScreen'),
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
const deliveries = createRoute({
  getParentRoute: () => all,
  path: '/deliveries',
  validateSearch: only(...deliveryFilters, 'endpoint'),
  component: lazy(() => import('#web/features/deliveries/deliveries.tsx'), 'Deliveries'),
});
const delivery = createRoute({
  getParentRoute: () => scoped,
  path: '/deliveries/$id',
  validateSearch: only('attempt'),
  component: lazy(() => import('#web/features/deliveries/delivery.tsx'), 'DeliveryScreen'),
});
const replays = createRoute({
  getParentRoute: () => scoped,
  path: '/replays',
  component: lazy(() => import('#web/features/replays/replays.tsx'), 'Replays'),
});
const newReplay = createRoute({
  getParentRoute: () => scoped,
  path: '/replays/new',
  validateSearch: only('endpoint', 'states', 'types', 'since', 'until'),
  component: lazy(() => import('#web/features/replays/builder.tsx'), 'ReplayBuilder'),
});
const replay = createRoute({
  getParentRoute: () => scoped,
  path: '/replays/$id',
  component: lazy(() => import('#web/features/replays/replay.tsx'), 'ReplayScreen'),
});

const tree = root.addChildren([
  all.addChildren([
    start,
    endpoints,
    eventTypes,
    eventType,
    deliveries,
    scoped.addChildren([
      endpoint.addChildren([
        endpointOverview,
        endpointDeliveries,
        endpointSettings,
        endpointSecret,
        endpointCheck,
      ]),
      event,
      delivery,
      replays,
      newReplay,
      replay,
    ]),
  ]),
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
