// The screens and their places. What stands in a URL after `?` is text: the tenant, the mode, and the filters of a list.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent as lazy,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { serverRoot } from '#web/lib/api.ts';
import { Frame } from './frame.tsx';
import { Gate } from './gate.tsx';
import { NeedsTenant } from './needs-tenant.tsx';
import { NotFound, Failed } from './not-found.tsx';
import { only, searchText } from './search-params.ts';
import { createSharedRoutes } from './shared-routes.tsx';

interface ScopeSearch {
  tenant?: string | undefined;
  mode?: 'test' | undefined;
}

const root = createRootRoute({
  component: Frame,
  notFoundComponent: NotFound,
  errorComponent: Failed,
  validateSearch: (search: Record<string, unknown>): ScopeSearch => ({
    ...only('tenant')(search),
    ...(search['mode'] === 'test' ? { mode: 'test' } : {}),
  }),
  search: { middlewares: [retainSearchParams(['tenant', 'mode'])] },
});

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/console' });
  },
});
const consoleRoute = createRoute({ getParentRoute: () => root, path: '/console', component: Gate });
const scoped = createRoute({ getParentRoute: () => consoleRoute, id: 'scoped', component: NeedsTenant });

const now = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/',
  component: lazy(() => import('#web/features/now/now.tsx'), 'Now'),
});
const tenants = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/tenants',
  component: lazy(() => import('#web/features/tenants/tenants.tsx'), 'Tenants'),
});
const tenant = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/tenants/$id',
  component: lazy(() => import('#web/features/tenants/tenant.tsx'), 'TenantScreen'),
});
const system = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/system',
  validateSearch: only('settings'),
  component: lazy(() => import('#web/features/system/system.tsx'), 'System'),
});

const live = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/live',
  validateSearch: only('outcome', 'type', 'endpoint'),
  component: lazy(() => import('#web/features/live/live.tsx'), 'Live'),
});
const alerts = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/alerts',
  component: lazy(() => import('#web/features/alerts/alerts.tsx'), 'Alerts'),
});
const alert = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/alerts/$id',
  component: lazy(() => import('#web/features/alerts/alert.tsx'), 'AlertScreen'),
});
const keys = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/keys',
  component: lazy(() => import('#web/features/keys/keys.tsx'), 'Keys'),
});
const audit = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/audit',
  validateSearch: only('actor', 'command', 'since', 'until', 'entry'),
  component: lazy(() => import('#web/features/audit/audit.tsx'), 'Audit'),
});
const eventTypes = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/event-types',
  validateSearch: only('dialect', 'find'),
  component: lazy(() => import('#web/features/event-types/event-types.tsx'), 'EventTypes'),
});
const eventType = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/event-types/$name',
  validateSearch: only('dialect'),
  component: lazy(() => import('#web/features/event-types/event-type.tsx'), 'EventTypeScreen'),
});

const events = createRoute({
  getParentRoute: () => scoped,
  path: '/events',
  validateSearch: only('type', 'orderingKey', 'withoutDeliveries', 'since', 'until', 'publish'),
  component: lazy(() => import('#web/features/events/events.tsx'), 'Events'),
});

const docs = createRoute({
  getParentRoute: () => root,
  path: '/docs',
  component: lazy(() => import('#web/features/docs/docs.tsx'), 'Docs'),
});
const docsPage = createRoute({
  getParentRoute: () => root,
  path: '/docs/$',
  component: lazy(() => import('#web/features/docs/docs.tsx'), 'Docs'),
});
const reference = createRoute({
  getParentRoute: () => root,
  path: '/reference',
  validateSearch: only('api'),
  component: lazy(() => import('#web/features/reference/reference.tsx'), 'Reference'),
});

const shared = createSharedRoutes(consoleRoute, scoped);
const tree = root.addChildren([
  start,
  consoleRoute.addChildren([
    now,
    tenants,
    tenant,
    system,
    live,
    alerts,
    alert,
    keys,
    audit,
    eventTypes,
    eventType,
    ...shared.ofAll,
    scoped.addChildren([events, ...shared.ofScoped]),
  ]),
  docs,
  docsPage,
  reference,
]);

export const router = createRouter({
  routeTree: tree,
  basepath: serverRoot.pathname,
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: Failed,
  defaultPreload: 'intent',
  scrollRestoration: true,
  ...searchText,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
