import { type Static, Type } from 'typebox';
import { pageOf } from './page.ts';
import { choice, idIn, nullable, timeIn, timeOut, withoutControls } from './schema.ts';

export const KeyScope = choice(['publish', 'read', 'endpoints', 'secrets', 'replay', 'tenants', 'keys'], {
  $id: 'KeyScope',
  description:
    '`publish`: publish events. `read`: show and list. `endpoints`: create and change endpoints, send test events. ' +
    '`secrets`: rotate secrets, credentials and portal sessions. `replay`: redeliver, replay and cancel. ' +
    '`tenants`: create, change and remove tenants. `keys`: the keys of this API, and the audit log.',
});
export type KeyScope = Static<typeof KeyScope>;

const name = Type.String({
  description: 'What it is for.',
  minLength: 1,
  maxLength: 100,
  ...withoutControls,
  examples: ['billing service'],
});
const scopes = Type.Array(KeyScope, {
  description: 'What it may do.',
  minItems: 1,
  maxItems: 7,
  uniqueItems: true,
  examples: [['publish']],
});

export const Key = Type.Object(
  {
    id: Type.String({ examples: ['key_01kdw2v0s7f4gr0000000000ab'] }),
    name,
    prefix: Type.String({ description: 'How the key begins.', examples: ['adm_5c1f0a9b'] }),
    scopes,
    tenants: Type.Unsafe<string[] | null>({
      type: ['array', 'null'],
      items: { type: 'string' },
      description: 'The tenants that it reaches; null for all.',
    }),
    createdAt: timeOut('When it was created.'),
    expiresAt: nullable(timeOut('From when on it is refused; null for never.')),
    lastUsedAt: nullable(timeOut('When it was last used, to the minute; null for never.')),
  },
  { $id: 'Key', description: 'A key of the admin API, without its secret part.' },
);
export type Key = Static<typeof Key>;

export const KeyPage = pageOf(Key, 'KeyPage');
export type KeyPage = Static<typeof KeyPage>;

export const CreateKey = Type.Object(
  {
    name,
    scopes,
    tenants: Type.Optional(
      Type.Array(idIn('The id of a tenant.', 'acme'), {
        description: 'The tenants that it reaches; all when absent.',
        minItems: 1,
        maxItems: 50,
        uniqueItems: true,
      }),
    ),
    expiresAt: Type.Optional(timeIn('From when on it is refused; never when absent.')),
  },
  { $id: 'CreateKey', additionalProperties: false },
);
export type CreateKey = Static<typeof CreateKey>;

export const IssuedKey = Type.Object(
  { ...Key.properties, key: Type.String({ description: 'The key itself. Shown only in this answer.' }) },
  { $id: 'IssuedKey', description: 'A new key of the admin API.' },
);
export type IssuedKey = Static<typeof IssuedKey>;
