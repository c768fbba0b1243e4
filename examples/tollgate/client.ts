// The client of the tollgate dialect, by the platform's public rules.
import { randomUUID } from 'node:crypto';
import { type DialectClient, text, tokenOf, withHeaders } from '../../test/contracts/dialect-client.ts';

const hook = '/tollgate/hooks/{name}';

export const client: DialectClient = {
  name: 'tollgate',
  authorize: (call, credential) => withHeaders(call, { 'tollgate-key': tokenOf(credential) }),
  roles: {
    create: `PUT ${hook}`,
    list: 'GET /tollgate/hooks',
    read: `GET ${hook}`,
    change: null, // a hook is replaced as a whole
    remove: `DELETE ${hook}`,
    upsert: `PUT ${hook}`,
  },
  bodies: { [`PUT ${hook}`]: ({ url }) => ({ url, listens_to: ['toll.paid', 'toll.refused'] }) },
  namedInBody: [],
  namingDelivery: [],
  newId: randomUUID,
  deliveryHeaders: ['Content-Type', 'Tollgate-Signature'],
  created: 201,
  replaced: 200,
  removed: 204,
  changed: {},
  urlMember: 'url',
  repeated: { url: ({ url }) => url },
  itemOf: (answer) => answer.hook,
  itemsOf: ({ hooks }) => hooks,
  idOf: ({ name }) => name,
  unknownId: 'no-hook-has-this-name',
  unknownMembers: 'refused',
  unknownPaths: ['/tollgate/hooks/a/b', '/tollgate/hooks/a/b/c'],
  codeOf: ({ refused }) => refused.reason,
  errorType: 'application/json',
  errorForm: {
    type: 'object',
    required: ['refused'],
    properties: {
      refused: { type: 'object', required: ['reason', 'text'], properties: { reason: text, text } },
    },
    additionalProperties: false,
  },
  invalid: 422,
  refusals: {
    keyMissing: [401, 'no_key'],
    keyUnknown: [401, 'wrong_key'],
    signatureWrong: null,
    notFound: [404, 'hook_unknown'],
    idMalformed: [422, 'invalid'],
    bodyTooLong: [400, 'bad_request'],
    bodyNoJson: [400, 'bad_request'],
    methodUnknown: [405, 'not_found'],
    pathUnknown: [404, 'not_found'],
  },
};
