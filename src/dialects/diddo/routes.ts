// The five documented routes, the command that each means, and the two translations. Statuses are documented.
import type { DialectDocs, Operation, OperationDocs, WireRequest } from '#dialects/dialect.ts';
import { eventTypes } from './events.ts';
import {
  deletionSchema,
  deliverySchema,
  errorSchema,
  idSchemas,
  newWebhookReplySchema,
  newWebhookSchema,
  readNewWebhook,
  readWebhookChange,
  readWebhookId,
  readWebhookList,
  webhookChangeSchema,
  webhookListSchema,
  webhookQuerySchema,
  webhookSchema,
  writeDeletion,
  writeNewWebhook,
  writeWebhook,
  writeWebhookList,
} from './wire.ts';

const endpointOf = (request: WireRequest) => ({
  id: readWebhookId(request),
});

export const operations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/webhook',
    command: 'createEndpoint',
    parse: ({ rawBody }) => readNewWebhook(rawBody),
    reply: (open) => ({ status: 201, body: writeNewWebhook(open) }),
    docs: {
      id: 'createWebhook',
      summary: 'Create Webhook',
      description:
        'Create a new webhook subscription. It starts active. The secret is in this answer, and in no later one.',
      body: newWebhookSchema,
      responses: {
        201: { description: 'Created', schema: newWebhookReplySchema },
        ...errors(400, 401, 409, 500),
      },
    },
  },
  {
    method: 'GET',
    path: '/webhook',
    command: 'listEndpoints',
    parse: (request) => readWebhookList(request),
    reply: ({ items, total }, request) => {
      const { limit, offset } = readWebhookList(request);
      return { status: 200, body: writeWebhookList(items, { total, limit, offset }) };
    },
    docs: {
      id: 'listWebhooks',
      summary: 'List Webhooks',
      description: 'The webhooks of the authenticated platform, newest first.',
      query: webhookQuerySchema,
      responses: { 200: { description: 'One page', schema: webhookListSchema }, ...errors(400, 401, 500) },
    },
  },
  {
    method: 'GET',
    path: '/webhook/{id}',
    command: 'getEndpoint',
    parse: endpointOf,
    reply: ({ endpoint }) => ({ status: 200, body: writeWebhook(endpoint) }),
    docs: {
      id: 'getWebhook',
      summary: 'Get Webhook',
      params: idSchemas,
      responses: {
        200: { description: 'The webhook', schema: webhookSchema },
        ...errors(400, 401, 404, 500),
      },
    },
  },
  {
    method: 'PUT',
    path: '/webhook/{id}',
    command: 'changeEndpoint',
    parse: (request) => ({
      ...endpointOf(request),
      patch: readWebhookChange(request.rawBody),
    }),
    reply: ({ endpoint }) => ({ status: 200, body: writeWebhook(endpoint) }),
    docs: {
      id: 'updateWebhook',
      summary: 'Update Webhook',
      params: idSchemas,
      description: 'All fields are optional: only what is given changes.',
      body: webhookChangeSchema,
      responses: {
        200: { description: 'The webhook as it is now', schema: webhookSchema },
        ...errors(400, 401, 404, 409, 500),
      },
    },
  },
  {
    method: 'DELETE',
    path: '/webhook/{id}',
    command: 'removeEndpoint',
    parse: endpointOf,
    reply: (endpoint) => ({ status: 200, body: writeDeletion(endpoint) }),
    docs: {
      id: 'deleteWebhook',
      summary: 'Delete Webhook',
      params: idSchemas,
      description: 'This cannot be undone. What was still to be delivered is not.',
      responses: { 200: { description: 'Deleted', schema: deletionSchema }, ...errors(400, 401, 404, 500) },
    },
  },
];

export const docs: DialectDocs = {
  security: [{ apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of the platform.' } }],
  deliveries: {
    types: eventTypes,
    headers: {
      'webhook-id': 'The id of the event: the same on every attempt.',
      'webhook-timestamp': 'The time of the attempt in Unix seconds.',
      'webhook-signature':
        '`v1,` and base64 of the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` for each valid secret, ' +
        'separated by spaces, as in Standard Webhooks.',
    },
    body: deliverySchema,
  },
};

/** The refusals that the platform documents for an operation; ours: 503. */
function errors(...statuses: readonly number[]): OperationDocs['responses'] {
  const descriptions: Readonly<Record<number, string>> = {
    400: 'Something in the request is wrong',
    401: 'No API key, or one that is not valid',
    404: 'This platform has no such webhook',
    409: 'In conflict with what there is, such as another webhook with the same URL',
    429: 'Too many requests in the last minute; see `Retry-After`', // ours
    500: 'The server failed',
    503: 'The server cannot answer now', // ours
  };
  return Object.fromEntries(
    [...statuses, 429, 503].map((status) => [
      status,
      { description: descriptions[status] ?? '', schema: errorSchema },
    ]),
  );
}
