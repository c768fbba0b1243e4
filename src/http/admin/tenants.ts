import {
  ChangeTenant,
  CreateTenant,
  type Tenant as TenantJson,
  Tenant as TenantSchema,
  TenantPage,
  TenantParams,
} from '#contract/tenants.ts';
import { PageQuery } from '#contract/page.ts';
import { ref } from '#contract/schema.ts';
import type { Tenant, TenantId } from '#core/tenant.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { HttpDeps } from '../deps.ts';
import { type AdminApp, optional, pageRequest, toPage } from './app.ts';
import { describe } from './describe.ts';

const tag = 'Tenants';

export function mountTenants(app: AdminApp, { backend }: HttpDeps): void {
  app.post(
    '/tenants',
    {
      schema: {
        ...describe({
          id: 'createTenant',
          tag,
          summary: 'Make a tenant',
          answers: { 201: { description: 'The new tenant.', schema: TenantSchema } },
          faults: ['dialect_unknown', 'tenant_exists'],
          hasBody: true,
        }),
        body: ref(CreateTenant),
      },
    },
    async ({ body }, reply) => {
      const { id, name, dialect } = body;
      const tenant = await backend.run('createTenant', { name, dialect, ...optional('id', id) });
      return reply.code(201).send(toJson(tenant));
    },
  );

  app.get(
    '/tenants',
    {
      schema: {
        ...describe({
          id: 'listTenants',
          tag,
          summary: 'List the tenants',
          answers: { 200: { description: 'A page of tenants.', schema: TenantPage } },
          faults: ['cursor_invalid'],
        }),
        querystring: PageQuery,
      },
    },
    async ({ query }) => toPage(await backend.run('listTenants', pageRequest(query)), toJson),
  );

  app.get(
    '/tenants/:tenant',
    {
      schema: {
        ...describe({
          id: 'getTenant',
          tag,
          summary: 'Show a tenant',
          answers: { 200: { description: 'The tenant.', schema: TenantSchema } },
          faults: ['tenant_not_found'],
        }),
        params: TenantParams,
      },
    },
    async ({ params }) => toJson(await backend.run('getTenant', { tenant: params.tenant as TenantId })),
  );

  app.patch(
    '/tenants/:tenant',
    {
      schema: {
        ...describe({
          id: 'changeTenant',
          tag,
          summary: 'Rename a tenant',
          answers: { 200: { description: 'The changed tenant.', schema: TenantSchema } },
          faults: ['tenant_not_found'],
          hasBody: true,
        }),
        params: TenantParams,
        body: ref(ChangeTenant),
      },
    },
    async ({ params, body }) =>
      toJson(await backend.run('changeTenant', { tenant: params.tenant as TenantId, name: body.name })),
  );

  app.delete(
    '/tenants/:tenant',
    {
      schema: {
        ...describe({
          id: 'removeTenant',
          tag,
          summary: 'Remove a tenant',
          description: 'Its keys stop working, its endpoints are removed, what waits for them is canceled.',
          answers: { 204: { description: 'It is removed.' } },
          faults: ['tenant_not_found', 'operator_tenant_fixed'],
        }),
        params: TenantParams,
      },
    },
    async ({ params }, reply) => {
      await backend.run('removeTenant', { tenant: params.tenant as TenantId });
      return reply.code(204).send();
    },
  );
}

function toJson({ id, name, dialect, createdAt }: Tenant): TenantJson {
  return { id, name, dialect, createdAt: formatTime(createdAt) };
}
