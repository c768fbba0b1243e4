// The secret that a tenant has for all its endpoints of a mode, in dialects that know one.
import type { CommandHandlers } from '#core/commands.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { tenantSecretContext } from '#core/secrets.ts';
import { Fault } from '#core/fault.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { Random } from '#lib/random.ts';
import type { Seal } from '#lib/seal.ts';
import type { Store } from '#store/store.ts';

type SecretCommands = Pick<CommandHandlers, 'setTenantSecret' | 'getTenantSecret'>;

export function createTenantSecrets(deps: {
  store: Store;
  dialects: ReadonlyMap<string, Dialect>;
  random: Random;
  seal: Seal;
  /** Called with the endpoints that sign differently now. */
  onChanged: (endpoints: readonly EndpointId[]) => Promise<void>;
}): SecretCommands {
  const { store, seal } = deps;
  return {
    async setTenantSecret({ tenant, mode, secret }) {
      const sealed = seal.close(secret, tenantSecretContext(tenant, mode));
      await deps.onChanged(await store.tenantSecrets.set(tenant, mode, { sealed, attributes: {} }));
      return null;
    },
    async getTenantSecret({ tenant, mode }) {
      const known = await store.tenantSecrets.get(tenant, mode);
      if (known !== null) return known.attributes;
      const owner = await store.tenants.get(tenant);
      const dialect = owner === null ? undefined : deps.dialects.get(owner.dialect);
      if (dialect === undefined) throw new Fault('tenant_not_found', `there is no tenant "${tenant}"`);
      const made = await dialect.createSecret(deps.random);
      const sealed = seal.close(made.secret, tenantSecretContext(tenant, mode));
      // Another request may have been first: then its secret stands.
      return (
        await store.tenantSecrets.putIfAbsent(tenant, mode, { sealed, attributes: made.attributes ?? {} })
      ).attributes;
    },
  };
}
