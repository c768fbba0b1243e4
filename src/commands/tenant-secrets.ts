// The secret that a tenant has for all its endpoints of a mode, in dialects that know one.
import type { CommandHandlers } from '#core/commands.ts';
import { tenantSecretContext } from '#core/secrets.ts';
import type { CommandDeps } from './deps.ts';
import { dialectOf } from './tenant-dialect.ts';

type SecretCommands = Pick<CommandHandlers, 'setTenantSecret' | 'getTenantSecret'>;

export function createTenantSecretCommands(deps: CommandDeps): SecretCommands {
  const { store, seal, effects } = deps;
  return {
    async setTenantSecret({ tenant, mode, secret }) {
      const sealed = seal.close(secret, tenantSecretContext(tenant, mode));
      effects.invalidate(await store.tenantSecrets.set(tenant, mode, { sealed, attributes: {} }));
      return null;
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
