import {
  ChangeEndpoint,
  CreateEndpoint,
  type Endpoint as EndpointJson,
  Endpoint as EndpointSchema,
  EndpointPage,
  EndpointQuery,
  EndpointWithSecret,
  FindEndpointsQuery,
  FoundEndpointPage,
  overlapSecondsDefault,
  PurgedEndpoint,
  RotateSecret,
  TestEvent,
} from '#contract/endpoints.ts';
import { PublishedEvent } from '#contract/events.ts';
import { RevealedSecret } from '#contract/secrets.ts';
import {
  FilterSample,
  FilterVerdict,
  gatherSettings,
  TransformSample,
  TransformVerdict,
} from '#contract/settings.ts';
import type { OpenEndpoint } from '#core/commands.ts';
import { type Endpoint, type EndpointId, shownUrl } from '#core/endpoint.ts';
import { showSettings } from '#core/settings.ts';
import type { TenantId } from '#core/tenant.ts';
import { given } from '#lib/given.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { type AdminTable, pageRequest, scopeOf, toPage, wideScope } from '../operation.ts';
import { publishedToJson } from './events.ts';

const tag = 'Endpoints';
const inputFaults = ['url_refused', 'event_type_unknown', 'endpoint_exists'] as const;

/** What every change of an endpoint has. */
const change = {
  command: 'changeEndpoint',
  answers: { 200: { description: 'The endpoint as it is now.', schema: EndpointSchema } },
  faults: ['endpoint_not_found'],
  reply: (open: OpenEndpoint) => ({ status: 200, body: toJson(open) }),
} as const;

export const endpoints = {
  createEndpoint: {
    command: 'createEndpoint',
    docs: { tag, summary: 'Register an endpoint' },
    body: CreateEndpoint,
    answers: { 201: { description: 'The new endpoint with its secret.', schema: EndpointWithSecret } },
    faults: ['endpoint_limit_reached', ...inputFaults],
    parse: ({ params: { tenant }, body }) => ({
      ...gatherSettings(body),
      tenant,
      mode: body.mode ?? 'live',
    }),
    reply: (open) => ({ status: 201, body: withSecret(open) }),
  },
  listEndpoints: {
    command: 'listEndpoints',
    docs: { tag, summary: 'List the endpoints of a tenant' },
    query: EndpointQuery,
    answers: { 200: { description: 'A page of endpoints.', schema: EndpointPage } },
    parse: ({ params, query }) => ({
      ...scopeOf(params, query.mode),
      ...pageRequest(query),
      ...readFilter(query),
    }),
    reply: (page) => toPage(page, toJson),
  },
  findEndpoints: {
    command: 'findEndpoints',
    docs: { tag, summary: 'Find endpoints of all tenants' },
    query: FindEndpointsQuery,
    answers: { 200: { description: 'A page of endpoints.', schema: FoundEndpointPage } },
    faults: ['tenant_not_found'],
    parse: ({ query }) => ({ ...wideScope(query), filter: readFilter(query), ...pageRequest(query) }),
    reply: (page) => toPage(page, (endpoint) => ({ tenant: endpoint.tenant, ...toJson({ endpoint }) })),
  },
  getEndpoint: {
    command: 'getEndpoint',
    docs: { tag, summary: 'Show an endpoint' },
    answers: { 200: { description: 'The endpoint.', schema: EndpointSchema } },
    faults: ['endpoint_not_found'],
    parse: ({ params }) => refOf(params),
    reply: (open) => ({ status: 200, body: toJson(open) }),
  },
  changeEndpoint: {
    ...change,
    docs: {
      tag,
      summary: 'Change an endpoint',
      description: 'What waits of an event type that it does not name any more is canceled.',
    },
    body: ChangeEndpoint,
    faults: ['endpoint_not_found', ...inputFaults],
    parse: ({ params, body }) => ({ ...refOf(params), patch: gatherSettings(body) }),
  },
  removeEndpoint: {
    command: 'removeEndpoint',
    docs: { tag, summary: 'Remove an endpoint', description: 'Its backlog is canceled.' },
    answers: { 204: { description: 'It is removed.' } },
    faults: ['endpoint_not_found'],
    parse: ({ params }) => refOf(params),
    reply: () => ({ status: 204 }),
  },
  enableEndpoint: {
    ...change,
    docs: { tag, summary: 'Enable an endpoint', description: 'Held deliveries become due.' },
    parse: ({ params }) => ({ ...refOf(params), patch: { enabled: true } }),
  },
  disableEndpoint: {
    ...change,
    docs: { tag, summary: 'Disable an endpoint', description: 'New deliveries are held.' },
    parse: ({ params }) => ({ ...refOf(params), patch: { enabled: false } }),
  },
  rotateSecret: {
    command: 'rotateSecret',
    docs: { tag, summary: 'Make a new signing secret, or set your own' },
    body: RotateSecret,
    answers: { 200: { description: 'The endpoint with its new secret.', schema: EndpointWithSecret } },
    faults: ['endpoint_not_found'],
    parse: ({ params, body }) => ({
      ...refOf(params),
      overlapMs: (body.overlapSeconds ?? overlapSecondsDefault) * 1000,
      ...given({ secret: body.secret }),
    }),
    reply: (open) => ({ status: 200, body: withSecret(open) }),
  },
  revealSecret: {
    command: 'revealSecret',
    docs: {
      tag,
      summary: 'Show the signing secret of an endpoint again',
      description:
        'Refused where receivers verify with a public key, and where the tenant has one secret for all.',
    },
    answers: { 200: { description: 'The secret.', schema: RevealedSecret } },
    faults: ['endpoint_not_found', 'field_invalid'],
    parse: ({ params }) => refOf(params),
    reply: ({ endpoint, secrets: [secret = ''] }) => ({
      status: 200,
      body: {
        endpoint: endpoint.id,
        secret,
        previousSecretEndsAt: time(endpoint.secrets[1]?.expiresAt ?? null),
      },
    }),
  },
  purgeEndpoint: {
    command: 'purgeEndpoint',
    docs: {
      tag,
      summary: 'Cancel everything that waits for an endpoint',
      description:
        'Also what is held, parked or in flight: the result of a request under way is not recorded. Events published ' +
        'from now on are delivered.',
    },
    answers: { 200: { description: 'How many deliveries it was.', schema: PurgedEndpoint } },
    faults: ['endpoint_not_found'],
    parse: ({ params }) => refOf(params),
    reply: (canceled) => ({ status: 200, body: { canceled } }),
  },
  sendTest: {
    command: 'sendTest',
    docs: {
      tag,
      summary: 'Send a test event to an endpoint',
      description:
        'To this endpoint alone, with any event types. Without a body, the test event of its dialect. A disabled ' +
        'endpoint refuses it.',
    },
    body: TestEvent,
    answers: { 202: { description: 'The test event is published.', schema: PublishedEvent } },
    faults: [
      'endpoint_not_found',
      'endpoint_disabled',
      'event_type_unknown',
      'payload_refused',
      'overloaded',
    ],
    parse: ({ params, body }) => ({ ...refOf(params), ...body }),
    reply: (published) => ({ status: 202, body: publishedToJson(published) }),
  },
  testFilter: {
    command: 'testFilter',
    docs: {
      tag,
      summary: 'Try the filter of an endpoint with a sample',
      description: 'Nothing is published. The event types of the endpoint are not looked at.',
    },
    body: FilterSample,
    answers: { 200: { description: 'Whether it matches, and why not.', schema: FilterVerdict } },
    faults: ['endpoint_not_found'],
    parse: ({ params, body }) => ({
      ...refOf(params),
      ...given({ filter: body.filter }),
      payload: body.payload,
      type: body.type ?? null,
      orderingKey: body.orderingKey ?? null,
    }),
    reply: ({ matches, reasons }) => ({ status: 200, body: { matches, reasons: [...reasons] } }),
  },
  testTransform: {
    command: 'testTransform',
    docs: {
      tag,
      summary: 'Try the transform of an endpoint with a sample',
      description: 'Nothing is published, and nothing is sent.',
    },
    body: TransformSample,
    answers: { 200: { description: 'What would be sent, or why nothing would.', schema: TransformVerdict } },
    faults: ['endpoint_not_found', 'field_invalid', 'unavailable'],
    parse: ({ params, body }) => ({
      ...refOf(params),
      ...given({ transform: body.transform }),
      payload: body.payload,
      type: body.type ?? null,
      orderingKey: body.orderingKey ?? null,
    }),
    reply: (verdict) => ({ status: 200, body: { ...verdict, headers: { ...verdict.headers } } }),
  },
} satisfies Partial<AdminTable>;

function refOf(params: { readonly tenant: TenantId; readonly id: string }) {
  return { ...scopeOf(params), id: params.id as EndpointId };
}

function readFilter({ enabled, id, url }: EndpointQuery) {
  return given({ enabled, knownAs: id, url });
}

const time = (ms: number | null): string | null => (ms === null ? null : formatTime(ms));

function toJson({ endpoint }: { readonly endpoint: Endpoint }): EndpointJson {
  const { id, kind, url, eventTypes, mode, description, enabled } = endpoint;
  return {
    id,
    kind,
    url: shownUrl(url),
    eventTypes: [...eventTypes],
    mode,
    description,
    attributes: endpoint.attributes,
    metadata: endpoint.metadata,
    ...showSettings(endpoint.settings),
    previousSecretEndsAt: time(endpoint.secrets[1]?.expiresAt ?? null),
    enabled,
    ...healthToJson(endpoint),
    createdAt: formatTime(endpoint.createdAt),
    updatedAt: formatTime(endpoint.updatedAt),
  };
}

export function healthToJson({ disabledReason, disabledAt, health }: Endpoint) {
  return {
    disabledReason,
    disabledAt: time(disabledAt),
    failureCount: health.failureCount,
    firstFailureAt: time(health.firstFailureAt),
    lastFailureAt: time(health.lastFailureAt),
  };
}

function withSecret({ endpoint, secrets }: OpenEndpoint): EndpointWithSecret {
  return { ...toJson({ endpoint }), secret: secrets[0] ?? null };
}
