// A person's orders: one delivery again, or a test event.
import type { CommandHandlers } from '#core/commands.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { Fault } from '#core/fault.ts';
import type { Clock } from '#lib/clock.ts';
import type { Store } from '#store/store.ts';
import { deliveryNotFound } from './log.ts';
import type { Publisher } from '#intake/publish.ts';

type OrderCommands = Pick<CommandHandlers, 'redeliver' | 'sendTest'>;

export function createOrders(deps: {
  store: Store;
  publisher: Publisher;
  /** These endpoints have something due. */
  wake: (endpoints: readonly EndpointId[]) => void;
  clock: Clock;
}): OrderCommands {
  const { store, publisher, wake, clock } = deps;
  return {
    async redeliver({ tenant, mode, id }) {
      const delivery = await store.deliveries.redeliver({ tenant, mode }, id, clock.now());
      if (delivery === null) throw deliveryNotFound(id);
      wake([delivery.endpoint]);
      return delivery;
    },
    async sendTest({ tenant, mode, ...key }) {
      const endpoint = await store.endpoints.get({ tenant, mode }, key);
      if (endpoint === null) throw new Fault('endpoint_not_found', 'this tenant has no such endpoint');
      return publisher.sendTest(tenant, endpoint.id, endpoint.mode);
    },
  };
}
