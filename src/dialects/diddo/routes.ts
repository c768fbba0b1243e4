// The five documented routes, the command that each means, and the two translations. Statuses are documented.
import type { Operation, OperationDocs, WireRequest } from '#dialects/dialect.ts';
import {
  deletionSchema,
  errorSchema,
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
      summary: 'Create Webhook',
      description:
        'Create a new webhook subscription. It starts active. The secret is in this answer, and in no later one.',
      body: newWebhookSchema,
      responses: {
        201: { description: 'Created', schema: newWebhookReplySchema },
        ...errors(400, 401, 409, 429, 500),
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
      summary: 'Get Webhook',
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
      summary: 'Update Webhook',
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
      summary: 'Delete Webhook',
      description: 'This cannot be undone. What was still to be delivered is not.',
      responses: { 200: { description: 'Deleted', schema: deletionSchema }, ...errors(400, 401, 404, 500) },
    },
  },
];

/** The refusals that the platform documents for an operation. */
function errors(...statuses: readonly number[]): OperationDocs['responses'] {
  const descriptions: Readonly<Record<number, string>> = {
    400: 'Something in the request is wrong',
    401: 'No API key, or one that is not valid',
    404: 'This platform has no such webhook',
    409: 'In conflict with what there is, such as another webhook with the same URL',
    429: 'Too many webhooks were created in the last minute; see `Retry-After`', // ours
    500: 'The server failed',
  };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: descriptions[status] ?? '', schema: errorSchema }]),
  );
}
