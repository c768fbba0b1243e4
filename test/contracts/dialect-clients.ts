// A client of each dialect, by the platform's public rules and not by this server's code: what its requests
// look like, how they are authorized, where an answer has the id, and how refusals read.
import { createHash, createHmac, randomUUID } from 'node:crypto';
import type { IssuedCredential } from '#core/caller.ts';
import type { JsonObject } from '#lib/json.ts';

/** A request as it goes over the wire. */
export interface WireCall {
  readonly method: string;
  /** Path and query, as on the request line. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for no body at all. */
  readonly body: Buffer | null;
}

/** What a request may have to repeat. */
export interface Scene {
  readonly tenant: string;
  /** Unix ms. */
  readonly now: number;
  /** Where deliveries shall go; no other endpoint has it. */
  readonly url: string;
  /** The endpoint that the request is about. */
  readonly id: string;
}

/** `METHOD /path/{id}`, as in the served document. */
export type OperationName = string;

/** The status of a refusal and its stable code. */
export type Refusal = readonly [status: number, code: string];

export interface DialectClient {
  readonly name: string;
  readonly authorize: (call: WireCall, credential: IssuedCredential, now: number) => WireCall;
  readonly roles: {
    readonly create: OperationName;
    readonly list: OperationName;
    /** Null where one endpoint is only seen in the list. */
    readonly read: OperationName | null;
    /** Null where an endpoint is never changed. */
    readonly change: OperationName | null;
    /** Null where an endpoint is never removed. */
    readonly remove: OperationName | null;
  };
  /** A right body of each operation that has one. */
  readonly bodies: Readonly<Record<OperationName, (scene: Scene) => JsonObject>>;
  /** Operations whose body names the endpoint. */
  readonly namedInBody: readonly OperationName[];
  /** Begins the names of operations that are other names for the first ones. */
  readonly mirror?: RegExp;
  readonly created: number;
  readonly removed: number;
  /** What reads differently after `bodies[roles.change]`; nothing where there is no change. */
  readonly changed: JsonObject;
  /** The member of a request that holds the URL. */
  readonly urlMember: string;
  /** Each text of a request that the answer repeats, by its member, and where it stands there; the URL is one. */
  readonly repeated: Readonly<Record<string, (endpoint: any) => unknown>>;
  readonly idOf: (endpoint: any) => string;
  readonly itemsOf: (list: any) => readonly JsonObject[];
  /** Well-formed, and nobody's. */
  readonly unknownId: string;
  /** A member that no document names. */
  readonly unknownMembers: 'refused' | 'ignored';
  readonly unknownPaths: readonly string[];
  readonly codeOf: (body: any) => unknown;
  readonly errorType: 'application/json' | 'application/problem+json';
  /** The form that every refusal has. */
  readonly errorForm: object;
  readonly refusals: {
    readonly keyMissing: Refusal;
    readonly keyUnknown: Refusal;
    /** Null where requests are not signed. */
    readonly signatureWrong: Refusal | null;
    readonly notFound: Refusal;
    readonly idMalformed: Refusal;
    readonly bodyTooLong: Refusal;
    readonly bodyNoJson: Refusal;
    readonly methodUnknown: Refusal;
    readonly pathUnknown: Refusal;
  };
}

// ---- authorization

function withHeaders(call: WireCall, headers: WireCall['headers']): WireCall {
  return { ...call, headers: { ...call.headers, ...headers } };
}

function withBearer(call: WireCall, credential: IssuedCredential): WireCall {
  const token = credential.kind === 'bearer' ? credential.token : credential.secret;
  return withHeaders(call, { authorization: `Bearer ${token}` });
}

/** For dialects that sign: a token stands for both halves of a pair. */
function pairOf(credential: IssuedCredential): { readonly key: string; readonly secret: string } {
  return credential.kind === 'key-pair' ? credential : { key: credential.token, secret: credential.token };
}

function signLikeCalypso(call: WireCall, credential: IssuedCredential): WireCall {
  const { key, secret } = pairOf(credential);
  const sign = createHmac('sha512', secret)
    .update(call.body ?? '')
    .digest('hex');
  return withHeaders(call, { key, sign });
}

function signLikeSpritz(call: WireCall, credential: IssuedCredential, now: number): WireCall {
  const { key, secret } = pairOf(credential);
  const hash = createHash('sha256')
    .update(call.body ?? '')
    .digest('hex');
  const text = `${now}.${call.method}.${canonicalTarget(call.target)}.${hash}`;
  const signature = createHmac('sha256', secret).update(text).digest('hex');
  return withHeaders(call, {
    'x-integrator-key': key,
    'x-timestamp': String(now),
    'x-signature': `sha256=${signature}`,
  });
}

/** Sorted by name and encoded anew, as the official client does. */
function canonicalTarget(target: string): string {
  const mark = target.indexOf('?');
  if (mark === -1) return target;
  const query = new URLSearchParams(target.slice(mark + 1));
  query.sort();
  const pairs = [...query].map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? target.slice(0, mark) : `${target.slice(0, mark)}?${pairs.join('&')}`;
}

// ---- forms that refusals have

const text = { type: 'string' };
const problemForm = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: { type: text, title: text, status: { type: 'integer' }, detail: text },
};

// ---- the clients

const standard: DialectClient = {
  name: 'standard',
  authorize: withBearer,
  roles: {
    create: 'POST /v1/endpoints',
    list: 'GET /v1/endpoints',
    read: 'GET /v1/endpoints/{id}',
    change: 'PATCH /v1/endpoints/{id}',
    remove: 'DELETE /v1/endpoints/{id}',
  },
  bodies: {
    'POST /v1/endpoints': ({ url }) => ({ url, eventTypes: ['*'], description: 'orders' }),
    'PATCH /v1/endpoints/{id}': ({ url }) => ({
      url,
      eventTypes: ['payment.failed'],
      description: 'changed',
      enabled: true,
    }),
    'POST /v1/endpoints/{id}/rotate-secret': () => ({ overlapSeconds: 60 }),
  },
  namedInBody: [],
  created: 201,
  removed: 204,
  changed: { description: 'changed', eventTypes: ['payment.failed'] },
  urlMember: 'url',
  repeated: { url: ({ url }) => url, description: ({ description }) => description },
  idOf: ({ id }) => id,
  itemsOf: ({ data }) => data,
  unknownId: 'ep_01kdytp0cd0000000000000001',
  unknownMembers: 'refused',
  unknownPaths: ['/v1/nothing', '/v1/endpoints/a/b/c', '/v1/deliveries/a/b'],
  codeOf: ({ code }) => code,
  errorType: 'application/problem+json',
  errorForm: {
    ...problemForm,
    required: [...problemForm.required, 'code'],
    properties: { ...problemForm.properties, code: text },
  },
  refusals: {
    keyMissing: [401, 'key_missing'],
    keyUnknown: [401, 'key_unknown'],
    signatureWrong: null,
    notFound: [404, 'endpoint_not_found'],
    idMalformed: [404, 'endpoint_not_found'],
    bodyTooLong: [413, 'body_too_large'],
    bodyNoJson: [400, 'json_invalid'],
    methodUnknown: [405, 'method_not_allowed'],
    pathUnknown: [404, 'route_not_found'],
  },
};

const diddoEvents = [
  'checkout.initialized',
  'checkout.in_progress',
  'checkout.succeeded',
  'checkout.failed',
  'checkout.cancelled',
  'order.submitted',
];

const diddo: DialectClient = {
  name: 'diddo',
  authorize: withBearer,
  roles: {
    create: 'POST /webhook',
    list: 'GET /webhook',
    read: 'GET /webhook/{id}',
    change: 'PUT /webhook/{id}',
    remove: 'DELETE /webhook/{id}',
  },
  bodies: {
    'POST /webhook': ({ url }) => ({ url, events: diddoEvents, description: 'orders' }),
    'PUT /webhook/{id}': ({ url }) => ({
      url,
      events: ['order.submitted'],
      description: 'changed',
      active: true,
    }),
  },
  namedInBody: [],
  created: 201,
  removed: 200,
  changed: { description: 'changed', events: ['order.submitted'] },
  urlMember: 'url',
  repeated: { url: ({ url }) => url, description: ({ description }) => description },
  idOf: ({ id }) => id,
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

const calypsoPath = '/api/v1/subscription/webhook';
const calypsoBody = ({ tenant, now }: Scene, payload?: JsonObject): JsonObject => ({
  account: tenant,
  timestamp: now,
  ...(payload === undefined ? {} : { payload }),
});

const calypso: DialectClient = {
  name: 'calypso',
  authorize: signLikeCalypso,
  roles: {
    create: `POST ${calypsoPath}/create`,
    list: `POST ${calypsoPath}`,
    read: null,
    change: `POST ${calypsoPath}/change`,
    remove: `DELETE ${calypsoPath}`,
  },
  bodies: {
    [`POST ${calypsoPath}`]: (scene) => calypsoBody(scene),
    [`DELETE ${calypsoPath}`]: (scene) => calypsoBody(scene, { requestId: scene.id }),
    [`POST ${calypsoPath}/create`]: (scene) =>
      calypsoBody(scene, {
        requestId: randomUUID(),
        notificationEventTypes: ['PAYOUT_CONFIRMED'],
        notificationServiceTypes: ['INVOICE', 'PAYOUT', 'CUSTOMER_PURSE', 'TOP_UP', 'FIAT_DEPOSIT'],
        url: scene.url,
      }),
    [`POST ${calypsoPath}/change`]: (scene) =>
      calypsoBody(scene, {
        requestId: scene.id,
        notificationEventTypes: ['INVOICE_PAID'],
        notificationServiceTypes: ['PAYOUT'],
        url: scene.url,
        enabled: true,
      }),
    [`DELETE ${calypsoPath}/api-keys/regenerate`]: (scene) => calypsoBody(scene, { requestId: scene.id }),
  },
  namedInBody: [
    `DELETE ${calypsoPath}`,
    `POST ${calypsoPath}/change`,
    `DELETE ${calypsoPath}/api-keys/regenerate`,
  ],
  created: 200,
  removed: 200,
  changed: { notificationEventTypes: ['INVOICE_PAID'] },
  urlMember: 'url',
  repeated: { url: ({ url }) => url },
  idOf: ({ requestId }) => requestId,
  itemsOf: ({ subscriptions }) => subscriptions,
  unknownId: '5a0f4c1e-0000-4000-8000-000000000001',
  unknownMembers: 'ignored',
  unknownPaths: [`${calypsoPath}/`, `${calypsoPath}/nothing`, `${calypsoPath}/api-keys`],
  codeOf: ({ errorCode }) => errorCode,
  errorType: 'application/json',
  errorForm: {
    type: 'object',
    required: ['errorCode', 'message'],
    properties: { errorCode: { type: 'string', pattern: '^\\d{3}$' }, message: text },
    additionalProperties: false,
  },
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

const chipWhole =
  (title: string) =>
  ({ url }: Scene): JsonObject => ({ title, callback: url, all_events: true });
const chipPart = ({ url }: Scene): JsonObject => ({
  title: 'Changed',
  callback: url,
  all_events: false,
  events: ['purchase.paid'],
});

const chip: DialectClient = {
  name: 'chip',
  authorize: withBearer,
  roles: {
    create: 'POST /api/v1/webhooks/',
    list: 'GET /api/v1/webhooks/',
    read: 'GET /api/v1/webhooks/{id}/',
    change: 'PATCH /api/v1/webhooks/{id}/',
    remove: 'DELETE /api/v1/webhooks/{id}/',
  },
  bodies: {
    'POST /api/v1/webhooks/': chipWhole('Orders'),
    'PUT /api/v1/webhooks/{id}/': chipWhole('Replaced'),
    'PATCH /api/v1/webhooks/{id}/': chipPart,
    'POST /webhooks/': chipWhole('Orders'),
    'PUT /webhooks/{id}/': chipWhole('Replaced'),
    'PATCH /webhooks/{id}/': chipPart,
  },
  namedInBody: [],
  mirror: /^[A-Z]+ \/(?!api\/)/,
  created: 201,
  removed: 204,
  changed: { title: 'Changed', events: ['purchase.paid'], all_events: false },
  urlMember: 'callback',
  repeated: { callback: ({ callback }) => callback, title: ({ title }) => title },
  idOf: ({ id }) => id,
  itemsOf: ({ results }) => results,
  unknownId: '019b7dab-018d-7000-8000-000000000001',
  unknownMembers: 'ignored',
  unknownPaths: ['/api/v1/nothing/', '/api/v1/webhooks', '/webhooks/a/b/', '/public_key/x'],
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

const spritzPath = '/v1/integrator/webhooks';

const spritz: DialectClient = {
  name: 'spritz',
  authorize: signLikeSpritz,
  roles: {
    create: `POST ${spritzPath}`,
    list: `GET ${spritzPath}`,
    read: null,
    change: `PATCH ${spritzPath}/{webhookId}`,
    remove: `DELETE ${spritzPath}/{webhookId}`,
  },
  bodies: {
    [`POST ${spritzPath}`]: ({ url }) => ({ url, events: ['*'] }),
    [`PATCH ${spritzPath}/{webhookId}`]: () => ({ events: ['payment.created'] }),
    'POST /v1/integrator/webhook-secret': () => ({ secret: 'whsec_0123456789abcdef' }),
    'PUT /v1/integrator/webhook-secret': () => ({ secret: 'whsec_0123456789abcdef' }),
  },
  namedInBody: [],
  created: 200,
  removed: 200,
  changed: { events: ['payment.created'] },
  urlMember: 'url',
  repeated: { url: ({ url }) => url },
  idOf: ({ id }) => id,
  itemsOf: (list) => list,
  unknownId: 'ep_01kdytp0cd0000000000000001',
  unknownMembers: 'ignored',
  unknownPaths: ['/v1/integrator/nothing', `${spritzPath}/a/b`, '/v1/integrator'],
  codeOf: ({ type }) => type,
  errorType: 'application/problem+json',
  errorForm: problemForm,
  refusals: {
    keyMissing: [401, 'urn:problem-type:auth:unauthorized'],
    keyUnknown: [401, 'urn:problem-type:auth:invalid-token'],
    signatureWrong: [401, 'urn:problem-type:auth:unauthorized'],
    notFound: [404, 'urn:problem-type:resource:not-found'],
    idMalformed: [404, 'urn:problem-type:resource:not-found'],
    bodyTooLong: [413, 'urn:problem-type:validation:invalid-request'],
    bodyNoJson: [400, 'urn:problem-type:validation:invalid-request'],
    methodUnknown: [405, 'about:blank'],
    pathUnknown: [404, 'urn:problem-type:resource:not-found'],
  },
};

export const dialectClients: readonly DialectClient[] = [standard, calypso, chip, diddo, spritz];
