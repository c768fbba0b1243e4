// The client of the calypso dialect, by the platform's public rules.
import { createHmac, randomUUID } from 'node:crypto';
import type { IssuedCredential } from '#core/caller.ts';
import type { JsonObject } from '#lib/json.ts';
import {
  type DialectClient,
  pairOf,
  type Scene,
  text,
  type WireCall,
  withHeaders,
} from '../dialect-client.ts';

const path = '/api/v1/subscription/webhook';
const bodyOf = ({ tenant, now }: Scene, payload?: JsonObject): JsonObject => ({
  account: tenant,
  timestamp: now,
  ...(payload === undefined ? {} : { payload }),
});

export const client: DialectClient = {
  name: 'calypso',
  authorize: sign,
  roles: {
    create: `POST ${path}/create`,
    list: `POST ${path}`,
    read: null,
    change: `POST ${path}/change`,
    remove: `DELETE ${path}`,
    upsert: null,
  },
  bodies: {
    [`POST ${path}`]: (scene) => bodyOf(scene),
    [`DELETE ${path}`]: (scene) => bodyOf(scene, { requestId: scene.id }),
    [`POST ${path}/create`]: (scene) =>
      bodyOf(scene, {
        requestId: scene.id,
        notificationEventTypes: ['PAYOUT_CONFIRMED'],
        notificationServiceTypes: ['INVOICE', 'PAYOUT', 'CUSTOMER_PURSE', 'TOP_UP', 'FIAT_DEPOSIT'],
        url: scene.url,
      }),
    [`POST ${path}/change`]: (scene) =>
      bodyOf(scene, {
        requestId: scene.id,
        notificationEventTypes: ['INVOICE_PAID'],
        notificationServiceTypes: ['PAYOUT'],
        url: scene.url,
        enabled: true,
      }),
    [`DELETE ${path}/api-keys/regenerate`]: (scene) => bodyOf(scene, { requestId: scene.id }),
  },
  namedInBody: [`DELETE ${path}`, `POST ${path}/change`, `DELETE ${path}/api-keys/regenerate`],
  namingDelivery: [],
  newId: randomUUID,
  // Events are numbered by their order on the server, which no fixture can know.
  comparable: (payload) => payload.replace(/^(\{"requestId":"[^"]*","id":)\d+,/, '$10,'),
  deliveryHeaders: ['Content-Type', 'Key', 'Sign'],
  created: 200,
  removed: 200,
  changed: { notificationEventTypes: ['INVOICE_PAID'] },
  urlMember: 'url',
  repeated: { url: ({ url }) => url },
  idOf: ({ requestId }) => requestId,
  itemOf: (answer) => answer,
  itemsOf: ({ subscriptions }) => subscriptions,
  unknownId: '5a0f4c1e-0000-4000-8000-000000000001',
  unknownMembers: 'ignored',
  unknownPaths: [`${path}/`, `${path}/nothing`, `${path}/api-keys`],
  codeOf: ({ errorCode }) => errorCode,
  errorType: 'application/json',
  errorForm: {
    type: 'object',
    required: ['errorCode', 'message', 'traceId'],
    properties: { errorCode: { type: 'string', pattern: '^\\d{3}$' }, message: text, traceId: text },
    additionalProperties: false,
  },
  invalid: 400,
  refusals: {
    keyMissing: [400, '002'],
    keyUnknown: [400, '002'],
    signatureWrong: [400, '003'],
    notFound: [400, '004'],
    idMalformed: [400, '001'],
    bodyTooLong: [400, '001'],
    bodyNoJson: [400, '001'],
    methodUnknown: [405, '001'],
    pathUnknown: [404, '004'],
  },
};

function sign(call: WireCall, credential: IssuedCredential): WireCall {
  const { key, secret } = pairOf(credential);
  const signature = createHmac('sha512', secret)
    .update(call.body ?? '')
    .digest('hex');
  return withHeaders(call, { key, sign: signature });
}
