// New deliveries of events that were published before. Every store uses it. Their ids have the time of the event, so that
// they are found with its other deliveries, and expire with them.
import type { DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { slotOf } from '#core/slot.ts';
import type { IdSource } from '#lib/ids.ts';
import type { OwedEvent } from './records/engine.ts';

export interface OwedRow extends OwedEvent {
  readonly id: DeliveryId;
  readonly endpoint: EndpointId;
  /** The bounds of the ids of its event's deliveries, with this one. */
  readonly first: string;
  readonly last: string;
}

export function planOwed(ids: IdSource, endpoint: EndpointId, events: readonly OwedEvent[]): OwedRow[] {
  return events.map((event) => {
    const { seq, first_delivery: first, last_delivery: last, created_at: createdAt } = event;
    // Beside the first one, the bounds take in few deliveries of other events.
    const slot = slotOf(event.tenant);
    const made = first === null ? ids.at('dlv', createdAt, seq, slot) : ids.beside(first, slot);
    const id = made as DeliveryId;
    const isFirst = first === null || id < first;
    const isLast = last === null || id > last;
    return { ...event, id, endpoint, first: isFirst ? id : first, last: isLast ? id : last };
  });
}
