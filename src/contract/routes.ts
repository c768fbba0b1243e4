// The operations of the admin API by name: where each is, and the JSON that goes in and comes out. The server binds its
// tables to these routes, and clients derive their calls from them. Loads nothing: the schemas are in the other files.
import type * as alerts from './alerts.ts';
import type * as attention from './attention.ts';
import type * as audit from './audit.ts';
import type * as checks from './checks.ts';
import type * as credentials from './credentials.ts';
import type * as deliveries from './deliveries.ts';
import type * as endpoints from './endpoints.ts';
import type * as encryption from './encryption.ts';
import type * as eventTypes from './event-types.ts';
import type * as events from './events.ts';
import type * as feed from './feed.ts';
import type * as keys from './keys.ts';
import type { KeyScope } from './keys.ts';
import type * as explanation from './explanation.ts';
import type { PageQuery } from './page.ts';
import type * as portal from './portal.ts';
import type * as pull from './pull.ts';
import type * as replays from './replays.ts';
import type * as secrets from './secrets.ts';
import type * as server from './server.ts';
import type * as settings from './settings.ts';
import type * as stats from './stats.ts';
import type { TailQuery } from './tail.ts';
import type * as tenants from './tenants.ts';

/** Stands before the path of every route. */
export const adminPrefix = '/admin/v1';

const tenant = '/tenants/{tenant}';

/** Where an operation is, and who may call it. */
interface RouteEntry {
  readonly method: string;
  /** Parameters are written `{name}`. */
  readonly path: string;
  /** What the key must be allowed; null where any key will do. */
  readonly scope: KeyScope | null;
  /** A list over all tenants, or those that the key reaches. Other routes without a tenant are about the whole server. */
  readonly isWide?: true;
}

export const routes = {
  createTenant: { method: 'POST', path: '/tenants', scope: 'tenants' },
  listTenants: { method: 'GET', path: '/tenants', scope: 'read', isWide: true },
  getTenant: { method: 'GET', path: tenant, scope: 'read' },
  changeTenant: { method: 'PATCH', path: tenant, scope: 'tenants' },
  removeTenant: { method: 'DELETE', path: tenant, scope: 'tenants' },
  createCredential: { method: 'POST', path: `${tenant}/credentials`, scope: 'secrets' },
  listCredentials: { method: 'GET', path: `${tenant}/credentials`, scope: 'read' },
  removeCredential: { method: 'DELETE', path: `${tenant}/credentials/{id}`, scope: 'secrets' },
  createEndpoint: { method: 'POST', path: `${tenant}/endpoints`, scope: 'endpoints' },
  listEndpoints: { method: 'GET', path: `${tenant}/endpoints`, scope: 'read' },
  findEndpoints: { method: 'GET', path: '/endpoints', scope: 'read', isWide: true },
  getEndpoint: { method: 'GET', path: `${tenant}/endpoints/{id}`, scope: 'read' },
  changeEndpoint: { method: 'PATCH', path: `${tenant}/endpoints/{id}`, scope: 'endpoints' },
  removeEndpoint: { method: 'DELETE', path: `${tenant}/endpoints/{id}`, scope: 'endpoints' },
  enableEndpoint: { method: 'POST', path: `${tenant}/endpoints/{id}/enable`, scope: 'endpoints' },
  disableEndpoint: { method: 'POST', path: `${tenant}/endpoints/{id}/disable`, scope: 'endpoints' },
  rotateSecret: { method: 'POST', path: `${tenant}/endpoints/{id}/rotate-secret`, scope: 'secrets' },
  revealSecret: { method: 'POST', path: `${tenant}/endpoints/{id}/secret/reveal`, scope: 'secrets' },
  rotateTenantSecret: { method: 'POST', path: `${tenant}/rotate-secret`, scope: 'secrets' },
  revealTenantSecret: { method: 'POST', path: `${tenant}/secret/reveal`, scope: 'secrets' },
  sendTest: { method: 'POST', path: `${tenant}/endpoints/{id}/test`, scope: 'endpoints' },
  checkEndpoint: { method: 'POST', path: `${tenant}/endpoints/{id}/check`, scope: 'endpoints' },
  listChecks: { method: 'GET', path: `${tenant}/endpoints/{id}/checks`, scope: 'read' },
  getCheck: { method: 'GET', path: `${tenant}/endpoints/{id}/checks/{check}`, scope: 'read' },
  testFilter: { method: 'POST', path: `${tenant}/endpoints/{id}/filter/test`, scope: 'read' },
  testTransform: { method: 'POST', path: `${tenant}/endpoints/{id}/transform/test`, scope: 'endpoints' },
  purgeEndpoint: { method: 'POST', path: `${tenant}/endpoints/{id}/purge`, scope: 'endpoints' },
  createBackfill: { method: 'POST', path: `${tenant}/endpoints/{id}/backfill`, scope: 'replay' },
  pullDeliveries: { method: 'POST', path: `${tenant}/endpoints/{id}/pull`, scope: 'endpoints' },
  streamDeliveries: { method: 'GET', path: `${tenant}/endpoints/{id}/stream`, scope: 'endpoints' },
  recordResults: { method: 'POST', path: `${tenant}/endpoints/{id}/results`, scope: 'endpoints' },
  extendLeases: { method: 'POST', path: `${tenant}/endpoints/{id}/extend`, scope: 'endpoints' },
  releaseLeases: { method: 'POST', path: `${tenant}/endpoints/{id}/release`, scope: 'endpoints' },
  publishEvent: { method: 'POST', path: `${tenant}/events`, scope: 'publish' },
  publishBatch: { method: 'POST', path: `${tenant}/events/batch`, scope: 'publish' },
  readFeed: { method: 'GET', path: `${tenant}/feed`, scope: 'read' },
  findFeed: { method: 'GET', path: '/feed', scope: 'read', isWide: true },
  listEvents: { method: 'GET', path: `${tenant}/events`, scope: 'read' },
  getEvent: { method: 'GET', path: `${tenant}/events/{id}`, scope: 'read' },
  explainEvent: { method: 'GET', path: `${tenant}/events/{id}/explain`, scope: 'read' },
  listEventTypes: { method: 'GET', path: '/event-types', scope: 'read' },
  exportEventTypes: { method: 'GET', path: '/event-types.openapi', scope: 'read' },
  getEventType: { method: 'GET', path: '/event-types/{name}', scope: 'read' },
  setEventType: { method: 'PUT', path: '/event-types/{name}', scope: 'tenants' },
  removeEventType: { method: 'DELETE', path: '/event-types/{name}', scope: 'tenants' },
  listDeliveries: { method: 'GET', path: `${tenant}/deliveries`, scope: 'read' },
  getDelivery: { method: 'GET', path: `${tenant}/deliveries/{id}`, scope: 'read' },
  findDeliveries: { method: 'GET', path: '/deliveries', scope: 'read', isWide: true },
  findAttempts: { method: 'GET', path: '/attempts', scope: 'read', isWide: true },
  tailAttempts: { method: 'GET', path: '/tail', scope: 'read', isWide: true },
  getRequestBody: { method: 'GET', path: `${tenant}/deliveries/{id}/request-body`, scope: 'read' },
  listDeliveryAttempts: { method: 'GET', path: `${tenant}/deliveries/{id}/attempts`, scope: 'read' },
  redeliver: { method: 'POST', path: `${tenant}/deliveries/{id}/redeliver`, scope: 'replay' },
  cancelDelivery: { method: 'POST', path: `${tenant}/deliveries/{id}/cancel`, scope: 'replay' },
  createReplay: { method: 'POST', path: `${tenant}/replays`, scope: 'replay' },
  listReplays: { method: 'GET', path: `${tenant}/replays`, scope: 'read' },
  getReplay: { method: 'GET', path: `${tenant}/replays/{id}`, scope: 'read' },
  stopReplay: { method: 'DELETE', path: `${tenant}/replays/{id}`, scope: 'replay' },
  countDeliveries: { method: 'GET', path: `${tenant}/endpoints/{id}/counts`, scope: 'read' },
  listAttention: { method: 'GET', path: '/attention', scope: 'read', isWide: true },
  readStats: { method: 'GET', path: '/stats', scope: 'read', isWide: true },
  resume: { method: 'POST', path: '/resume', scope: 'replay' },
  describeServer: { method: 'GET', path: '/server', scope: 'read' },
  whoami: { method: 'GET', path: '/whoami', scope: null },
  createKey: { method: 'POST', path: '/keys', scope: 'keys' },
  listKeys: { method: 'GET', path: '/keys', scope: 'keys' },
  removeKey: { method: 'DELETE', path: '/keys/{id}', scope: 'keys' },
  rotateEncryption: { method: 'POST', path: '/encryption/rotate', scope: 'keys' },
  createAlert: { method: 'POST', path: '/alerts', scope: 'endpoints' },
  listAlerts: { method: 'GET', path: '/alerts', scope: 'read' },
  getAlert: { method: 'GET', path: '/alerts/{id}', scope: 'read' },
  changeAlert: { method: 'PATCH', path: '/alerts/{id}', scope: 'endpoints' },
  removeAlert: { method: 'DELETE', path: '/alerts/{id}', scope: 'endpoints' },
  testAlert: { method: 'POST', path: '/alerts/{id}/test', scope: 'endpoints' },
  snoozeAlert: { method: 'POST', path: '/alerts/{id}/snooze', scope: 'endpoints' },
  listAudit: { method: 'GET', path: '/audit', scope: 'keys' },
  createPortalSession: { method: 'POST', path: `${tenant}/portal-sessions`, scope: 'secrets' },
  listPortalSessions: { method: 'GET', path: `${tenant}/portal-sessions`, scope: 'read' },
  removePortalSession: { method: 'DELETE', path: `${tenant}/portal-sessions/{id}`, scope: 'secrets' },
  removePortalSessions: { method: 'DELETE', path: `${tenant}/portal-sessions`, scope: 'secrets' },
} as const satisfies Readonly<Record<string, RouteEntry>>;

export type RouteName = keyof typeof routes;

/** The query, the body and the answer of each operation; `undefined` for none. */
interface Traffic {
  createTenant: Io<tenants.Tenant, tenants.CreateTenant>;
  listTenants: Io<tenants.TenantPage, undefined, PageQuery>;
  getTenant: Io<tenants.Tenant>;
  changeTenant: Io<tenants.Tenant, tenants.ChangeTenant>;
  removeTenant: Io;
  createCredential: Io<credentials.IssuedCredential, credentials.CreateCredential>;
  listCredentials: Io<credentials.CredentialPage, undefined, PageQuery>;
  removeCredential: Io;
  createEndpoint: Io<endpoints.EndpointWithSecret, endpoints.CreateEndpoint>;
  listEndpoints: Io<endpoints.EndpointPage, undefined, endpoints.EndpointQuery>;
  findEndpoints: Io<endpoints.FoundEndpointPage, undefined, endpoints.FindEndpointsQuery>;
  getEndpoint: Io<endpoints.Endpoint>;
  changeEndpoint: Io<endpoints.Endpoint, endpoints.ChangeEndpoint>;
  removeEndpoint: Io;
  enableEndpoint: Io<endpoints.Endpoint>;
  disableEndpoint: Io<endpoints.Endpoint>;
  rotateSecret: Io<endpoints.EndpointWithSecret, endpoints.RotateSecret>;
  revealSecret: Io<secrets.RevealedSecret>;
  rotateTenantSecret: Io<secrets.TenantSecret, secrets.RotateTenantSecret>;
  revealTenantSecret: Io<secrets.TenantSecret, secrets.RevealTenantSecret>;
  sendTest: Io<events.PublishedEvent, endpoints.TestEvent>;
  checkEndpoint: Io<checks.EndpointCheck, checks.CheckEndpoint>;
  listChecks: Io<checks.EndpointChecks>;
  getCheck: Io<checks.EndpointCheck>;
  testFilter: Io<settings.FilterVerdict, settings.FilterSample>;
  testTransform: Io<settings.TransformVerdict, settings.TransformSample>;
  purgeEndpoint: Io<endpoints.PurgedEndpoint>;
  createBackfill: Io<replays.StartedReplay | replays.BackfillCount, replays.CreateBackfill>;
  pullDeliveries: Io<pull.PulledPage, pull.PullRequest>;
  streamDeliveries: Io<string, undefined, pull.StreamQuery>;
  recordResults: Io<pull.ResultVerdicts, pull.PullResults>;
  extendLeases: Io<pull.LeaseVerdicts, pull.ExtendLeases>;
  releaseLeases: Io<pull.LeaseVerdicts, pull.ReleaseLeases>;
  publishEvent: Io<events.PublishedEvent, events.PublishEvent>;
  publishBatch: Io<events.PublishedBatch, events.PublishBatch>;
  readFeed: Io<feed.FeedPage, undefined, feed.TenantFeedQuery>;
  findFeed: Io<feed.FeedPage, undefined, feed.TenantFeedQuery>;
  listEvents: Io<events.EventPage, undefined, events.EventQuery>;
  getEvent: Io<events.EventWithPayload, undefined, events.ModeQuery>;
  explainEvent: Io<explanation.ExplainedEvent, undefined, explanation.ExplainQuery>;
  listEventTypes: Io<eventTypes.EventTypePage, undefined, eventTypes.EventTypesQuery>;
  exportEventTypes: Io<eventTypes.EventTypesDocument, undefined, eventTypes.EventTypeQuery>;
  getEventType: Io<eventTypes.EventType, undefined, eventTypes.EventTypeQuery>;
  setEventType: Io<eventTypes.EventType, eventTypes.SetEventType>;
  removeEventType: Io;
  listDeliveries: Io<deliveries.DeliveryPage, undefined, deliveries.DeliveryQuery>;
  getDelivery: Io<deliveries.DeliveryWithAttempts>;
  findDeliveries: Io<deliveries.FoundDeliveryPage, undefined, deliveries.FindDeliveriesQuery>;
  findAttempts: Io<deliveries.FoundAttemptPage, undefined, deliveries.FindAttemptsQuery>;
  tailAttempts: Io<string, undefined, TailQuery>;
  getRequestBody: Io<deliveries.RequestBody>;
  listDeliveryAttempts: Io<deliveries.AttemptPage, undefined, PageQuery>;
  redeliver: Io<deliveries.Delivery>;
  cancelDelivery: Io<deliveries.Delivery>;
  createReplay: Io<replays.StartedReplay | replays.ReplayCount, replays.CreateReplay>;
  listReplays: Io<replays.ReplayPage, undefined, PageQuery>;
  getReplay: Io<replays.Replay>;
  stopReplay: Io;
  countDeliveries: Io<attention.EndpointCounts, undefined, attention.CountsQuery>;
  listAttention: Io<attention.AttentionPage, undefined, attention.AttentionQuery>;
  readStats: Io<stats.Stats, undefined, stats.StatsQuery>;
  resume: Io<server.Resumed>;
  describeServer: Io<server.Server>;
  whoami: Io<server.WhoAmI>;
  createKey: Io<keys.IssuedKey, keys.CreateKey>;
  listKeys: Io<keys.KeyPage, undefined, PageQuery>;
  removeKey: Io;
  rotateEncryption: Io<encryption.RotatedEncryption, undefined, encryption.RotateEncryptionQuery>;
  createAlert: Io<alerts.CreatedAlert, alerts.CreateAlert>;
  listAlerts: Io<alerts.AlertPage, undefined, PageQuery>;
  getAlert: Io<alerts.Alert>;
  changeAlert: Io<alerts.Alert, alerts.ChangeAlert>;
  removeAlert: Io;
  testAlert: Io<alerts.AlertTest>;
  snoozeAlert: Io<alerts.Alert, alerts.SnoozeAlert>;
  listAudit: Io<audit.AuditPage, undefined, audit.AuditQuery>;
  createPortalSession: Io<portal.IssuedPortalSession, portal.CreatePortalSession>;
  listPortalSessions: Io<portal.PortalSessionPage, undefined, PageQuery>;
  removePortalSession: Io;
  removePortalSessions: Io<portal.RevokedPortalSessions>;
}

interface Io<Answer = undefined, Body = undefined, Query = undefined> {
  readonly answer: Answer;
  readonly body: Body;
  readonly query: Query;
}

export type Answer<N extends RouteName> = Traffic[N]['answer'];
export type Body<N extends RouteName> = Traffic[N]['body'];
export type Query<N extends RouteName> = Traffic[N]['query'];
/** The parameters of the path. */
export type Params<N extends RouteName> = Readonly<Record<NamesIn<(typeof routes)[N]['path']>, string>>;

/** What a client gives for a call: the parts that the operation has. An optional member may be undefined. */
export type Call<N extends RouteName> = Part<'params', Params<N>> &
  Part<'query', Query<N>> &
  Part<'body', Body<N>>;

type Part<Name extends string, T> = [T] extends [undefined]
  ? unknown
  : object extends T
    ? { readonly [K in Name]?: Given<T> }
    : { readonly [K in Name]: Given<T> };
type Given<T> = { readonly [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K] };

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;
