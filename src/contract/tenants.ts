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

export const Tenant = Type.Object(
  {
    id: Type.String({ examples: ['acme'] }),
    name,
    dialect,
    metadata: Metadata,
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
  },
  { $id: 'CreateTenant', additionalProperties: false },
);
export type CreateTenant = Static<typeof CreateTenant>;

export const ChangeTenant = Type.Object(
  { name: Type.Optional(name), metadata: Type.Optional(Metadata) },
  { $id: 'ChangeTenant', description: changeRule, additionalProperties: false },
);
export type ChangeTenant = Static<typeof ChangeTenant>;
