import { type Static, Type } from 'typebox';
import { pageOf } from './page.ts';
import { timeOut } from './schema.ts';

const tenantIdPattern = '^[A-Za-z0-9][A-Za-z0-9_-]*$';

/** The `{tenant}` of every path below `/tenants`. */
export const TenantParams = Type.Object({
  tenant: Type.String({
    description: 'The id of the tenant.',
    minLength: 1,
    maxLength: 255,
    examples: ['acme'],
  }),
});

const name = Type.String({
  description: 'For people.',
  minLength: 1,
  maxLength: 200,
  examples: ['Acme Ltd'],
});
const dialect = Type.String({
  description: 'The wire form that its clients speak and its endpoints hear: fixed for life.',
  minLength: 1,
  maxLength: 64,
  examples: ['standard'],
});

export const Tenant = Type.Object(
  {
    id: Type.String({ examples: ['acme'] }),
    name,
    dialect,
    createdAt: timeOut('When it was made.'),
  },
  { $id: 'Tenant', description: 'Who owns endpoints and credentials.' },
);
export type Tenant = Static<typeof Tenant>;

export const TenantPage = pageOf(Tenant, 'TenantPage');
export type TenantPage = Static<typeof TenantPage>;

export const CreateTenant = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        description: 'Your own id for it; one is made when there is none.',
        minLength: 1,
        maxLength: 64,
        pattern: tenantIdPattern,
        'x-problem': 'must be letters, digits, "-" or "_", and begin with a letter or digit',
        examples: ['acme'],
      }),
    ),
    name,
    dialect,
  },
  { $id: 'CreateTenant', additionalProperties: false },
);
export type CreateTenant = Static<typeof CreateTenant>;

export const ChangeTenant = Type.Object({ name }, { $id: 'ChangeTenant', additionalProperties: false });
export type ChangeTenant = Static<typeof ChangeTenant>;
