// The client of the spritz dialect, by the platform's public rules.
import { createHash, createHmac } from 'node:crypto';
import type { IssuedCredential } from '#core/caller.ts';
import {
  type DialectClient,
  problemForm,
  type WireCall,
  withBearer,
  withHeaders,
} from '../dialect-client.ts';

const path = '/v1/integrator/webhooks';
const legacy = '/users/integrators';

export const client: DialectClient = {
  name: 'spritz',
  authorize,
  roles: {
    create: `POST ${path}`,
    list: `GET ${path}`,
    read: null,
    change: `PATCH ${path}/{webhookId}`,
    remove: `DELETE ${path}/{webhookId}`,
    upsert: null,
  },
  bodies: {
    [`POST ${path}`]: ({ url }) => ({ url, events: ['*'] }),
    [`PATCH ${path}/{webhookId}`]: () => ({ events: ['payment.created'] }),
    'POST /v1/integrator/webhook-secret': () => ({ secret: 'whsec_0123456789abcdef' }),
    [`POST ${legacy}/webhooks`]: ({ url }) => ({ url, events: ['payment.created'] }),
    [`POST ${legacy}/webhook-secret`]: () => ({ secret: 'whsec_0123456789abcdef' }),
    'PUT /v1/integrator/webhook-secret': () => ({ secret: 'whsec_0123456789abcdef' }),
  },
  namedInBody: [],
  namingDelivery: [],
  newId: null,
  isMirror: (operation) => operation.includes(legacy),
  deliveryHeaders: ['Content-Type', 'Signature'],
  setSecret: 'POST /v1/integrator/webhook-secret',
  created: 200,
  removed: 200,
  changed: { events: ['payment.created'] },
  urlMember: 'url',
  repeated: { url: ({ url }) => url },
  idOf: ({ id }) => id,
  itemOf: (answer) => answer,
  itemsOf: (list) => list,
  unknownId: 'ep_01kdytp0cd0000000000000001',
  unknownMembers: 'ignored',
  unknownPaths: [
    '/v1/integrator/nothing',
    `${legacy}/nothing`,
    `${legacy}/webhooks/a/b`,
    `${path}/a/b`,
    '/v1/integrator',
  ],
  codeOf: ({ type }) => type,
  errorType: 'application/problem+json',
  errorForm: problemForm,
  invalid: 400,
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

function authorize(call: WireCall, credential: IssuedCredential, now: number): WireCall {
  if (credential.kind === 'bearer') return withBearer(call, credential);
  const { key, secret } = credential;
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
