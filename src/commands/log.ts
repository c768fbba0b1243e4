// Reading what was published and what became of it.
import type { CommandHandlers, Page } from '#core/commands.ts';
import type { Event } from '#core/event.ts';
import { Fault } from '#core/fault.ts';
import type { Scope } from '#core/tenant.ts';
import type { Store } from '#store/store.ts';

/** An event with the number of deliveries that it led to. */
export interface LoggedEvent {
  readonly event: Event;
  readonly deliveries: number;
}

export interface EventLog {
  /** Fault `event_not_found`. */
  getEvent(scope: Scope, id: string): Promise<LoggedEvent>;
  listEvents(scope: Scope, page: { limit: number; cursor: string | null }): Promise<Page<LoggedEvent>>;
}

export function createEventLog(store: Store): EventLog {
  return {
    async getEvent(scope, id) {
      const found = await store.events.get(scope, id);
      if (found === null) throw new Fault('event_not_found', `this tenant has no event "${id}"`);
      return found;
    },
    listEvents: (scope, page) => store.events.list(scope, page),
  };
}

type DeliveryCommands = Pick<CommandHandlers, 'listDeliveries' | 'listAttempts' | 'getDelivery'>;

export function createDeliveryLog(store: Store): DeliveryCommands {
  return {
    async listDeliveries({ tenant, mode, filter, limit, cursor }) {
      const scope = { tenant, mode };
      const { endpoint } = filter;
      if (endpoint !== undefined && (await store.endpoints.get(scope, { id: endpoint })) === null) {
        throw new Fault('endpoint_not_found', `this tenant has no endpoint "${endpoint}"`);
      }
      return store.deliveries.list(scope, filter, { limit, cursor: cursor ?? null });
    },
    listAttempts: ({ tenant, mode, endpoint, limit, cursor }) =>
      store.deliveries.listAttempts({ tenant, mode }, endpoint, { limit, cursor: cursor ?? null }),
    async getDelivery({ tenant, mode, id }) {
      const found = await store.deliveries.get({ tenant, mode }, id);
      if (found === null) throw deliveryNotFound(id);
      return found;
    },
  };
}

export function deliveryNotFound(id: string): Fault {
  return new Fault('delivery_not_found', `this tenant has no delivery "${id}"`);
}
