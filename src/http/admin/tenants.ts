import {
  ChangeTenant,
  CreateTenant,
  type Tenant as TenantJson,
  Tenant as TenantSchema,
  TenantPage,
} from '#contract/tenants.ts';
import { PageQuery } from '#contract/page.ts';
import type { Tenant } from '#core/tenant.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { type AdminTable, pageRequest, toPage } from '../operation.ts';

const tag = 'Tenants';

export const tenants = {
  createTenant: {
    command: 'createTenant',
    docs: { tag, summary: 'Create a tenant' },
    body: CreateTenant,
    answers: { 201: { description: 'The new tenant.', schema: TenantSchema } },
    faults: ['dialect_unknown', 'tenant_exists'],
    parse: ({ body }) => body,
    reply: (tenant) => ({ status: 201, body: toJson(tenant) }),
  },
  listTenants: {
    command: 'listTenants',
    docs: { tag, summary: 'List the tenants' },
    query: PageQuery,
    answers: { 200: { description: 'A page of tenants.', schema: TenantPage } },
    parse: ({ query }) => pageRequest(query),
    reply: (page) => toPage(page, toJson),
  },
  getTenant: {
    command: 'getTenant',
    docs: { tag, summary: 'Show a tenant' },
    answers: { 200: { description: 'The tenant.', schema: TenantSchema } },
    parse: ({ params: { tenant } }) => ({ tenant }),
    reply: (tenant) => ({ status: 200, body: toJson(tenant) }),
  },
  changeTenant: {
    command: 'changeTenant',
    docs: { tag, summary: 'Change a tenant' },
    body: ChangeTenant,
    answers: { 200: { description: 'The changed tenant.', schema: TenantSchema } },
    parse: ({ params: { tenant }, body }) => ({ tenant, ...body }),
    reply: (tenant) => ({ status: 200, body: toJson(tenant) }),
  },
  removeTenant: {
    command: 'removeTenant',
    docs: {
      tag,
      summary: 'Remove a tenant',
      description: 'Its credentials stop working, its endpoints are removed, its backlog is canceled.',
    },
    answers: { 204: { description: 'It is removed.' } },
    faults: ['operator_tenant_fixed'],
    parse: ({ params: { tenant } }) => ({ tenant }),
    reply: () => ({ status: 204 }),
  },
} satisfies Partial<AdminTable>;

function toJson({ id, name, dialect, metadata, contact, createdAt }: Tenant): TenantJson {
  const people = contact === null ? null : { emails: [...contact.emails] };
  return { id, name, dialect, metadata, contact: people, createdAt: formatTime(createdAt) };
}
