import { RevealTenantSecret, RotateTenantSecret, TenantSecret } from '#contract/secrets.ts';
import { given } from '#lib/given.ts';
import type { AdminTable } from '../operation.ts';

const tag = 'Tenants';
const answers = { 200: { description: 'The secret.', schema: TenantSecret } };
const faults = ['field_invalid'] as const;

export const tenantSecrets = {
  rotateTenantSecret: {
    command: 'rotateTenantSecret',
    docs: {
      tag,
      summary: 'Make a new signing secret of a tenant, or set one',
      description:
        'For dialects whose endpoints share the secret of their tenant. It signs alone from now on. Refused where each ' +
        'endpoint has a secret of its own.',
    },
    body: RotateTenantSecret,
    answers,
    faults,
    parse: ({ params: { tenant }, body }) => ({
      tenant,
      mode: body.mode ?? 'live',
      ...given({ secret: body.secret }),
    }),
    reply: (secret, _request, { mode }) => ({ status: 200, body: { mode, secret } }),
  },
  revealTenantSecret: {
    command: 'revealTenantSecret',
    docs: {
      tag,
      summary: 'Show the signing secret of a tenant',
      description:
        'For dialects whose endpoints share it. Refused where each endpoint has a secret of its own.',
    },
    body: RevealTenantSecret,
    answers,
    faults,
    parse: ({ params: { tenant }, body }) => ({ tenant, mode: body.mode ?? 'live' }),
    reply: (secret, _request, { mode }) => ({ status: 200, body: { mode, secret } }),
  },
} satisfies Partial<AdminTable>;
