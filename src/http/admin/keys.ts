import { CreateKey, IssuedKey, type Key as KeyJson, KeyPage } from '#contract/keys.ts';
import { PageQuery } from '#contract/page.ts';
import type { KeyFacts, KeyId } from '#core/access.ts';
import type { TenantId } from '#core/tenant.ts';
import { formatTime, readTime } from '#lib/rfc3339.ts';
import { type AdminTable, pageRequest, toPage } from '../operation.ts';

const tag = 'Keys';

export const keys = {
  createKey: {
    command: 'createKey',
    docs: {
      tag,
      summary: 'Create a key of this API',
      description:
        'It has no scope and reaches no tenant that the key which creates it does not. Shown once.',
    },
    body: CreateKey,
    answers: { 201: { description: 'The new key.', schema: IssuedKey } },
    faults: ['too_many'],
    parse: ({ body: { name, scopes, tenants, expiresAt }, access }) => ({
      name,
      scopes,
      tenants: (tenants as TenantId[] | undefined) ?? null,
      expiresAt: expiresAt === undefined ? null : readTime(expiresAt),
      by: { scopes: access.scopes, tenants: access.tenants },
    }),
    reply: ({ key, secret }) => ({ status: 201, body: { ...toJson(key), key: secret } }),
  },
  listKeys: {
    command: 'listKeys',
    docs: { tag, summary: 'List the keys of this API', description: 'Without those of the configuration.' },
    query: PageQuery,
    answers: { 200: { description: 'A page of keys.', schema: KeyPage } },
    parse: ({ query }) => pageRequest(query),
    reply: (page) => toPage(page, toJson),
  },
  removeKey: {
    command: 'removeKey',
    docs: {
      tag,
      summary: 'Revoke a key of this API',
      description: 'Requests with it are refused from now on, and the console sessions that it opened end.',
    },
    answers: { 204: { description: 'It is revoked.' } },
    faults: ['key_not_found'],
    parse: ({ params }) => ({ id: params.id as KeyId }),
    reply: () => ({ status: 204 }),
  },
} satisfies Partial<AdminTable>;

function toJson({ id, name, prefix, scopes, tenants, createdAt, expiresAt, lastUsedAt }: KeyFacts): KeyJson {
  const orNull = (time: number | null): string | null => (time === null ? null : formatTime(time));
  return {
    id,
    name,
    prefix,
    scopes: [...scopes],
    tenants: tenants === null ? null : [...tenants],
    createdAt: formatTime(createdAt),
    expiresAt: orNull(expiresAt),
    lastUsedAt: orNull(lastUsedAt),
  };
}
