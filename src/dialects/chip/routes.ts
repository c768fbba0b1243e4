// The routes, the command that each means, and the two translations: one table, mounted under each prefix.
import type { DialectDocs, Operation, OperationDocs, WireRequest } from '#dialects/dialect.ts';
import { eventTypes } from './events.ts';
import {
  deliverySchema,
  errorsSchema,
  idSchemas,
  placeSchema,
  publicKeySchema,
  readChange,
  readEndpointId,
  readPlace,
  readWhole,
  toListed,
  webhookBodySchema,
  webhookPageSchema,
  webhookPatchSchema,
  webhookSchema,
  writePage,
  writePublicKey,
  writeWebhook,
} from './wire.ts';

interface Mount {
  /** The path before `webhooks/`. */
  readonly prefix: string;
  /** The same in links to lists, without doubled slashes. */
  readonly home: string;
  /** Ends the operation ids of a second set of documented paths. */
  readonly suffix: string;
}

const mounts: readonly Mount[] = [
  { prefix: '/api/v1/', home: '/api/v1/', suffix: '' }, // documented
  { prefix: '/api/v1//', home: '/api/v1/', suffix: '' }, // seen: the Node SDK's base path ends in a slash, its paths begin with one
  { prefix: '/', home: '/', suffix: 'AtRoot' }, // documented: the API reference shows paths without the prefix
];

const webhookOf = (request: WireRequest) => ({
  id: readEndpointId(request),
});

export const operations: readonly Operation[] = mounts.flatMap(operationsAt);

function operationsAt({ prefix, home, suffix }: Mount): readonly Operation[] {
  const list = `${prefix}webhooks/`;
  const one = `${list}{id}/`;
  return [
    {
      method: 'POST',
      path: list,
      command: 'createEndpoint',
      parse: ({ rawBody }) => readWhole(rawBody),
      reply: (open) => ({ status: 201, body: writeWebhook(open) }), // documented
      docs: {
        id: `createWebhook${suffix}`,
        summary: 'Create a webhook',
        body: webhookBodySchema,
        responses: {
          201: { description: 'The webhook', schema: webhookSchema },
          ...refusals(400, 401, 413, 415),
        },
      },
    },
    {
      method: 'GET',
      path: list,
      command: 'listEndpoints',
      parse: (request) => toListed(readPlace(request)),
      reply: (page, request) => ({
        status: 200,
        body: writePage(page, readPlace(request), `${request.origin}${home}webhooks/`),
      }),
      docs: {
        id: `listWebhooks${suffix}`,
        summary: 'List webhooks, newest first',
        query: placeSchema,
        responses: {
          200: { description: 'One page', schema: webhookPageSchema },
          ...refusals(400, 401, 404),
        },
      },
    },
    {
      method: 'GET',
      path: one,
      command: 'getEndpoint',
      parse: webhookOf,
      reply: (open) => ({ status: 200, body: writeWebhook(open) }),
      docs: {
        id: `getWebhook${suffix}`,
        summary: 'Show a webhook',
        params: idSchemas,
        responses: { 200: { description: 'The webhook', schema: webhookSchema }, ...refusals(400, 401, 404) },
      },
    },
    {
      method: 'PUT',
      path: one,
      command: 'changeEndpoint',
      parse: (request) => ({ ...webhookOf(request), patch: readWhole(request.rawBody) }),
      reply: (open) => ({ status: 200, body: writeWebhook(open) }),
      docs: {
        id: `replaceWebhook${suffix}`,
        summary: 'Replace a webhook',
        description:
          'Every required field is needed; `all_events` is false unless given. The key pair stays.',
        params: idSchemas,
        body: webhookBodySchema,
        responses: {
          200: { description: 'The webhook as it is now', schema: webhookSchema },
          ...refusals(400, 401, 404, 413, 415),
        },
      },
    },
    {
      method: 'PATCH',
      path: one,
      command: 'changeEndpoint',
      parse: (request) => ({ ...webhookOf(request), ...readChange(request.rawBody) }),
      reply: (open) => ({ status: 200, body: writeWebhook(open) }),
      docs: {
        id: `updateWebhook${suffix}`,
        summary: 'Change a webhook',
        description: 'Only what is given changes; the outcome must be a whole webhook.',
        params: idSchemas,
        body: webhookPatchSchema,
        isBodyOptional: true,
        responses: {
          200: { description: 'The webhook as it is now', schema: webhookSchema },
          ...refusals(400, 401, 404, 413, 415),
        },
      },
    },
    {
      method: 'DELETE',
      path: one,
      command: 'removeEndpoint',
      parse: webhookOf,
      reply: () => ({ status: 204 }), // documented: empty
      docs: {
        id: `deleteWebhook${suffix}`,
        summary: 'Remove a webhook',
        description: 'What it was still owed is canceled.',
        params: idSchemas,
        responses: { 204: { description: 'Removed' }, ...refusals(400, 401, 404, 413, 415) },
      },
    },
    {
      method: 'GET',
      path: `${prefix}public_key/`,
      command: 'getTenantSecret',
      parse: () => ({}),
      reply: (open) => ({ status: 200, body: writePublicKey(open) }), // documented: a JSON string
      docs: {
        id: `getPublicKey${suffix}`,
        summary: 'Show the public key of the company',
        description: 'Made when it is first asked for. Webhooks have keys of their own.',
        responses: { 200: { description: 'The key', schema: publicKeySchema }, ...refusals(400, 401) },
      },
    },
  ];
}

export const docs: DialectDocs = {
  security: [{ secretKey: { type: 'http', scheme: 'bearer', description: 'A secret key of the company.' } }],
  deliveries: {
    types: eventTypes,
    headers: {
      'X-Signature':
        'Base64 of the RSA PKCS#1 v1.5 signature with SHA-256 of the body as sent; verify with `public_key` of the webhook.',
    },
    body: deliverySchema,
  },
};

/** The refusals that an operation's documentation names, and those of a server in trouble. */
function refusals(...statuses: readonly number[]): OperationDocs['responses'] {
  const descriptions: Readonly<Record<number, string>> = {
    400: 'Something in the request is wrong',
    401: 'No key, or one that is not known',
    404: 'Not found',
    413: 'The body is too large', // ours
    415: 'The content type is not well-formed', // inferred
    500: 'The server failed', // documented
    503: 'The server cannot answer now', // ours
    429: 'Too many requests in the last minute; see `Retry-After`', // ours
  };
  return Object.fromEntries(
    [...statuses, 429, 500, 503].map((status) => [
      status,
      { description: descriptions[status] ?? '', schema: errorsSchema },
    ]),
  );
}
