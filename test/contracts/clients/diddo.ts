// The client of the diddo dialect, by the platform's public rules.
import { type DialectClient, text, withBearer } from '../dialect-client.ts';

const eventTypes = [
  'checkout.initialized',
  'checkout.in_progress',
  'checkout.succeeded',
  'checkout.failed',
  'checkout.cancelled',
  'order.submitted',
];

export const client: DialectClient = {
  name: 'diddo',
  authorize: withBearer,
  roles: {
    create: 'POST /webhook',
    list: 'GET /webhook',
    read: 'GET /webhook/{id}',
    change: 'PUT /webhook/{id}',
    remove: 'DELETE /webhook/{id}',
    upsert: null,
  },
  bodies: {
    'POST /webhook': ({ url }) => ({ url, events: eventTypes, description: 'orders' }),
    'PUT /webhook/{id}': ({ url }) => ({
      url,
      events: ['order.submitted'],
      description: 'changed',
      active: true,
    }),
  },
  namedInBody: [],
  namingDelivery: [],
  newId: null,
  deliveryHeaders: ['Content-Type', 'webhook-id', 'webhook-timestamp', 'webhook-signature'],
  created: 201,
  removed: 200,
  changed: { description: 'changed', events: ['order.submitted'] },
  urlMember: 'url',
  repeated: { url: ({ url }) => url, description: ({ description }) => description },
  idOf: ({ id }) => id,
  itemOf: (answer) => answer,
  itemsOf: ({ webhooks }) => webhooks,
  unknownId: '019b7dab-018d-7000-8000-000000000001',
  unknownMembers: 'refused',
  unknownPaths: ['/webhook/a/b', '/webhook/019b7dab-018d-7000-8000-000000000001/secret'],
  codeOf: ({ error }) => error.code,
  errorType: 'application/json',
  errorForm: {
    type: 'object',
    required: ['error'],
    properties: {
      error: { type: 'object', required: ['code', 'message'], properties: { code: text, message: text } },
    },
    additionalProperties: false,
  },
  invalid: 400,
  refusals: {
    keyMissing: [401, 'API_KEY_MISSING'],
    keyUnknown: [401, 'API_KEY_INVALID'],
    signatureWrong: null,
    notFound: [404, 'WEBHOOK_NOT_FOUND'],
    idMalformed: [400, 'INVALID_INPUT'],
    bodyTooLong: [400, 'BODY_TOO_LARGE'],
    bodyNoJson: [400, 'INVALID_JSON'],
    methodUnknown: [405, 'METHOD_NOT_ALLOWED'],
    pathUnknown: [404, 'NOT_FOUND'],
  },
};
