// The OpenAPI documents that a server serves: what the tables of its APIs say, with its own limits and dialects.
import { Type } from 'typebox';
import { OpenedPortal, OpenPortal, PortalAccess } from '#contract/portal.ts';
import { type PortalRouteName, portalPrefix, portalRoutes } from '#contract/portal-routes.ts';
import { Problem, problemContentType } from '#contract/problem.ts';
import { adminPrefix, type RouteName, routes } from '#contract/routes.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import { goodHealth } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import { type FaultCode, fieldFault } from '#core/fault.ts';
import { problems } from '#core/problem.ts';
import type { CatalogueEntry } from '#core/catalogue.ts';
import type { TenantId } from '#core/tenant.ts';
import type { JsonValue } from '#lib/json.ts';
import type { Dialect, Operation, OperationDocs, ResponseDocs } from '#dialects/dialect.ts';
import { adminOperations } from './admin/api.ts';
import { documentLimits, pathSchema } from './admin/bounds.ts';
import type { HttpDeps } from './deps.ts';
import type { ServerRoute } from './health.ts';
import { createDocument, type DescribedDelivery, type DescribedOperation } from './openapi.ts';
import type { AnyAdminOperation } from './operation.ts';

const tags = {
  Tenants: 'The customers of the platform.',
  Keys: 'The keys of this API.',
  Portal: 'Letting people of a tenant into the portal.',
  Credentials: 'What the clients of a tenant authenticate with.',
  Endpoints: 'Where the events of a tenant are delivered to.',
  'Event types': 'The catalogue: what may be published, and what it looks like.',
  Events: 'Publishing events, and reading them.',
  Deliveries: 'What became of each event at each endpoint.',
  Pulling: 'Taking deliveries of endpoints without a URL.',
  Replays: 'Redelivering many.',
  Stats: 'Attempts over time.',
  Server: 'The server itself.',
};

/** The document of the admin API and of the server's own routes. */
export function describeAdmin(deps: HttpDeps, own: readonly ServerRoute[]): Record<string, unknown> {
  return createDocument({
    title: 'Carillon admin API',
    version: deps.version,
    description:
      'Tenants with their credentials and endpoints, publishing events, and what became of their deliveries. ' +
      'Refusals are problem details (RFC 9457) with a stable `code`.',
    tags,
    security: [
      {
        adminKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'A key of the configuration, or one that was created by `POST /admin/v1/keys`.',
        },
      },
    ],
    faultType: problemContentType,
    operations: [
      ...adminOperations(deps).map(([name, operation]): DescribedOperation => {
        const { method, path } = routes[name];
        const { scope } = routes[name];
        const needs = scope === null ? 'Needs any scope.' : `Needs the scope \`${scope}\`.`;
        const docs = adminDocs({ id: name, path, needs }, operation, deps);
        return { method, path: adminPrefix + path, tag: operation.docs.tag, docs };
      }),
      ...own.map(({ method, path, docs }) => ({ method, path, docs, tag: 'Server', isOpen: true })),
    ],
  });
}

/** The document of the portal's own API: the operations of the admin API that it has, and those of its session. */
export function describePortal(deps: HttpDeps): Record<string, unknown> {
  const operations = adminOperations(deps).flatMap(([id, operation]): DescribedOperation[] => {
    if (!(id in portalRoutes)) return [];
    const { method, path, permission } = portalRoutes[id as PortalRouteName];
    const needs = `Needs the permission \`${permission}\`.`;
    const docs = adminDocs({ id, path, needs }, withoutScope(operation), deps);
    return [{ method, path: portalPrefix + path, docs }];
  });
  return createDocument({
    title: 'Carillon portal API',
    version: deps.version,
    description: 'What the page of the portal asks, in the tenant and mode of its session.',
    security: [
      {
        session: { type: 'http', scheme: 'bearer', description: 'The token of `POST /portal/api/session`.' },
      },
    ],
    faultType: problemContentType,
    operations: [...operations, ...sessionOperations()],
  });
}

const scopeNames: ReadonlySet<string> = new Set(['tenant', 'mode', 'dialect']);

/** The session says the tenant with its dialect, and the mode. */
function withoutScope(operation: AnyAdminOperation): AnyAdminOperation {
  if (operation.query === undefined) return operation;
  const own = Object.entries(propertiesOf(operation.query));
  const properties = Object.fromEntries(own.filter(([name]) => !scopeNames.has(name)));
  return { ...operation, query: Type.Unsafe({ ...operation.query, properties }) };
}

const sessionPath = `${portalPrefix}/session`;
const sessionFaults: readonly FaultCode[] = [
  'key_missing',
  'key_unknown',
  'field_invalid',
  'unavailable',
  'internal',
];

const sessionOperations = (): readonly DescribedOperation[] => [
  {
    method: 'POST',
    path: sessionPath,
    isOpen: true,
    docs: {
      id: 'openPortal',
      summary: 'Open a link, once',
      body: OpenPortal,
      responses: {
        201: { description: 'The session, with the token of the tab.', schema: OpenedPortal },
        ...describeFaults([...sessionFaults, ...bodyFaults]),
      },
    },
  },
  {
    method: 'GET',
    path: sessionPath,
    docs: {
      id: 'getPortalAccess',
      summary: 'Show the session of this tab',
      responses: {
        200: { description: 'The session.', schema: PortalAccess },
        ...describeFaults(sessionFaults),
      },
    },
  },
  {
    method: 'DELETE',
    path: sessionPath,
    docs: {
      id: 'closePortal',
      summary: 'End the session of this tab',
      responses: { 204: { description: 'It has ended.' }, ...describeFaults(sessionFaults) },
    },
  },
];

function adminDocs(
  { id, path, needs }: { readonly id: RouteName; readonly path: string; readonly needs: string },
  { docs: { summary, description }, query, headers, body, answers, faults = [] }: AnyAdminOperation,
  { limits, dialects }: HttpDeps,
): OperationDocs {
  const names = dialects.map(({ name }) => name);
  const codes = [...commonFaults, ...(body === undefined ? [] : bodyFaults), ...faults];
  if (path.includes('{tenant}')) codes.push('tenant_not_found');
  if (query !== undefined && 'cursor' in propertiesOf(query)) codes.push('cursor_invalid');
  return {
    id,
    summary,
    description: description === undefined ? needs : `${description} ${needs}`,
    params: propertiesOf(pathSchema(path)),
    query,
    headers,
    body: body && documentLimits(body, limits, names),
    isBodyOptional: body !== undefined && !('required' in body),
    responses: { ...answers, ...describeFaults(codes) },
  };
}

function propertiesOf(schema: object): Readonly<Record<string, object>> {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, object>> };
  return properties;
}

/** What every operation with the admin key can answer. */
const commonFaults: readonly FaultCode[] = [
  'key_missing',
  'key_unknown',
  'not_permitted',
  'field_invalid',
  'rate_limited',
  'unavailable',
  'internal',
];
const bodyFaults: readonly FaultCode[] = ['json_invalid', 'body_too_large', 'media_type_unsupported'];

/** One answer per status, with its codes. */
function describeFaults(codes: readonly FaultCode[]): Readonly<Record<number, ResponseDocs>> {
  const byStatus = Map.groupBy(new Set(codes), (code) => problems[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
        schema: Problem,
      },
    ]),
  );
}

/** The document of one dialect: its operations, and the deliveries that its endpoints get. */
export function describeDialect(
  dialect: Dialect,
  version: string,
  catalogue: readonly CatalogueEntry[] = [],
): Record<string, unknown> {
  const { title, operations, faults, docs } = dialect;
  return createDocument({
    title,
    version,
    security: docs.security,
    faultType: faults.field_invalid(fieldFault('url', 'is required'), '').contentType ?? 'application/json',
    // A path with a doubled slash only tolerates a client's mistake; the right one is described.
    operations: operations.filter((operation) => !isTolerated(operation, operations)),
    deliveries: describeDeliveries(dialect, catalogue),
  });
}

function isTolerated({ path, method }: Operation, all: readonly Operation[]): boolean {
  const right = path.replaceAll(/\/{2,}/g, '/');
  return right !== path && all.some((other) => other.path === right && other.method === method);
}

/** Those of the catalogue and the test event; without a catalogue, those of the dialect. */
function describeDeliveries(
  { docs, events, render, policy }: Dialect,
  catalogue: readonly CatalogueEntry[],
): readonly DescribedDelivery[] {
  const { headers, body, types = events.samples.map(({ type }) => type) } = docs.deliveries;
  const samples = new Map<string, JsonValue>(events.samples.map(({ type, payload }) => [type, payload]));
  const known = new Map(catalogue.map((entry) => [entry.name, entry]));
  for (const { name, examples } of catalogue) {
    if (examples[0] === undefined) samples.delete(name);
    else samples.set(name, examples[0]);
  }
  const names = catalogue.length === 0 ? types : [...types.slice(0, 1), ...known.keys()];
  const { from, to } = policy.accepted;
  const accepted = from === to ? String(from) : `${Math.floor(from / 100)}XX`;
  return [...new Set(names)].map((type) => {
    const payload = Buffer.from(JSON.stringify(samples.get(type) ?? null));
    const bytes = samples.has(type) ? render({ ...exampleEvent, type, payload }, exampleEndpoint) : null;
    const example: unknown = bytes === null ? undefined : JSON.parse(Buffer.from(bytes).toString());
    const { description = null, deprecated = false } = known.get(type) ?? {};
    return { type, headers, body, accepted, example, description, deprecated };
  });
}

const exampleTime = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

const exampleEvent: Event = {
  seq: 20_417,
  number: 417,
  id: 'evt_01kdytp0cd0000000000000003',
  tenant: 'acme' as TenantId,
  mode: 'live',
  type: '',
  payload: new Uint8Array(),
  orderingKey: null,
  occurredAt: exampleTime,
  createdAt: exampleTime,
  traceparent: null,
  metadata: {},
};

const exampleEndpoint: Endpoint = {
  id: 'ep_01kdytp0cd0000000000000001' as EndpointId,
  tenant: exampleEvent.tenant,
  mode: 'live',
  kind: 'push',
  url: 'https://shop.example/hooks',
  eventTypes: ['*'],
  description: null,
  enabled: true,
  disabledReason: null,
  disabledAt: null,
  health: goodHealth,
  secrets: [],
  alias: null,
  attributes: {},
  metadata: {},
  settings: {},
  sealedSettings: null,
  createdAt: exampleTime,
  updatedAt: exampleTime,
  revision: 1,
};
