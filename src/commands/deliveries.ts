// Deliveries: reading the log of what was sent, and redelivery (one extra attempt that a person asks for).
import type { CommandHandlers, DeliveryDetail } from '#core/commands.ts';
import type { DeliveryId } from '#core/delivery.ts';
import type { Event } from '#core/event.ts';
import { Fault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import { endpointNotFound, scopeOf } from './endpoint-checks.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { dialectOf } from './tenant-dialect.ts';

export function createDeliveryReads(
  deps: ReadDeps,
): Pick<
  CommandHandlers,
  | 'listDeliveries'
  | 'listAttempts'
  | 'listDeliveryAttempts'
  | 'findDeliveries'
  | 'findAttempts'
  | 'tailAttempts'
  | 'getDelivery'
  | 'getRequestBody'
> {
  const { store } = deps;
  return {
    async listDeliveries({ tenant, mode, filter, limit, cursor }) {
      await dialectOf(deps, tenant);
      const scope = { tenant, mode };
      const { endpoint } = filter;
      if (endpoint !== undefined && (await store.endpoints.get(scope, { id: endpoint })) === null) {
        throw endpointNotFound({ id: endpoint });
      }
      return store.deliveries.list(scope, filter, { limit, cursor: cursor ?? null });
    },
    listAttempts: ({ endpoint, limit, cursor, ...scope }) =>
      store.deliveries.listAttempts(scopeOf(scope), endpoint, { limit, cursor: cursor ?? null }),
    async findDeliveries({ filter, limit, cursor, ...scope }) {
      if (scope.tenant !== null) await dialectOf(deps, scope.tenant);
      return store.deliveries.list(scope, filter, { limit, cursor });
    },
    async findAttempts({ filter, limit, cursor, ...scope }) {
      if (scope.tenant !== null) await dialectOf(deps, scope.tenant);
      return store.deliveries.findAttempts(scope, filter, { limit, cursor });
    },
    async tailAttempts({ filter, after, seen, ...scope }) {
      if (scope.tenant !== null) await dialectOf(deps, scope.tenant);
      return store.deliveries.tailAttempts(scope, filter, { after, seen });
    },
    async listDeliveryAttempts({ tenant, mode, id, limit, cursor }) {
      const page = { limit, cursor: cursor ?? null };
      const found = await store.deliveries.listAttemptsOf({ tenant, mode }, id, page);
      if (found === null) throw await notFound(deps, tenant, id);
      return found;
    },
    async getDelivery({ tenant, mode, id }) {
      const found = await store.deliveries.get({ tenant, mode }, id);
      if (found === null) throw await notFound(deps, tenant, id);
      const { policy } = await dialectOf(deps, tenant);
      const endpoint = await store.endpoints.get({ tenant, mode }, { id: found.delivery.endpoint });
      const event = await withContent(deps, found);
      return { ...found, event, endpoint, attemptsMax: policy.schedule.delaysMs.length };
    },
    async getRequestBody({ tenant, mode, id }) {
      const scope = { tenant, mode };
      const found = await store.deliveries.get(scope, id);
      if (found === null) throw await notFound(deps, tenant, id);
      const { delivery } = found;
      const endpoint = await store.endpoints.get(scope, { id: delivery.endpoint });
      if (endpoint === null) throw endpointNotFound({ id: delivery.endpoint });
      return (await dialectOf(deps, tenant)).render(await withContent(deps, found), endpoint);
    },
  };
}

export function createDeliveryCommands(
  deps: CommandDeps,
): Pick<CommandHandlers, 'redeliver' | 'cancelDelivery'> {
  const { store, clock, limits, effects } = deps;
  return {
    async redeliver({ tenant, mode, id }) {
      const delivery = await store.deliveries.redeliver(
        { tenant, mode },
        id,
        clock.now(),
        limits.attemptsMax,
      );
      if (delivery === null) throw await notFound(deps, tenant, id);
      effects.notify([delivery.endpoint]);
      return delivery;
    },
    async cancelDelivery({ tenant, mode, id }) {
      const delivery = await store.deliveries.cancel({ tenant, mode }, id, clock.now());
      if (delivery === null) throw await notFound(deps, tenant, id);
      effects.notify([delivery.endpoint]);
      return delivery;
    },
  };
}

/** The event with the payload that the requests of the delivery carry: a transform may have made another one. */
async function withContent({ store }: ReadDeps, { delivery, event }: DeliveryDetail): Promise<Event> {
  const content = delivery.attempts === 0 ? null : await store.deliveries.content(delivery.id);
  return content === null ? event : { ...event, payload: content.payload };
}

/** The fault for a delivery that does not exist, or for its tenant where that does not exist either. */
async function notFound(deps: ReadDeps, tenant: TenantId, id: DeliveryId): Promise<Fault> {
  await dialectOf(deps, tenant);
  return new Fault('delivery_not_found', `this tenant has no delivery "${id}"`);
}
