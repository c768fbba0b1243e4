// The four documented routes, the command that each means, and the two translations. Statuses are documented.
import type { DialectDocs, Operation, OperationDocs } from '#dialects/dialect.ts';
import { eventTypes } from './events.ts';
import {
  deliverySchema,
  hookBodySchema,
  hookListSchema,
  hookQuerySchema,
  nameSchemas,
  putHookSchema,
  readHook,
  readHookList,
  readName,
  refusalSchema,
  shownHookSchema,
  writeHookList,
  writePutHook,
  writeShownHook,
} from './wire.ts';

export const operations: readonly Operation[] = [
  {
    method: 'PUT',
    path: '/tollgate/hooks/{name}',
    command: 'createEndpoint',
    parse: readHook,
    reply: (created) => ({ status: created.isNew ? 201 : 200, body: writePutHook(created) }),
    docs: {
      id: 'putHook',
      summary: 'Create or replace a hook',
      description: 'A hook that is replaced keeps its signing key.',
      params: nameSchemas,
      body: hookBodySchema,
      responses: {
        200: { description: 'Replaced', schema: putHookSchema },
        201: { description: 'Created', schema: putHookSchema },
        ...refusals(400, 401, 404, 409, 422), // 404: a name that is longer than any path part may be
      },
    },
  },
  {
    method: 'GET',
    path: '/tollgate/hooks',
    command: 'listEndpoints',
    parse: readHookList,
    reply: (page) => ({ status: 200, body: writeHookList(page) }),
    docs: {
      id: 'listHooks',
      summary: 'List hooks, newest first',
      query: hookQuerySchema,
      responses: { 200: { description: 'One page', schema: hookListSchema }, ...refusals(401, 422) },
    },
  },
  {
    method: 'GET',
    path: '/tollgate/hooks/{name}',
    command: 'getEndpoint',
    parse: readName,
    reply: (open) => ({ status: 200, body: writeShownHook(open) }),
    docs: {
      id: 'getHook',
      summary: 'Show a hook',
      params: nameSchemas,
      responses: { 200: { description: 'The hook', schema: shownHookSchema }, ...refusals(401, 404, 422) },
    },
  },
  {
    method: 'DELETE',
    path: '/tollgate/hooks/{name}',
    command: 'removeEndpoint',
    parse: readName,
    reply: () => ({ status: 204 }),
    docs: {
      id: 'removeHook',
      summary: 'Remove a hook',
      params: nameSchemas,
      responses: { 204: { description: 'Removed' }, ...refusals(400, 401, 404, 422) },
    },
  },
];

export const docs: DialectDocs = {
  security: [{ apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' } }],
  deliveries: {
    types: eventTypes,
    headers: {
      'Tollgate-Signature':
        '`t=` and the time in Unix seconds, then `,h=` and the hex HMAC-SHA256 of `t.body` for each valid key.',
    },
    body: deliverySchema,
  },
};

/** The refusals that an operation's documentation names, and those of a server in trouble. */
function refusals(...statuses: readonly number[]): OperationDocs['responses'] {
  const descriptions: Readonly<Record<number, string>> = {
    400: 'The body is not JSON, or is too long',
    401: 'No API key, or one that is not valid',
    404: 'There is no such hook, or no such path',
    409: 'The maximum number of hooks is reached',
    422: 'A value in the request is wrong',
    500: 'The server failed',
    503: 'The server cannot answer now',
    429: 'Too many requests in the last minute; see `Retry-After`',
  };
  return Object.fromEntries(
    [...statuses, 429, 500, 503].map((status) => [
      status,
      { description: descriptions[status] ?? '', schema: refusalSchema },
    ]),
  );
}
