import {
  CreateCredential,
  type Credential as CredentialJson,
  CredentialPage,
  CredentialParams,
  IssuedCredential,
} from '#contract/credentials.ts';
import { PageQuery } from '#contract/page.ts';
import { ref } from '#contract/schema.ts';
import { TenantParams } from '#contract/tenants.ts';
import type { CredentialFacts } from '#core/commands.ts';
import type { CredentialId, TenantId } from '#core/tenant.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { HttpDeps } from '../deps.ts';
import { type AdminApp, optional, pageRequest, toPage } from './app.ts';
import { describe } from './describe.ts';

const tag = 'Credentials';

export function mountCredentials(app: AdminApp, { backend }: HttpDeps): void {
  app.post(
    '/tenants/:tenant/credentials',
    {
      schema: {
        ...describe({
          id: 'createCredential',
          tag,
          summary: 'Make a credential',
          description: 'Its secret part is answered this once.',
          answers: { 201: { description: 'The new credential.', schema: IssuedCredential } },
          faults: ['tenant_not_found'],
          hasBody: true,
        }),
        params: TenantParams,
        body: ref(CreateCredential),
      },
    },
    async ({ params, body }, reply) => {
      const { credential, issued } = await backend.run('createCredential', {
        tenant: params.tenant as TenantId,
        mode: body.mode,
        ...optional('kind', body.kind),
      });
      const { id, mode, createdAt } = credential;
      const answer: IssuedCredential = { id, mode, ...issued, createdAt: formatTime(createdAt) };
      return reply.code(201).header('cache-control', 'no-store').send(answer);
    },
  );

  app.get(
    '/tenants/:tenant/credentials',
    {
      schema: {
        ...describe({
          id: 'listCredentials',
          tag,
          summary: 'List the credentials of a tenant',
          answers: { 200: { description: 'A page of credentials.', schema: CredentialPage } },
          faults: ['tenant_not_found', 'cursor_invalid'],
        }),
        params: TenantParams,
        querystring: PageQuery,
      },
    },
    async ({ params, query }) =>
      toPage(
        await backend.run('listCredentials', { tenant: params.tenant as TenantId, ...pageRequest(query) }),
        toJson,
      ),
  );

  app.delete(
    '/tenants/:tenant/credentials/:id',
    {
      schema: {
        ...describe({
          id: 'removeCredential',
          tag,
          summary: 'Remove a credential',
          description: 'Requests with it are refused from now on.',
          answers: { 204: { description: 'It is removed.' } },
          faults: ['tenant_not_found', 'credential_not_found'],
        }),
        params: CredentialParams,
      },
    },
    async ({ params }, reply) => {
      await backend.run('removeCredential', {
        tenant: params.tenant as TenantId,
        id: params.id as CredentialId,
      });
      return reply.code(204).send();
    },
  );
}

/** The lookup of a bearer token is its hash: of no use to anybody, so it isn't shown. */
function toJson({ id, mode, kind, lookup, createdAt }: CredentialFacts): CredentialJson {
  return { id, mode, kind, key: kind === 'key-pair' ? lookup : null, createdAt: formatTime(createdAt) };
}
