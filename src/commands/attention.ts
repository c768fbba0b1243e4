// What needs a person: endpoints that were disabled, that fail, or for which deliveries have waited for long.
import { deliveriesCountMax } from '#core/attention.ts';
import type { CommandHandlers } from '#core/commands.ts';
import type { DeliveryState } from '#core/delivery.ts';
import type { ReadDeps } from './deps.ts';
import { given } from '#lib/given.ts';
import { endpointNotFound } from './endpoint-checks.ts';
import { dialectOf } from './tenant-dialect.ts';

export function createAttentionReads(
  deps: ReadDeps,
): Pick<CommandHandlers, 'listAttention' | 'countDeliveries'> {
  const { store, clock } = deps;
  return {
    listAttention: ({ failuresMin, waitMsMax, tenants, limit, cursor }) =>
      store.endpoints.listAttention(
        { failuresMin, dueBefore: clock.now() - waitMsMax, ...given({ tenants }) },
        { limit, cursor },
      ),
    async countDeliveries({ tenant, mode, since, ...key }) {
      const endpoint = await store.endpoints.get({ tenant, mode }, key);
      if (endpoint === null) {
        await dialectOf(deps, tenant);
        throw endpointNotFound(key);
      }
      const scope = { tenant, mode: endpoint.mode };
      const count = (state: DeliveryState, bounds: { readonly since?: number } = {}): Promise<number> =>
        store.deliveries.count(scope, { endpoint: endpoint.id, state, ...bounds }, deliveriesCountMax);
      return {
        pending: await count('pending'),
        held: await count('held'),
        exhausted: await count('exhausted', { since }),
        canceled: await count('canceled', { since }),
      };
    },
  };
}
