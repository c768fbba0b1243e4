// The operations of the portal's own API: the admin operation that each is, in the tenant and mode of the session, and the
// permission that it needs. The JSON is that of the admin operation. Loads nothing.
import type { PortalPermission } from './portal.ts';
import type { RouteName } from './routes.ts';

/** Stands before the path of every route. */
export const portalPrefix = '/portal/api';

interface PortalRoute {
  readonly method: string;
  /** Parameters are written `{name}`. */
  readonly path: string;
  readonly permission: PortalPermission;
}

const endpoint = '/endpoints/{id}';
const delivery = '/deliveries/{id}';

export const portalRoutes = {
  findEndpoints: { method: 'GET', path: '/endpoints', permission: 'read' },
  createEndpoint: { method: 'POST', path: '/endpoints', permission: 'endpoints' },
  getEndpoint: { method: 'GET', path: endpoint, permission: 'read' },
  changeEndpoint: { method: 'PATCH', path: endpoint, permission: 'endpoints' },
  removeEndpoint: { method: 'DELETE', path: endpoint, permission: 'endpoints' },
  enableEndpoint: { method: 'POST', path: `${endpoint}/enable`, permission: 'endpoints' },
  disableEndpoint: { method: 'POST', path: `${endpoint}/disable`, permission: 'endpoints' },
  rotateSecret: { method: 'POST', path: `${endpoint}/rotate-secret`, permission: 'secrets' },
  revealSecret: { method: 'POST', path: `${endpoint}/secret/reveal`, permission: 'secrets' },
  rotateTenantSecret: { method: 'POST', path: '/rotate-secret', permission: 'secrets' },
  revealTenantSecret: { method: 'POST', path: '/secret/reveal', permission: 'secrets' },
  testTransform: { method: 'POST', path: `${endpoint}/transform/test`, permission: 'endpoints' },
  testFilter: { method: 'POST', path: `${endpoint}/filter/test`, permission: 'read' },
  sendTest: { method: 'POST', path: `${endpoint}/test`, permission: 'test' },
  checkEndpoint: { method: 'POST', path: `${endpoint}/check`, permission: 'test' },
  listChecks: { method: 'GET', path: `${endpoint}/checks`, permission: 'read' },
  getCheck: { method: 'GET', path: `${endpoint}/checks/{check}`, permission: 'read' },
  countDeliveries: { method: 'GET', path: `${endpoint}/counts`, permission: 'read' },
  listEvents: { method: 'GET', path: '/events', permission: 'read' },
  getEvent: { method: 'GET', path: '/events/{id}', permission: 'read' },
  explainEvent: { method: 'GET', path: '/events/{id}/explain', permission: 'read' },
  listEventTypes: { method: 'GET', path: '/event-types', permission: 'read' },
  getEventType: { method: 'GET', path: '/event-types/{name}', permission: 'read' },
  findDeliveries: { method: 'GET', path: '/deliveries', permission: 'read' },
  getDelivery: { method: 'GET', path: delivery, permission: 'read' },
  getRequestBody: { method: 'GET', path: `${delivery}/request-body`, permission: 'read' },
  listDeliveryAttempts: { method: 'GET', path: `${delivery}/attempts`, permission: 'read' },
  redeliver: { method: 'POST', path: `${delivery}/redeliver`, permission: 'redeliver' },
  findAttempts: { method: 'GET', path: '/attempts', permission: 'read' },
  createReplay: { method: 'POST', path: '/replays', permission: 'replay' },
  listReplays: { method: 'GET', path: '/replays', permission: 'read' },
  getReplay: { method: 'GET', path: '/replays/{id}', permission: 'read' },
  stopReplay: { method: 'DELETE', path: '/replays/{id}', permission: 'replay' },
  readStats: { method: 'GET', path: '/stats', permission: 'read' },
} as const satisfies Partial<Record<RouteName, PortalRoute>>;

export type PortalRouteName = keyof typeof portalRoutes;
