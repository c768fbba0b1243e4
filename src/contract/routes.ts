// The operations of the admin API by name: where each is, and the JSON that goes in and comes out. The server binds its
// tables to these routes, and clients derive their calls from them. Loads nothing: the schemas are in the other files.
import type { CreateCredential, CredentialPage, IssuedCredential } from './credentials.ts';
import type { Delivery, DeliveryPage, DeliveryQuery, DeliveryWithAttempts } from './deliveries.ts';
import type {
  ChangeEndpoint,
  CreateEndpoint,
  Endpoint,
  EndpointPage,
  EndpointQuery,
  EndpointWithSecret,
  RotateSecret,
} from './endpoints.ts';
import type {
  EventPage,
  EventQuery,
  EventWithPayload,
  ModeQuery,
  PublishBatch,
  PublishedBatch,
  PublishedEvent,
  PublishEvent,
} from './events.ts';
import type { PageQuery } from './page.ts';
import type { CreateReplay, Replay, ReplayCount, StartedReplay } from './replays.ts';
import type { Stats, StatsQuery } from './stats.ts';
import type { ChangeTenant, CreateTenant, Tenant, TenantPage } from './tenants.ts';

/** Stands before the path of every route. */
export const adminPrefix = '/admin/v1';

const tenant = '/tenants/{tenant}';

/** Parameters of a path are written `{name}`. */
export const routes = {
  createTenant: { method: 'POST', path: '/tenants' },
  listTenants: { method: 'GET', path: '/tenants' },
  getTenant: { method: 'GET', path: tenant },
  changeTenant: { method: 'PATCH', path: tenant },
  removeTenant: { method: 'DELETE', path: tenant },
  createCredential: { method: 'POST', path: `${tenant}/credentials` },
  listCredentials: { method: 'GET', path: `${tenant}/credentials` },
  removeCredential: { method: 'DELETE', path: `${tenant}/credentials/{id}` },
  createEndpoint: { method: 'POST', path: `${tenant}/endpoints` },
  listEndpoints: { method: 'GET', path: `${tenant}/endpoints` },
  getEndpoint: { method: 'GET', path: `${tenant}/endpoints/{id}` },
  changeEndpoint: { method: 'PATCH', path: `${tenant}/endpoints/{id}` },
  removeEndpoint: { method: 'DELETE', path: `${tenant}/endpoints/{id}` },
  enableEndpoint: { method: 'POST', path: `${tenant}/endpoints/{id}/enable` },
  disableEndpoint: { method: 'POST', path: `${tenant}/endpoints/{id}/disable` },
  rotateSecret: { method: 'POST', path: `${tenant}/endpoints/{id}/rotate-secret` },
  sendTest: { method: 'POST', path: `${tenant}/endpoints/{id}/test` },
  publishEvent: { method: 'POST', path: `${tenant}/events` },
  publishBatch: { method: 'POST', path: `${tenant}/events/batch` },
  listEvents: { method: 'GET', path: `${tenant}/events` },
  getEvent: { method: 'GET', path: `${tenant}/events/{id}` },
  listDeliveries: { method: 'GET', path: `${tenant}/deliveries` },
  getDelivery: { method: 'GET', path: `${tenant}/deliveries/{id}` },
  redeliver: { method: 'POST', path: `${tenant}/deliveries/{id}/redeliver` },
  createReplay: { method: 'POST', path: `${tenant}/replays` },
  getReplay: { method: 'GET', path: `${tenant}/replays/{id}` },
  stopReplay: { method: 'DELETE', path: `${tenant}/replays/{id}` },
  readStats: { method: 'GET', path: '/stats' },
} as const;

export type RouteName = keyof typeof routes;

/** The query, the body and the answer of each operation; `undefined` for none. */
interface Traffic {
  createTenant: Io<Tenant, CreateTenant>;
  listTenants: Io<TenantPage, undefined, PageQuery>;
  getTenant: Io<Tenant>;
  changeTenant: Io<Tenant, ChangeTenant>;
  removeTenant: Io;
  createCredential: Io<IssuedCredential, CreateCredential>;
  listCredentials: Io<CredentialPage, undefined, PageQuery>;
  removeCredential: Io;
  createEndpoint: Io<EndpointWithSecret, CreateEndpoint>;
  listEndpoints: Io<EndpointPage, undefined, EndpointQuery>;
  getEndpoint: Io<Endpoint>;
  changeEndpoint: Io<Endpoint, ChangeEndpoint>;
  removeEndpoint: Io;
  enableEndpoint: Io<Endpoint>;
  disableEndpoint: Io<Endpoint>;
  rotateSecret: Io<EndpointWithSecret, RotateSecret>;
  sendTest: Io<PublishedEvent>;
  publishEvent: Io<PublishedEvent, PublishEvent>;
  publishBatch: Io<PublishedBatch, PublishBatch>;
  listEvents: Io<EventPage, undefined, EventQuery>;
  getEvent: Io<EventWithPayload, undefined, ModeQuery>;
  listDeliveries: Io<DeliveryPage, undefined, DeliveryQuery>;
  getDelivery: Io<DeliveryWithAttempts>;
  redeliver: Io<Delivery>;
  createReplay: Io<StartedReplay | ReplayCount, CreateReplay>;
  getReplay: Io<Replay>;
  stopReplay: Io;
  readStats: Io<Stats, undefined, StatsQuery>;
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

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;
