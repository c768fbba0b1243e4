// The client of the chip dialect, by the platform's public rules.
import type { JsonObject } from '#lib/json.ts';
import { type DialectClient, type Scene, text, withBearer } from '../dialect-client.ts';

const whole =
  (title: string) =>
  ({ url }: Scene): JsonObject => ({ title, callback: url, all_events: true });
const part = ({ url }: Scene): JsonObject => ({
  title: 'Changed',
  callback: url,
  all_events: false,
  events: ['purchase.paid'],
});

export const client: DialectClient = {
  name: 'chip',
  authorize: withBearer,
  roles: {
    create: 'POST /api/v1/webhooks/',
    list: 'GET /api/v1/webhooks/',
    read: 'GET /api/v1/webhooks/{id}/',
    change: 'PATCH /api/v1/webhooks/{id}/',
    remove: 'DELETE /api/v1/webhooks/{id}/',
    upsert: null,
  },
  bodies: {
    'POST /api/v1/webhooks/': whole('Orders'),
    'PUT /api/v1/webhooks/{id}/': whole('Replaced'),
    'PATCH /api/v1/webhooks/{id}/': part,
    'POST /webhooks/': whole('Orders'),
    'PUT /webhooks/{id}/': whole('Replaced'),
    'PATCH /webhooks/{id}/': part,
  },
  namedInBody: [],
  namingDelivery: [],
  newId: null,
  isMirror: (operation) => !operation.includes(' /api/'),
  deliveryHeaders: ['Content-Type', 'X-Signature'],
  created: 201,
  removed: 204,
  changed: { title: 'Changed', events: ['purchase.paid'], all_events: false },
  urlMember: 'callback',
  repeated: { callback: ({ callback }) => callback, title: ({ title }) => title },
  idOf: ({ id }) => id,
  itemOf: (answer) => answer,
  itemsOf: ({ results }) => results,
  unknownId: '019b7dab-018d-7000-8000-000000000001',
  unknownMembers: 'ignored',
  unknownPaths: ['/api/v1/nothing/', '/webhooks/a/b/', '/public_key/x'],
  codeOf: (body) => Object.values<any>(body)[0][0].code,
  errorType: 'application/json',
  errorForm: {
    type: 'object',
    minProperties: 1,
    additionalProperties: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['message', 'code'],
        properties: { message: text, code: text },
        additionalProperties: false,
      },
    },
  },
  invalid: 400,
  refusals: {
    keyMissing: [401, 'authentication_failed'],
    keyUnknown: [401, 'authentication_failed'],
    signatureWrong: null,
    notFound: [404, 'not_found'],
    idMalformed: [404, 'not_found'],
    bodyTooLong: [413, 'request_too_large'],
    bodyNoJson: [400, 'parse_error'],
    methodUnknown: [405, 'method_not_allowed'],
    pathUnknown: [404, 'not_found'],
  },
};
