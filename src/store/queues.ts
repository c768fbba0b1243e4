// Ordering queues: of the waiting deliveries of one endpoint under one ordering key, the first may be sent and the others
// are parked. Every store uses it while it adds deliveries.
import type { EndpointId } from '#core/endpoint.ts';
import type { Planned } from './decide.ts';
import type { StoredText } from './records/event-rows.ts';

/** An endpoint and an ordering key of its deliveries, as it is stored. */
export type Queue = readonly [endpoint: EndpointId, orderingKey: string];

/** Knows which queues have something waiting, also while rows are being added. */
export interface Queues {
  /** Adds a row to the queue and says whether it has to be parked behind another. */
  join(endpoint: EndpointId, orderingKey: string | null): boolean;
}

/** A queue as a query returns it. */
export interface QueueRow {
  readonly endpoint: string;
  readonly key: string;
}

/** `busy` are the queues that have something waiting. */
export function trackQueues(busy: readonly QueueRow[]): Queues {
  const names = new Set(busy.map(({ endpoint, key }) => `${endpoint} ${key}`));
  return {
    join(endpoint, orderingKey) {
      if (orderingKey === null) return false;
      const name = `${endpoint} ${orderingKey}`;
      const isBusy = names.has(name);
      names.add(name);
      return isBusy;
    },
  };
}

/** The queues of these rows. */
export function queuesOf(
  rows: readonly { readonly endpoint: EndpointId; readonly ordering_key: string | null }[],
): Queue[] {
  return rows.flatMap(({ endpoint, ordering_key: key }) => (key === null ? [] : [[endpoint, key] as const]));
}

/** The queues that the deliveries of these events join. */
export function queuesJoined(accepted: readonly Planned[], { toStored }: StoredText): Queue[] {
  const queues: Queue[] = [];
  for (const { event, targets } of accepted) {
    if (event.orderingKey === null) continue;
    const key = toStored(event.orderingKey);
    for (const target of targets) queues.push([target.id, key]);
  }
  return queues;
}
