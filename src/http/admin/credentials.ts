import {
  CreateCredential,
  type Credential as CredentialJson,
  CredentialPage,
  IssuedCredential,
} from '#contract/credentials.ts';
import { PageQuery } from '#contract/page.ts';
import type { CredentialFacts } from '#core/commands.ts';
import type { CredentialId } from '#core/tenant.ts';
import { given } from '#lib/given.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { type AdminTable, pageRequest, toPage } from '../operation.ts';

const tag = 'Credentials';

export const credentials = {
  createCredential: {
    command: 'createCredential',
    docs: { tag, summary: 'Create a credential', description: 'Its secret part is only in this answer.' },
    body: CreateCredential,
    answers: { 201: { description: 'The new credential.', schema: IssuedCredential } },
    parse: ({ params: { tenant }, body: { mode, kind } }) => ({ tenant, mode, ...given({ kind }) }),
    reply: ({ credential: { id, mode, createdAt }, issued }) => ({
      status: 201,
      body: { id, mode, ...issued, createdAt: formatTime(createdAt) },
    }),
  },
  listCredentials: {
    command: 'listCredentials',
    docs: { tag, summary: 'List the credentials of a tenant' },
    query: PageQuery,
    answers: { 200: { description: 'A page of credentials.', schema: CredentialPage } },
    parse: ({ params: { tenant }, query }) => ({ tenant, ...pageRequest(query) }),
    reply: (page) => toPage(page, toJson),
  },
  removeCredential: {
    command: 'removeCredential',
    docs: { tag, summary: 'Remove a credential', description: 'Requests with it are refused from now on.' },
    answers: { 204: { description: 'It is removed.' } },
    faults: ['credential_not_found'],
    parse: ({ params: { tenant, id } }) => ({ tenant, id: id as CredentialId }),
    reply: () => ({ status: 204 }),
  },
} satisfies Partial<AdminTable>;

/** The lookup key of a bearer token is its hash, which is of no use to a client. */
function toJson({ id, mode, kind, lookup, createdAt }: CredentialFacts): CredentialJson {
  return { id, mode, kind, key: kind === 'key-pair' ? lookup : null, createdAt: formatTime(createdAt) };
}
