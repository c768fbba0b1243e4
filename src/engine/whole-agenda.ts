// Walks the endpoints to which something is to be sent, in pages of some ms: what has arrived meanwhile is handled in between.
import type { EndpointId } from '#core/endpoint.ts';
import { nextTurn } from '#lib/event-loop.ts';
import type { Due, Store } from '#store/store.ts';

type Deliveries = Pick<Store['deliveries'], 'agenda'>;

/** Endpoints whose time is read at once. */
const endpointsPerPage = 1000;

export async function* walkAgenda(deliveries: Deliveries): AsyncGenerator<readonly Due[], void> {
  for (let after: EndpointId | null = null; ;) {
    const { due, reached } = await deliveries.agenda(after, endpointsPerPage);
    yield due;
    if (reached === null) return;
    after = reached;
    await nextTurn();
  }
}

/** Since when the oldest of what is to be sent is due; null when nothing is. Unix ms. */
export async function findOldestDue(deliveries: Deliveries, now: number): Promise<number | null> {
  let oldest = Infinity;
  for await (const due of walkAgenda(deliveries)) {
    for (const { dueAt } of due) oldest = Math.min(oldest, dueAt);
  }
  return oldest <= now ? oldest : null;
}
