// The screens that the console and the portal both have, below the places that each of them gives.
import { type AnyRoute, createRoute, lazyRouteComponent as lazy } from '@tanstack/react-router';
import { deliveryFilters, only } from './search-params.ts';

/** `all`: what is there for all tenants, too. `scoped`: what is about one tenant. Returns what is to be added to each. */
export function createSharedRoutes<All extends AnyRoute, Scoped extends AnyRoute>(all: All, scoped: Scoped) {
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
  const endpointTabs = [
    endpointOverview,
    endpointDeliveries,
    endpointSettings,
    endpointSecret,
    endpointCheck,
  ] as const;
  return {
    ofAll: [endpoints, deliveries],
    ofScoped: [endpoint.addChildren([...endpointTabs]), event, delivery, replays, newReplay, replay],
  } as const;
}
