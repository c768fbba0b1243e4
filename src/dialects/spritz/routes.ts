// The webhook routes of an integrator, the command that each means, and the two translations.
import type { DialectDocs, Operation, OperationDocs, WireRequest } from '#dialects/dialect.ts';
import { eventTypes, payloadSchema } from './events.ts';
import type { JsonObject } from '#lib/json.ts';
import { Type } from 'typebox';
import {
  deletedSchema,
  legacySecretSetSchema,
  legacyWebhookSchema,
  logQuerySchema,
  logSchema,
  newWebhookSchema,
  problemSchemas,
  readLogPage,
  readNewWebhook,
  readSecret,
  readWebhookChange,
  readWebhookId,
  secretSchema,
  secretSet,
  secretSetSchema,
  webhookChangeSchema,
  webhookSchema,
  webhooksMax,
  webhooksSchema,
  writeDeleted,
  writeDeliveryLog,
  writeLegacyWebhook,
  writeWebhook,
  writeWebhooks,
} from './wire.ts';

const webhooks = '/v1/integrator/webhooks';
/** documented: the routes of the clients before 0.7; the first of them (0.1) knows only the creation */
const legacyWebhooks = '/users/integrators/webhooks';

interface SecretRoute {
  readonly path: string;
  readonly body: JsonObject;
  readonly schema: object;
}
const secret: SecretRoute = {
  path: '/v1/integrator/webhook-secret',
  body: secretSet,
  schema: secretSetSchema,
};
const legacySecret: SecretRoute = {
  path: '/users/integrators/webhook-secret',
  body: { success: true }, // documented
  schema: legacySecretSetSchema,
};

const webhookOf = (request: WireRequest) => ({
  id: readWebhookId(request),
});

const encodings = 'The body is JSON, or a form (`application/x-www-form-urlencoded`).';

/** ours: bodies are limited, and no limit is documented. */
const bodyTooLarge: OperationDocs['responses'] = {
  413: { description: 'The body is too large', schema: problemSchemas.failure },
};

/** ours: the limits of what there may be. */
const creationRefusals: OperationDocs['responses'] = {
  ...bodyTooLarge,
  409: { description: 'There are as many webhooks as there may be', schema: problemSchemas.failure },
};

export const operations: readonly Operation[] = [
  {
    method: 'GET',
    path: webhooks,
    command: 'listEndpoints',
    parse: () => ({ limit: webhooksMax, isWhole: true }),
    reply: (page) => ({ status: 200, body: writeWebhooks(page) }),
    docs: {
      id: 'listWebhooks',
      summary: 'Get webhooks',
      description: 'All webhooks of the integrator, newest first, without pages.', // ours: the order
      responses: { 200: { description: 'The webhooks', schema: webhooksSchema }, ...problems() },
    },
  },
  {
    method: 'POST',
    path: webhooks,
    command: 'createEndpoint',
    parse: (request) => readNewWebhook(request),
    reply: ({ endpoint }) => ({ status: 200, body: writeWebhook(endpoint) }), // documented: 200, not 201
    docs: {
      id: 'createWebhook',
      summary: 'Create webhook',
      description: encodings,
      body: newWebhookSchema,
      responses: {
        200: { description: 'The new webhook', schema: webhookSchema },
        ...problems(),
        ...creationRefusals,
      },
    },
  },
  {
    // At the position of an id: routers match literal parts first.
    method: 'GET',
    path: `${webhooks}/deliveries`,
    command: 'listAttempts',
    parse: (request) => ({ endpoint: null, ...readLogPage(request) }),
    reply: (page) => ({ status: 200, body: writeDeliveryLog(page) }),
    docs: {
      id: 'listDeliveries',
      summary: 'Get webhook deliveries',
      description: 'The attempts made for all webhooks of the integrator, newest first.',
      query: logQuerySchema,
      responses: { 200: { description: 'One page', schema: logSchema }, ...problems() },
    },
  },
  {
    method: 'PATCH',
    path: `${webhooks}/{webhookId}`,
    command: 'changeEndpoint',
    parse: (request) => ({ ...webhookOf(request), patch: readWebhookChange(request) }),
    reply: ({ endpoint }) => ({ status: 200, body: writeWebhook(endpoint) }),
    docs: {
      id: 'updateWebhook',
      summary: 'Update webhook',
      description: `Replaces the list of events; nothing else can be changed. ${encodings}`,
      body: webhookChangeSchema,
      responses: {
        200: { description: 'The webhook as it is now', schema: webhookSchema },
        ...problems(),
        ...bodyTooLarge,
      },
    },
  },
  {
    method: 'DELETE',
    path: `${webhooks}/{webhookId}`,
    command: 'removeEndpoint',
    parse: webhookOf,
    reply: (endpoint) => ({ status: 200, body: writeDeleted(endpoint) }),
    docs: {
      id: 'deleteWebhook',
      summary: 'Delete webhook',
      responses: {
        200: { description: 'It is deleted', schema: deletedSchema },
        ...problems(),
        ...bodyTooLarge,
      },
    },
  },
  secretRoute('POST', 'updateWebhookSecret', 'Update webhook secret', secret), // documented in client 0.18.1
  secretRoute('PUT', 'replaceWebhookSecret', 'Update webhook secret, by the method of older clients', secret), // documented in February 2026
  {
    method: 'GET',
    path: legacyWebhooks,
    command: 'listEndpoints',
    parse: () => ({ limit: webhooksMax, isWhole: true }),
    reply: ({ items }) => ({ status: 200, body: items.map(({ endpoint }) => writeLegacyWebhook(endpoint)) }),
    docs: {
      id: 'listLegacyWebhooks',
      summary: 'Get webhooks, as clients before 0.7',
      responses: {
        200: { description: 'The webhooks', schema: Type.Array(legacyWebhookSchema) },
        ...problems(),
      },
    },
  },
  {
    method: 'POST',
    path: legacyWebhooks,
    command: 'createEndpoint',
    parse: (request) => readNewWebhook(request),
    reply: ({ endpoint }) => ({ status: 200, body: writeLegacyWebhook(endpoint) }),
    docs: {
      id: 'createLegacyWebhook',
      summary: 'Create webhook, as clients before 0.7',
      description: encodings,
      body: newWebhookSchema,
      responses: {
        200: { description: 'The new webhook', schema: legacyWebhookSchema },
        ...problems(),
        ...creationRefusals,
      },
    },
  },
  {
    method: 'DELETE',
    path: `${legacyWebhooks}/{webhookId}`,
    command: 'removeEndpoint',
    parse: webhookOf,
    reply: (endpoint) => ({ status: 200, body: writeLegacyWebhook(endpoint) }), // documented: the webhook
    docs: {
      id: 'deleteLegacyWebhook',
      summary: 'Delete webhook, as clients before 0.7',
      responses: {
        200: { description: 'The webhook that is deleted', schema: legacyWebhookSchema },
        ...problems(),
        ...bodyTooLarge,
      },
    },
  },
  secretRoute(
    'POST',
    'updateLegacyWebhookSecret',
    'Update webhook secret, as clients before 0.7',
    legacySecret,
  ),
];

function secretRoute(
  method: 'POST' | 'PUT',
  id: string,
  summary: string,
  { path, body, schema }: SecretRoute,
): Operation {
  return {
    method,
    path,
    command: 'setTenantSecret',
    parse: (request) => readSecret(request),
    reply: () => ({ status: 200, body }),
    docs: {
      id,
      summary,
      description:
        'Signs the deliveries of all webhooks from now on, alone. Before one is set there is no `Signature` ' +
        `header. It is never shown. ${encodings}`,
      body: secretSchema,
      responses: {
        200: { description: 'It is set', schema },
        ...problems(),
        ...bodyTooLarge,
      },
    },
  };
}

const header = (name: string, description: string) => ({ type: 'apiKey', in: 'header', name, description });

export const docs: DialectDocs = {
  security: [
    {
      integratorKey: header('X-Integrator-Key', 'The integrator key.'),
      signature: header(
        'X-Signature',
        '`sha256=` and hex HMAC-SHA256 of `timestamp.METHOD.path.bodyHash`, keyed with the integrator secret; ' +
          '`bodyHash` is the hex SHA-256 of the body.',
      ),
      timestamp: header('X-Timestamp', 'The time of the request in Unix ms.'),
    },
    { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' } },
  ],
  deliveries: {
    types: eventTypes,
    headers: { Signature: 'Hex HMAC-SHA256 of the body as sent, keyed with the webhook secret.' },
    body: payloadSchema,
  },
};

/** documented: 401, 404 and 500, and 400 and 503 for the log; inferred: 400 and 503 for the others. */
function problems(): OperationDocs['responses'] {
  const { validation, unauthorized, notFound, failure } = problemSchemas;
  return {
    400: { description: 'Something in the request is wrong', schema: validation },
    401: { description: 'No key, or not the right one', schema: unauthorized },
    404: { description: 'Not found', schema: notFound },
    429: { description: 'Too many requests in the last minute; see `Retry-After`', schema: failure },
    500: { description: 'The server failed', schema: failure },
    503: { description: 'The server cannot answer now', schema: failure },
  };
}
