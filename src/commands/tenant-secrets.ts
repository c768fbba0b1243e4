// The secret that a tenant has for all its endpoints of a mode, in dialects that know one.
import type { CommandHandlers } from '#core/commands.ts';
import { Fault } from '#core/fault.ts';
import { tenantSecretContext } from '#core/secrets.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import type { Dialect, NewSecret } from '#dialects/dialect.ts';
import type { CommandDeps } from './deps.ts';
import { newSecret, noteReveal } from './endpoint-secrets.ts';
import { dialectOf } from './tenant-dialect.ts';

type SecretCommands = Pick<
  CommandHandlers,
  'setTenantSecret' | 'rotateTenantSecret' | 'revealTenantSecret' | 'getTenantSecret'
>;

export function createTenantSecretCommands(deps: CommandDeps): SecretCommands {
  const { store, seal, effects } = deps;
  const set = async (tenant: TenantId, mode: Mode, { secret, attributes = {} }: NewSecret): Promise<void> => {
    const sealed = seal.close(secret, tenantSecretContext(tenant, mode));
    effects.invalidate(await store.tenantSecrets.set(tenant, mode, { sealed, attributes }));
  };
  return {
    async setTenantSecret({ tenant, mode, secret }) {
      await set(tenant, mode, { secret });
      return null;
    },
    async rotateTenantSecret({ tenant, mode, secret: own }) {
      const made = await newSecret(deps, await sharingDialectOf(deps, tenant), tenant, own);
      await set(tenant, mode, made);
      return made.secret;
    },
    async revealTenantSecret({ tenant, mode }) {
      await sharingDialectOf(deps, tenant);
      const known = await store.tenantSecrets.get(tenant, mode);
      if (known !== null) await noteReveal(deps, { tenant, mode, noun: 'tenant-secret', target: mode });
      return known === null ? null : seal.open(known.sealed, tenantSecretContext(tenant, mode));
    },
    async getTenantSecret({ tenant, mode }) {
      const known = await store.tenantSecrets.get(tenant, mode);
      if (known !== null) return known.attributes;
      const dialect = await dialectOf(deps, tenant);
      const made = await deps.secretPool.take(dialect, tenant);
      const sealed = seal.close(made.secret, tenantSecretContext(tenant, mode));
      // Another request may have been first: then its secret stands.
      return (
        await store.tenantSecrets.putIfAbsent(tenant, mode, { sealed, attributes: made.attributes ?? {} })
      ).attributes;
    },
  };
}

/** The dialect of a tenant, whose endpoints share its secret. */
async function sharingDialectOf(deps: CommandDeps, tenant: TenantId): Promise<Dialect> {
  const dialect = await dialectOf(deps, tenant);
  if (dialect.secretOwner === 'tenant') return dialect;
  throw new Fault('field_invalid', `each endpoint of the dialect ${dialect.name} has a secret of its own`);
}
