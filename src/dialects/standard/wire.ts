// Requests are read into core types here, and core types are written as JSON.
import { Attempt as AttemptJson, Delivery as DeliveryJson, DeliveryQuery } from '#contract/deliveries.ts';
import { CheckEndpoint } from '#contract/checks.ts';
import { CreateEndpoint, Endpoint as EndpointJson, EndpointQuery } from '#contract/endpoints.ts';
import { EventType as EventTypeJson } from '#contract/event-types.ts';
import { PublishedEvent as PublishedJson } from '#contract/events.ts';
import { Explanation as ExplanationJson } from '#contract/explanation.ts';
import { FeedQuery } from '#contract/feed.ts';
import { pageLimitDefault, pageOf, PageQuery } from '#contract/page.ts';
import { ExtendLeases, PullRequest, PullResults, ReleaseLeases, StreamQuery } from '#contract/pull.ts';
import { nullable, timeOut } from '#contract/schema.ts';
import { ownSecret } from '#contract/secrets.ts';
import { FilterSample, gatherSettings, tenantSettingsIn, TransformSample } from '#contract/settings.ts';
import { type Attempt, responseBytesKept } from '#core/attempt.ts';
import type { CatalogueEntry } from '#core/catalogue.ts';
import type {
  DeliveryDetail,
  FilterTrial,
  FilterVerdict,
  OpenEndpoint,
  Page,
  TransformTrial,
  TransformVerdict,
} from '#core/commands.ts';
import type { PublishedEvent } from '#core/event.ts';
import type { Explanation } from '#core/explanation.ts';
import { type Delivery, type DeliveryId, parkedUntil } from '#core/delivery.ts';
import { type Endpoint, type EndpointId, shownUrl } from '#core/endpoint.ts';
import { Fault } from '#core/fault.ts';
import { defaultLimits } from '#core/limits.ts';
import { readFeed } from '#core/feed-json.ts';
import { readLeaseMs, readLeases, readPull, readResults } from '#core/pull-json.ts';
import { showSettings } from '#core/settings.ts';
import { readBody, readOptionalBody } from '#input/json.ts';
import { readQueryString } from '#input/query.ts';
import { compile } from '#input/schema.ts';
import type { WireRequest } from '#dialects/dialect.ts';
import { given } from '#lib/given.ts';
import { isId } from '#lib/ids.ts';
import type { JsonObject } from '#lib/json.ts';
import { formatTime, readTime } from '#lib/rfc3339.ts';
import { Type } from 'typebox';
import { entryPattern, eventTypeLengthMax, eventTypePattern } from './events.ts';
import { render } from './signing.ts';

const overlapSeconds = { max: 7 * 24 * 60 * 60, default: 24 * 60 * 60 };
const idExample = 'ep_01kdytp0cd0000000000000001';

// ---- requests

const url = Type.String({
  minLength: 1,
  maxLength: defaultLimits.urlLengthMax,
  // The URL parser would silently remove spaces, tabs and line ends.
  pattern: '^[^\\u0000-\\u0020\\u007f]+$',
  'x-problem': 'must be a URL without spaces or control characters',
  format: 'uri',
  description: 'Where deliveries go: https, and an address that is publicly reachable.',
  examples: ['https://example.com/hooks'],
});

const eventTypes = Type.Array(
  Type.String({
    minLength: 1,
    maxLength: eventTypeLengthMax,
    pattern: entryPattern,
    'x-problem': 'must be "*", or letters, digits and any of "_", ".", ":" and "-", which ".*" may follow',
  }),
  {
    minItems: 1,
    maxItems: defaultLimits.eventTypesMax,
    description: 'Exact names, prefixes such as `payment.*`, or `*` for all.',
    examples: [['payment.succeeded', 'payment.failed']],
  },
);

const { description, metadata } = CreateEndpoint.properties;

/** The body of a create. */
export const newEndpointSchema = Type.Object(
  {
    kind: CreateEndpoint.properties.kind,
    url: Type.Optional(url),
    eventTypes,
    description,
    metadata,
    secret: Type.Optional(ownSecret),
    ...tenantSettingsIn,
  },
  { $id: 'NewEndpoint', additionalProperties: false },
);

/** The body of a change: only what is given changes. */
export const endpointChangeSchema = Type.Object(
  {
    url: Type.Optional(url),
    eventTypes: Type.Optional(eventTypes),
    description,
    metadata,
    ...tenantSettingsIn,
    enabled: Type.Optional(
      Type.Boolean({ description: 'Enabling sends what was held while the endpoint was disabled.' }),
    ),
  },
  { $id: 'EndpointChange', additionalProperties: false },
);

/** The body of a rotation; may be left out. */
export const rotationSchema = Type.Object(
  {
    overlapSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: overlapSeconds.max,
        default: overlapSeconds.default,
        description: 'How long the old secret signs beside the new one.',
      }),
    ),
    secret: Type.Optional(ownSecret),
  },
  { $id: 'SecretRotation', additionalProperties: false },
);

const newEndpoint = compile('standard newEndpoint', newEndpointSchema);
const endpointChange = compile('standard endpointChange', endpointChangeSchema);
const rotation = compile('standard rotation', rotationSchema);
const checkOptions = compile('standard checkOptions', CheckEndpoint);
const filterSample = compile('standard filterSample', FilterSample);
const transformSample = compile('standard transformSample', TransformSample);
const feedQuery = compile('standard feedQuery', FeedQuery);
const pullRequest = compile('standard pullRequest', PullRequest);
const streamQuery = compile('standard streamQuery', StreamQuery);
const pullResults = compile('standard pullResults', PullResults);
const extendLeases = compile('standard extendLeases', ExtendLeases);
const releaseLeases = compile('standard releaseLeases', ReleaseLeases);

export function readNewEndpoint(rawBody: Uint8Array) {
  return gatherSettings(readBody(rawBody, newEndpoint));
}

export function readEndpointChange(rawBody: Uint8Array) {
  return gatherSettings(readBody(rawBody, endpointChange));
}

export function readFilterSample(rawBody: Uint8Array): FilterTrial {
  const { filter, payload, type = null, orderingKey = null } = readBody(rawBody, filterSample);
  return { ...given({ filter }), payload, type, orderingKey };
}

export function readTransformSample(rawBody: Uint8Array): TransformTrial {
  const { transform, payload, type = null, orderingKey = null } = readBody(rawBody, transformSample);
  return { ...given({ transform }), payload, type, orderingKey };
}

export function readCheck(rawBody: Uint8Array): CheckEndpoint {
  return readOptionalBody(rawBody, checkOptions);
}

export function readFeedQuery({ query, headers }: WireRequest) {
  return readFeed(readQueryString(query, feedQuery), headers['last-event-id'] || undefined);
}

export function readPullRequest(rawBody: Uint8Array) {
  return readPull(readOptionalBody(rawBody, pullRequest));
}

export function readStreamQuery({ query }: WireRequest) {
  return readPull(readQueryString(query, streamQuery));
}

export function readPullResults(rawBody: Uint8Array) {
  return readResults(readBody(rawBody, pullResults).results);
}

export function readExtension(rawBody: Uint8Array) {
  const { leases, leaseMs } = readBody(rawBody, extendLeases);
  return { leases: readLeases(leases), leaseMs: readLeaseMs(leaseMs) };
}

export function readRelease(rawBody: Uint8Array) {
  return readLeases(readBody(rawBody, releaseLeases).leases);
}

export function readRotation(rawBody: Uint8Array): { readonly overlapMs: number; readonly secret?: string } {
  const { overlapSeconds: seconds = overlapSeconds.default, secret } = readOptionalBody(rawBody, rotation);
  return { overlapMs: seconds * 1000, ...given({ secret }) };
}

export function readEndpointId({ params }: WireRequest): EndpointId {
  const id = params['id'] ?? '';
  if (!isId('ep', id)) throw new Fault('endpoint_not_found', 'There is no such endpoint.');
  return id as EndpointId;
}

export function readDeliveryId({ params }: WireRequest): DeliveryId {
  const id = params['id'] ?? '';
  if (!isId('dlv', id)) throw new Fault('delivery_not_found', 'There is no such delivery.');
  return id as DeliveryId;
}

export function readEndpointList({ query }: WireRequest) {
  return { limit: pageLimitDefault, ...readQueryString(query, endpointQuery) };
}

/** The deliveries of all endpoints, or of the one that the path names. */
export function readDeliveryList({ query }: WireRequest, endpoint: EndpointId | null) {
  const asked =
    endpoint === null
      ? readQueryString(query, deliveryQuery)
      : { ...readQueryString(query, endpointDeliveryQuery), endpoint };
  const { limit = pageLimitDefault, cursor, since, until, ...filter } = asked;
  return {
    limit,
    ...given({ cursor }),
    filter: given({
      ...filter,
      endpoint: filter.endpoint as EndpointId | undefined,
      since: since === undefined ? undefined : readTime(since),
      until: until === undefined ? undefined : readTime(until),
    }),
  };
}

export function readPage({ query }: WireRequest): { limit: number; cursor?: string } {
  return { limit: pageLimitDefault, ...readQueryString(query, pageQuery) };
}

// ---- answers

export function writeEndpoint(endpoint: Endpoint): JsonObject {
  return {
    id: endpoint.id,
    kind: endpoint.kind,
    url: shownUrl(endpoint.url),
    eventTypes: endpoint.eventTypes,
    description: endpoint.description,
    metadata: endpoint.metadata,
    ...showSettings(endpoint.settings),
    previousSecretEndsAt: writeTime(endpoint.secrets[1]?.expiresAt ?? null),
    enabled: endpoint.enabled,
    disabledReason: endpoint.disabledReason,
    disabledAt: writeTime(endpoint.disabledAt),
    failureCount: endpoint.health.failureCount,
    createdAt: formatTime(endpoint.createdAt),
    updatedAt: formatTime(endpoint.updatedAt),
  };
}

/** With its secret, which only the answers to a creation, a rotation and a request for it have. */
export function writeNewEndpoint({ endpoint, secrets }: OpenEndpoint): JsonObject {
  return { ...writeEndpoint(endpoint), secret: secrets[0] ?? null };
}

export function writeRotation({ endpoint, secrets }: OpenEndpoint): JsonObject {
  return {
    id: endpoint.id,
    secret: secrets[0] ?? null,
    previousSecretEndsAt: writeTime(endpoint.secrets[1]?.expiresAt ?? null),
  };
}

export function writePage<T>(page: Page<T>, write: (item: T) => JsonObject): JsonObject {
  return { data: page.items.map(write), nextCursor: page.nextCursor };
}

export function writeTestEvent(event: PublishedEvent): JsonObject {
  return {
    id: event.id,
    type: event.type,
    deliveries: event.deliveries,
    createdAt: formatTime(event.createdAt),
  };
}

export function writeVerdict({ matches, reasons }: FilterVerdict): JsonObject {
  return { matches, reasons: reasons.map(({ path, message }) => ({ path, message })) };
}

export function writeTransformVerdict(verdict: TransformVerdict): JsonObject {
  const { canceled, payload, headers, url, error, durationMs } = verdict;
  const shown = error === null ? null : { ...error };
  return { canceled, payload, headers: { ...headers }, url, error: shown, durationMs };
}

export function writeDelivery(delivery: Delivery): JsonObject {
  return {
    id: delivery.id,
    endpoint: delivery.endpoint,
    event: delivery.event,
    eventType: delivery.eventType,
    state: delivery.state,
    attemptCount: delivery.attempts,
    lastAttemptAt: writeTime(delivery.lastAttempt?.startedAt ?? null),
    lastStatus: delivery.lastAttempt?.status ?? null,
    lastError: delivery.lastAttempt?.error ?? null,
    orderingKey: delivery.orderingKey,
    inFlight: delivery.isInFlight,
    nextAttemptAt: writeDueAt(delivery.dueAt),
    createdAt: formatTime(delivery.createdAt),
    endedAt: writeTime(delivery.endedAt),
    note: delivery.note,
  };
}

export function writeDeliveryDetail({ delivery, event, attempts }: DeliveryDetail): JsonObject {
  return {
    ...writeDelivery(delivery),
    payload: Buffer.from(render(event)).toString(),
    attempts: attempts.map(writeAttempt),
  };
}

export function writeAttempt(attempt: Attempt): JsonObject {
  return {
    number: attempt.number,
    trigger: attempt.trigger,
    startedAt: formatTime(attempt.startedAt),
    durationMs: attempt.durationMs,
    outcome: attempt.outcome,
    status: attempt.status,
    error: attempt.error === null ? null : { code: attempt.error.code, message: attempt.error.message },
    url: shownUrl(attempt.url),
    requestHeaders: attempt.requestHeaders,
    responseHeaders: attempt.responseHeaders,
    responseBody: Buffer.from(attempt.responseBody).toString('utf8', 0, responseBytesKept),
  };
}

export function writeExplanation(explained: Explanation): JsonObject {
  const { endpoint, url, reason, isRecorded, filterReasons, delivery } = explained;
  return {
    endpoint,
    url: shownUrl(url),
    reason,
    basis: isRecorded ? 'recorded' : 'inferred',
    filterReasons: filterReasons.map(({ path, message }) => ({ path, message })),
    delivery: delivery === null ? null : writeDelivery(delivery),
  };
}

export function writeEventType(type: CatalogueEntry): JsonObject {
  return {
    name: type.name,
    groupName: type.groupName,
    description: type.description,
    schema: type.schema,
    examples: type.examples,
    deprecated: type.deprecated,
    version: type.version,
    createdAt: writeTime(type.createdAt),
    updatedAt: writeTime(type.updatedAt),
  };
}

function writeTime(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}

/** Null for a delivery that waits for the one before it under the same ordering key. */
function writeDueAt(dueAt: number | null): string | null {
  return dueAt === null || dueAt >= parkedUntil ? null : formatTime(dueAt);
}

// ---- schemas for the OpenAPI document: those of the admin API, without what a client of a tenant does not see

const endpointFields = Type.Omit(EndpointJson, [
  'mode',
  'attributes',
  'firstFailureAt',
  'lastFailureAt',
]).properties;
const deliveryFields = {
  ...Type.Omit(DeliveryJson, ['mode', 'dueAt']).properties,
  nextAttemptAt: DeliveryJson.properties.dueAt,
};
const secret = Type.String({ description: 'Signs deliveries.', examples: ['whsec_…'] });

export const streamSchema = Type.String({ description: 'Server-sent events.' });
export const endpointSchema = Type.Object(endpointFields, { $id: 'Endpoint' });
export const newEndpointReplySchema = Type.Object(
  { ...endpointFields, secret },
  { $id: 'EndpointWithSecret' },
);
export const rotationReplySchema = Type.Object(
  {
    id: endpointFields.id,
    secret,
    previousSecretEndsAt: nullable(timeOut('When the old secret stops signing.')),
  },
  { $id: 'RotatedSecret' },
);
export const testEventSchema = Type.Omit(PublishedJson, ['mode', 'unsent', 'filtered'], { $id: 'TestEvent' });
export const deliverySchema = Type.Object(deliveryFields, { $id: 'Delivery' });
/** The body of a delivery, as `signing.ts` writes it. */
export const deliveryBodySchema = Type.Object(
  {
    type: Type.String({ description: 'The event type.' }),
    timestamp: Type.String({ format: 'date-time', description: 'When it happened.' }),
    data: Type.Unsafe<unknown>({ description: 'The payload of the event, as it was published.' }),
  },
  { $id: 'DeliveryBody' },
);
const attemptSchema = Type.Omit(AttemptJson, ['id'], { $id: 'Attempt' });
export const attemptPageSchema = pageOf(attemptSchema, 'AttemptPage');
export const deliveryDetailSchema = Type.Object(
  {
    ...deliveryFields,
    payload: Type.String({ description: 'The exact text that is delivered.' }),
    attempts: Type.Array(attemptSchema),
  },
  { $id: 'DeliveryWithAttempts' },
);
export const endpointPageSchema = pageOf(endpointSchema, 'EndpointPage');
const explanationSchema = Type.Object(
  {
    ...Type.Omit(ExplanationJson, ['mode', 'delivery']).properties,
    delivery: nullable(deliverySchema),
  },
  { $id: 'Explanation' },
);
export const explainedEventSchema = Type.Object(
  {
    event: Type.String({ description: 'The id of the event.' }),
    eventType: Type.String(),
    ...pageOf(explanationSchema, 'ExplainedEvent').properties,
  },
  { $id: 'ExplainedEvent' },
);
const eventTypeSchema = Type.Omit(EventTypeJson, ['dialect'], { $id: 'EventType' });
export const eventTypePageSchema = Type.Object(
  {
    ...pageOf(eventTypeSchema, 'EventTypePage').properties,
    data: Type.Array(eventTypeSchema, { description: 'In the order of their names.' }),
  },
  { $id: 'EventTypePage', description: 'One page of a list.' },
);
export const deliveryPageSchema = pageOf(deliverySchema, 'DeliveryPage');

const eventType = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: eventTypeLengthMax,
    pattern: eventTypePattern,
    'x-problem': 'must be the name of an event type',
  }),
);
const endpointFilter = Type.Optional(
  Type.String({
    pattern: '^ep_[0-7][0-9a-hjkmnp-tv-z]{25}$',
    'x-problem': `must be the id of an endpoint, such as ${idExample}`,
  }),
);
const deliveryFilter = {
  ...Type.Omit(DeliveryQuery, ['mode', 'type', 'endpoint', 'code', 'error', 'wireId']).properties,
  eventType,
};
/** A mistyped filter would select everything. */
const strict = { additionalProperties: false };

export const endpointQuerySchema = Type.Object(
  { ...Type.Omit(EndpointQuery, ['mode', 'id', 'url']).properties, eventType },
  strict,
);
export const endpointDeliveryQuerySchema = Type.Object(deliveryFilter, strict);
export const deliveryQuerySchema = Type.Object({ ...deliveryFilter, endpoint: endpointFilter }, strict);

export const pageQuerySchema = PageQuery;
const pageQuery = compile('standard pageQuery', pageQuerySchema);
const endpointQuery = compile('standard endpointQuery', endpointQuerySchema);
const endpointDeliveryQuery = compile('standard endpointDeliveryQuery', endpointDeliveryQuerySchema);
const deliveryQuery = compile('standard deliveryQuery', deliveryQuerySchema);
