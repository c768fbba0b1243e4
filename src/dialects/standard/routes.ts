// The routes of the default dialect, the command that each means, and the two translations.
import { CheckEndpoint, EndpointCheck, EndpointChecks } from '#contract/checks.ts';
import { Problem } from '#contract/problem.ts';
import { FilterSample, FilterVerdict, TransformSample, TransformVerdict } from '#contract/settings.ts';
import { checkToJson } from '#core/check.ts';
import { FeedPage, FeedQuery } from '#contract/feed.ts';
import {
  ExtendLeases,
  LeaseVerdicts,
  PulledPage,
  PullRequest,
  PullResults,
  ReleaseLeases,
  ResultVerdicts,
  StreamQuery,
} from '#contract/pull.ts';
import { feedEvents, showFeed } from '#core/feed-json.ts';
import { pulledEvents, showLeases, showPulled, showResults } from '#core/pull-json.ts';
import { eventStreamType } from '#lib/server-sent-events.ts';
import type { DialectDocs, Operation, OperationDocs, WireRequest } from '#dialects/dialect.ts';
import {
  attemptPageSchema,
  pageQuerySchema,
  deliveryBodySchema,
  deliveryDetailSchema,
  deliveryPageSchema,
  deliveryQuerySchema,
  deliverySchema,
  endpointChangeSchema,
  endpointDeliveryQuerySchema,
  endpointPageSchema,
  endpointQuerySchema,
  endpointSchema,
  eventTypePageSchema,
  explainedEventSchema,
  newEndpointReplySchema,
  newEndpointSchema,
  readCheck,
  readPage,
  readDeliveryId,
  readDeliveryList,
  readEndpointChange,
  readEndpointId,
  readEndpointList,
  readExtension,
  readFeedQuery,
  readFilterSample,
  readTransformSample,
  readNewEndpoint,
  readPullRequest,
  readPullResults,
  readRelease,
  readRotation,
  readStreamQuery,
  rotationReplySchema,
  rotationSchema,
  streamSchema,
  testEventSchema,
  writeAttempt,
  writeDelivery,
  writeDeliveryDetail,
  writeEndpoint,
  writeEventType,
  writeExplanation,
  writeNewEndpoint,
  writePage,
  writeRotation,
  writeTestEvent,
  writeTransformVerdict,
  writeVerdict,
} from './wire.ts';

const endpointOf = (request: WireRequest) => ({
  id: readEndpointId(request),
});
const deliveryOf = (request: WireRequest) => ({
  id: readDeliveryId(request),
});

export const operations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/endpoints',
    command: 'createEndpoint',
    parse: ({ rawBody }) => readNewEndpoint(rawBody),
    reply: (open) => ({
      status: 201,
      body: writeNewEndpoint(open),
      headers: { location: `/v1/endpoints/${open.endpoint.id}` },
    }),
    docs: {
      id: 'createEndpoint',
      summary: 'Create an endpoint',
      description: 'The signing secret is in this answer, and in no later one.',
      body: newEndpointSchema,
      responses: {
        201: { description: 'Created', schema: newEndpointReplySchema },
        ...problems(400, 401, 409, 413, 415),
      },
    },
  },
  {
    method: 'GET',
    path: '/v1/endpoints',
    command: 'listEndpoints',
    parse: (request) => readEndpointList(request),
    reply: (page) => ({ status: 200, body: writePage(page, ({ endpoint }) => writeEndpoint(endpoint)) }),
    docs: {
      id: 'listEndpoints',
      summary: 'List endpoints, newest first',
      query: endpointQuerySchema,
      responses: { 200: { description: 'One page', schema: endpointPageSchema }, ...problems(400, 401) },
    },
  },
  {
    method: 'GET',
    path: '/v1/endpoints/{id}',
    command: 'getEndpoint',
    parse: endpointOf,
    reply: ({ endpoint }) => ({ status: 200, body: writeEndpoint(endpoint) }),
    docs: {
      id: 'getEndpoint',
      summary: 'Show an endpoint',
      responses: { 200: { description: 'The endpoint', schema: endpointSchema }, ...problems(400, 401, 404) },
    },
  },
  {
    method: 'PATCH',
    path: '/v1/endpoints/{id}',
    command: 'changeEndpoint',
    parse: (request) => ({
      ...endpointOf(request),
      patch: readEndpointChange(request.rawBody),
    }),
    reply: ({ endpoint }) => ({ status: 200, body: writeEndpoint(endpoint) }),
    docs: {
      id: 'changeEndpoint',
      summary: 'Change an endpoint',
      description: 'Only what is given changes. `metadata` replaces all that there is.',
      body: endpointChangeSchema,
      responses: {
        200: { description: 'The endpoint as it is now', schema: endpointSchema },
        ...problems(400, 401, 404, 409, 413, 415),
      },
    },
  },
  {
    method: 'DELETE',
    path: '/v1/endpoints/{id}',
    command: 'removeEndpoint',
    parse: endpointOf,
    reply: () => ({ status: 204 }),
    docs: {
      id: 'removeEndpoint',
      summary: 'Remove an endpoint',
      description: 'What it was still owed is canceled.',
      responses: { 204: { description: 'Removed' }, ...problems(400, 401, 404, 413, 415) },
    },
  },
  {
    method: 'POST',
    path: '/v1/endpoints/{id}/rotate-secret',
    command: 'rotateSecret',
    parse: (request) => ({ ...endpointOf(request), ...readRotation(request.rawBody) }),
    reply: (open) => ({ status: 200, body: writeRotation(open) }),
    docs: {
      id: 'rotateSecret',
      summary: 'Make a new secret, or set your own',
      description: 'Both secrets sign until the old one ends.',
      body: rotationSchema,
      isBodyOptional: true,
      responses: {
        200: { description: 'The new secret', schema: rotationReplySchema },
        ...problems(400, 401, 404, 413, 415),
      },
    },
  },
  {
    method: 'POST',
    path: '/v1/endpoints/{id}/secret/reveal',
    command: 'revealSecret',
    parse: endpointOf,
    reply: (open) => ({ status: 200, body: writeRotation(open) }),
    docs: {
      id: 'revealSecret',
      summary: 'Show the secret again',
      responses: {
        200: { description: 'The secret', schema: rotationReplySchema },
        ...problems(400, 401, 404, 413, 415),
      },
    },
  },
  {
    method: 'POST',
    path: '/v1/endpoints/{id}/test',
    command: 'sendTest',
    parse: endpointOf,
    reply: (event) => ({ status: 202, body: writeTestEvent(event) }),
    docs: {
      id: 'sendTest',
      summary: 'Send a test event to this endpoint alone',
      responses: {
        202: { description: 'On its way', schema: testEventSchema },
        ...problems(400, 401, 404, 409, 413, 415),
      },
    },
  },
  {
    method: 'POST',
    path: '/v1/endpoints/{id}/check',
    command: 'checkEndpoint',
    parse: (request) => ({ ...endpointOf(request), ...readCheck(request.rawBody) }),
    reply: (check) => ({ status: 202, body: checkToJson(check) }),
    docs: {
      id: 'checkEndpoint',
      summary: 'Check the receiver of an endpoint',
      description:
        'A job: up to 40 requests within 60 s, some of them with wrong signatures. One at a time for an endpoint, 10 per minute.',
      body: CheckEndpoint,
      isBodyOptional: true,
      responses: {
        202: { description: 'It is going to be made', schema: EndpointCheck },
        ...problems(400, 401, 404, 413, 415),
      },
    },
  },
  {
    method: 'GET',
    path: '/v1/endpoints/{id}/checks',
    command: 'listChecks',
    parse: endpointOf,
    reply: ({ items }) => ({ status: 200, body: { data: items.map(checkToJson), nextCursor: null } }),
    docs: {
      id: 'listChecks',
      summary: 'List the last checks of a receiver',
      responses: {
        200: { description: 'The last checks', schema: EndpointChecks },
        ...problems(400, 401, 404),
      },
    },
  },
  {
    method: 'GET',
    path: '/v1/endpoints/{id}/checks/{check}',
    command: 'getCheck',
    parse: (request) => ({ ...endpointOf(request), check: request.params['check'] ?? '' }),
    reply: (check) => ({ status: 200, body: checkToJson(check) }),
    docs: {
      id: 'getCheck',
      summary: 'Show a check of a receiver',
      responses: { 200: { description: 'The check', schema: EndpointCheck }, ...problems(400, 401, 404) },
    },
  },
  {
    method: 'POST',
    path: '/v1/endpoints/{id}/filter/test',
    command: 'testFilter',
    parse: (request) => ({ ...endpointOf(request), ...readFilterSample(request.rawBody) }),
    reply: (verdict) => ({ status: 200, body: writeVerdict(verdict) }),
    docs: {
      id: 'testFilter',
      summary: 'Try the filter of an endpoint with a sample',
      description: 'Nothing is published. The event types of the endpoint are not looked at.',
      body: FilterSample,
      responses: {
        200: { description: 'Whether it matches, and why not', schema: FilterVerdict },
        ...problems(400, 401, 404, 413, 415),
      },
    },
  },
  {
    method: 'POST',
    path: '/v1/endpoints/{id}/transform/test',
    command: 'testTransform',
    parse: (request) => ({ ...endpointOf(request), ...readTransformSample(request.rawBody) }),
    reply: (verdict) => ({ status: 200, body: writeTransformVerdict(verdict) }),
    docs: {
      id: 'testTransform',
      summary: 'Try the transform of an endpoint with a sample',
      description: 'Nothing is published, and nothing is sent.',
      body: TransformSample,
      responses: {
        200: { description: 'What would be sent, or why nothing would', schema: TransformVerdict },
        ...problems(400, 401, 404, 413, 415, 503),
      },
    },
  },
  {
    method: 'GET',
    path: '/v1/feed',
    command: 'readFeed',
    parse: (request) => readFeedQuery(request),
    reply: (page) => ({ status: 200, text: showFeed(page) }),
    stream: { isAlways: false, write: feedEvents },
    docs: {
      id: 'readFeed',
      summary: 'Read what was published, in order',
      description:
        'With the position before each. A client that accepts `text/event-stream` gets a stream instead, with the cursor ' +
        'of each `event` as its `id`.',
      query: FeedQuery,
      responses: { 200: { description: 'What there is', schema: FeedPage }, ...problems(400, 401, 410) },
    },
  },
  {
    method: 'POST',
    path: '/v1/endpoints/{id}/pull',
    command: 'pullDeliveries',
    parse: (request) => ({ ...endpointOf(request), ...readPullRequest(request.rawBody) }),
    reply: (pulled) => ({ status: 200, body: showPulled(pulled) }),
    docs: {
      id: 'pullDeliveries',
      summary: 'Take deliveries of an endpoint of kind `pull`',
      description: 'Each is leased: report what came of it before the lease ends, or it is handed out again.',
      body: PullRequest,
      isBodyOptional: true,
      responses: {
        200: { description: 'What there is; empty for nothing', schema: PulledPage },
        ...problems(400, 401, 404, 413, 415),
      },
    },
  },
  {
    method: 'GET',
    path: '/v1/endpoints/{id}/stream',
    command: 'pullDeliveries',
    parse: (request) => ({ ...endpointOf(request), ...readStreamQuery(request) }),
    reply: () => ({ status: 200 }),
    stream: { isAlways: true, write: pulledEvents },
    docs: {
      id: 'streamDeliveries',
      summary: 'Take deliveries as they come',
      description:
        'Server-sent events: `missed` first, with how many deliveries wait and since when, then a `delivery` for each, up ' +
        'to `max` that are not reported; `end` when the server ends the stream.',
      query: StreamQuery,
      responses: {
        200: { description: 'A stream of events', schema: streamSchema, contentType: eventStreamType },
        ...problems(400, 401, 404),
      },
    },
  },
  {
    method: 'POST',
    path: '/v1/endpoints/{id}/results',
    command: 'recordResults',
    parse: (request) => ({ ...endpointOf(request), results: readPullResults(request.rawBody) }),
    reply: (verdicts) => ({ status: 200, body: showResults(verdicts) }),
    docs: {
      id: 'recordResults',
      summary: 'Report what came of deliveries',
      description:
        'Each is recorded as an attempt. One whose lease is not held any more is not, and the others are.',
      body: PullResults,
      responses: {
        200: { description: 'What became of each', schema: ResultVerdicts },
        ...problems(400, 401, 404, 413, 415),
      },
    },
  },
  {
    method: 'POST',
    path: '/v1/endpoints/{id}/extend',
    command: 'extendLeases',
    parse: (request) => ({ ...endpointOf(request), ...readExtension(request.rawBody) }),
    reply: (verdicts) => ({ status: 200, body: showLeases(verdicts) }),
    docs: {
      id: 'extendLeases',
      summary: 'Keep deliveries for longer',
      body: ExtendLeases,
      responses: {
        200: { description: 'What became of each lease', schema: LeaseVerdicts },
        ...problems(400, 401, 404, 413, 415),
      },
    },
  },
  {
    method: 'POST',
    path: '/v1/endpoints/{id}/release',
    command: 'releaseLeases',
    parse: (request) => ({ ...endpointOf(request), leases: readRelease(request.rawBody) }),
    reply: (verdicts) => ({ status: 200, body: showLeases(verdicts) }),
    docs: {
      id: 'releaseLeases',
      summary: 'Give deliveries back untried: they are due at once',
      body: ReleaseLeases,
      responses: {
        200: { description: 'What became of each lease', schema: LeaseVerdicts },
        ...problems(400, 401, 404, 413, 415),
      },
    },
  },
  {
    method: 'GET',
    path: '/v1/endpoints/{id}/deliveries',
    command: 'listDeliveries',
    parse: (request) => readDeliveryList(request, readEndpointId(request)),
    reply: (page) => ({ status: 200, body: writePage(page, writeDelivery) }),
    docs: {
      id: 'listEndpointDeliveries',
      summary: 'List the deliveries of an endpoint, newest first',
      query: endpointDeliveryQuerySchema,
      responses: { 200: { description: 'One page', schema: deliveryPageSchema }, ...problems(400, 401, 404) },
    },
  },
  {
    method: 'GET',
    path: '/v1/events/{id}/explain',
    command: 'explainEvent',
    parse: (request) => ({ id: request.params['id'] ?? '', isAnyMode: false, ...readPage(request) }),
    reply: ({ stored, ...page }) => ({
      status: 200,
      body: { event: stored.event.id, eventType: stored.event.type, ...writePage(page, writeExplanation) },
    }),
    docs: {
      id: 'explainEvent',
      summary: 'Explain to which endpoints an event went, and why not to the others',
      query: pageQuerySchema,
      responses: {
        200: { description: 'One page of endpoints, newest first', schema: explainedEventSchema },
        ...problems(400, 401, 404),
      },
    },
  },
  {
    method: 'GET',
    path: '/v1/event-types',
    command: 'listTenantEventTypes',
    parse: (request) => readPage(request),
    reply: (page) => ({ status: 200, body: writePage(page, writeEventType) }),
    docs: {
      id: 'listEventTypes',
      summary: 'List the event types of the catalogue, by name',
      description: 'Events of other types may be delivered, too, unless the server accepts only these.',
      query: pageQuerySchema,
      responses: { 200: { description: 'One page', schema: eventTypePageSchema }, ...problems(400, 401) },
    },
  },
  {
    method: 'GET',
    path: '/v1/deliveries',
    command: 'listDeliveries',
    parse: (request) => readDeliveryList(request, null),
    reply: (page) => ({ status: 200, body: writePage(page, writeDelivery) }),
    docs: {
      id: 'listDeliveries',
      summary: 'List the deliveries of all endpoints, newest first',
      query: deliveryQuerySchema,
      responses: { 200: { description: 'One page', schema: deliveryPageSchema }, ...problems(400, 401) },
    },
  },
  {
    method: 'GET',
    path: '/v1/deliveries/{id}',
    command: 'getDelivery',
    parse: deliveryOf,
    reply: (detail) => ({ status: 200, body: writeDeliveryDetail(detail) }),
    docs: {
      id: 'getDelivery',
      summary: 'Show a delivery with its attempts, oldest first',
      description: 'The first attempt, and the 19 newest of the others.',
      responses: {
        200: { description: 'The delivery', schema: deliveryDetailSchema },
        ...problems(400, 401, 404),
      },
    },
  },
  {
    method: 'GET',
    path: '/v1/deliveries/{id}/attempts',
    command: 'listDeliveryAttempts',
    parse: (request) => ({ ...deliveryOf(request), ...readPage(request) }),
    reply: (page) => ({ status: 200, body: writePage(page, writeAttempt) }),
    docs: {
      id: 'listAttempts',
      summary: 'List the attempts of a delivery, newest first',
      query: pageQuerySchema,
      responses: {
        200: { description: 'One page', schema: attemptPageSchema },
        ...problems(400, 401, 404),
      },
    },
  },
  {
    method: 'POST',
    path: '/v1/deliveries/{id}/redeliver',
    command: 'redeliver',
    parse: deliveryOf,
    reply: (delivery) => ({ status: 202, body: writeDelivery(delivery) }),
    docs: {
      id: 'redeliver',
      summary: 'Make one more attempt now',
      responses: {
        202: { description: 'On its way', schema: deliverySchema },
        ...problems(400, 401, 404, 409, 413, 415),
      },
    },
  },
];

export const docs: DialectDocs = {
  security: [{ token: { type: 'http', scheme: 'bearer', description: 'A bearer token of the tenant.' } }],
  deliveries: {
    headers: {
      'webhook-id': 'The id of the event: the same on every attempt.',
      'webhook-timestamp': 'The time of the attempt in Unix seconds.',
      'webhook-signature':
        '`v1,` and base64 of the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` for each valid secret, ' +
        'separated by spaces, as in Standard Webhooks.',
    },
    body: deliveryBodySchema,
  },
};

/** The refusals that an operation's documentation names, and those of a server in trouble. */
function problems(...statuses: readonly number[]): OperationDocs['responses'] {
  const descriptions: Readonly<Record<number, string>> = {
    400: 'Something in the request is wrong',
    401: 'No key, or one that is not known',
    404: 'Not found',
    409: 'In conflict with what there is',
    410: 'What followed the cursor may be deleted',
    413: 'The body is too large',
    415: 'The content type is not well-formed',
    500: 'The server failed',
    503: 'The server cannot answer now; send the request again after `Retry-After`',
    429: 'Too many requests in the last minute; see `Retry-After`',
  };
  return Object.fromEntries(
    [...statuses, 429, 500, 503].map((status) => [
      status,
      { description: descriptions[status] ?? '', schema: Problem },
    ]),
  );
}
