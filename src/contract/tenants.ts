import { type Static, Type } from 'typebox';
import { pageOf } from './page.ts';
import { changeRule, Metadata, timeOut } from './schema.ts';

const name = Type.String({
  description: 'A name to show.',
  minLength: 1,
  maxLength: 200,
  examples: ['Acme Ltd'],
});
const dialect = Type.String({
  description: 'The wire form of its API and of its deliveries. It cannot be changed later.',
  minLength: 1,
  maxLength: 64,
  examples: ['standard'],
});

/** Letters of other scripts are accepted; spaces, quotes and angle brackets are not. */
export const emailAddress = Type.String({
  minLength: 3,
  maxLength: 254,
  pattern:
    '^[^\\s@<>"(),:;\\[\\]\\u0000-\\u001f\\u007f-\\u009f]{1,64}@[^\\s@<>"(),:;\\u0000-\\u001f\\u007f-\\u009f]+$',
  'x-problem': 'must be an e-mail address',
  examples: ['ops@shop.example'],
});

export const recipientsMax = 20;

const contact = Type.Unsafe<{ readonly emails: string[] } | null>({
  title: 'Contact',
  description:
    'People of the tenant who are told by e-mail when its endpoints fail, are disabled or recover. Null for nobody.',
  type: ['object', 'null'],
  properties: {
    emails: { type: 'array', items: emailAddress, minItems: 1, maxItems: recipientsMax, uniqueItems: true },
  },
  required: ['emails'],
  additionalProperties: false,
  examples: [{ emails: ['ops@shop.example'] }],
});

export const Tenant = Type.Object(
  {
    id: Type.String({ examples: ['acme'] }),
    name,
    dialect,
    metadata: Metadata,
    contact,
    createdAt: timeOut('When it was created.'),
  },
  { $id: 'Tenant', description: 'One customer of the platform. It owns endpoints, credentials and events.' },
);
export type Tenant = Static<typeof Tenant>;

export const TenantPage = pageOf(Tenant, 'TenantPage');
export type TenantPage = Static<typeof TenantPage>;

export const CreateTenant = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        description: 'Your own id for it. The server makes one when it is absent.',
        minLength: 1,
        maxLength: 64,
        pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$',
        'x-problem': 'must be letters, digits, "-" or "_", and begin with a letter or digit',
        examples: ['acme'],
      }),
    ),
    name,
    dialect,
    metadata: Type.Optional(Metadata),
    contact: Type.Optional(contact),
  },
  { $id: 'CreateTenant', additionalProperties: false },
);
export type CreateTenant = Static<typeof CreateTenant>;

export const ChangeTenant = Type.Object(
  { name: Type.Optional(name), metadata: Type.Optional(Metadata), contact: Type.Optional(contact) },
  { $id: 'ChangeTenant', description: changeRule, additionalProperties: false },
);
export type ChangeTenant = Static<typeof ChangeTenant>;
