// The routes, the command that each means, and the two translations. Every request has a signed body.
import type { DialectDocs, Operation, OperationDocs } from '#dialects/dialect.ts';
import { eventTypeNames } from './events.ts';
import {
  changeDocs,
  createDocs,
  deliverySchema,
  errorSchema,
  listSchema,
  readChange,
  readCreate,
  readList,
  readRegenerate,
  readRemove,
  regenerateSchema,
  removeSchema,
  subscriptionSchema,
  subscriptionsSchema,
  writeSubscription,
  writeSubscriptions,
} from './wire.ts';

const path = '/api/v1/subscription/webhook';

const signedNote =
  'Headers: `Key`, the API key; `Sign`, the lower-case hex HMAC-SHA512 of the body as sent, keyed with its secret.';

export const operations: readonly Operation[] = [
  {
    method: 'POST',
    path,
    command: 'listEndpoints',
    parse: ({ rawBody }) => readList(rawBody),
    reply: (page) => ({ status: 200, body: writeSubscriptions(page) }),
    docs: {
      id: 'listWebhooks',
      summary: 'Get list of Webhook Subscriptions',
      description: signedNote,
      body: listSchema,
      responses: answers('Object with webhooks', subscriptionsSchema),
    },
  },
  {
    method: 'DELETE',
    path,
    command: 'removeEndpoint',
    parse: ({ rawBody }) => readRemove(rawBody),
    reply: () => ({ status: 200 }), // documented: not 204
    docs: {
      id: 'deleteWebhook',
      summary: 'Delete Webhook',
      description: `What it was still owed is canceled. The body is needed here, too. ${signedNote}`,
      body: removeSchema,
      responses: answers('Deleted; no content'),
    },
  },
  {
    method: 'POST',
    path: `${path}/create`,
    command: 'createEndpoint',
    parse: ({ rawBody }) => readCreate(rawBody),
    reply: (open) => ({ status: 200, body: writeSubscription(open) }), // documented: not 201
    docs: {
      id: 'createWebhook',
      summary: 'Create Webhook',
      description: `The same request again, under its \`requestId\`, is answered as the first one was. ${signedNote}`,
      body: createDocs,
      responses: answers('Webhook channel information', subscriptionSchema),
    },
  },
  {
    method: 'POST',
    path: `${path}/change`,
    command: 'changeEndpoint',
    parse: ({ rawBody }) => readChange(rawBody),
    reply: (open) => ({ status: 200, body: writeSubscription(open) }),
    docs: {
      id: 'changeWebhook',
      summary: 'Change Webhook',
      description: `Only what is given changes. ${signedNote}`,
      body: changeDocs,
      responses: answers('Webhook channel information', subscriptionSchema),
    },
  },
  {
    method: 'DELETE', // documented: not POST
    path: `${path}/api-keys/regenerate`,
    command: 'rotateSecret',
    // inferred: both keys are replaced at once; the `Sign` header holds one signature
    parse: ({ rawBody }) => ({ ...readRegenerate(rawBody), overlapMs: 0 }),
    reply: (open) => ({ status: 200, body: writeSubscription(open) }),
    docs: {
      id: 'regenerateWebhookKeys',
      summary: 'Regenerate Webhook Api keys',
      description: `Both keys are new, and sign everything from now on, retries included. ${signedNote}`,
      body: regenerateSchema,
      responses: answers('Webhook channel information', subscriptionSchema),
    },
  },
];

export const docs: DialectDocs = {
  security: [
    {
      key: { type: 'apiKey', in: 'header', name: 'Key', description: 'The API key.' },
      sign: {
        type: 'apiKey',
        in: 'header',
        name: 'Sign',
        description: 'Lower-case hex HMAC-SHA512 of the body as sent, keyed with the secret of the API key.',
      },
    },
  ],
  deliveries: {
    types: eventTypeNames,
    headers: {
      Key: 'The `publicKey` of the webhook.',
      Sign: 'Lower-case hex HMAC-SHA512 of the body as sent, keyed with the `secretKey` of the webhook.',
    },
    body: deliverySchema,
  },
};

/** documented: 200, 400 and 500; the limits are ours. */
function answers(description: string, schema?: object): OperationDocs['responses'] {
  return {
    200: schema === undefined ? { description } : { description, schema },
    400: { description: 'Something in the request is wrong', schema: errorSchema },
    429: { description: 'Too many requests in the last minute', schema: errorSchema }, // ours
    500: { description: 'Internal error', schema: errorSchema },
  };
}
