// Which fresh deliveries the publishing process may send itself, and the claims it gets for them. The same for
// every store.
import type { Claim, DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import type { Subscriber } from './decide.ts';
import type { PublishTerms } from './store.ts';

export interface Places {
  readonly take: (endpoint: EndpointId) => boolean;
}

/** Asks for an endpoint's places once and counts them down from there. */
export function countPlaces(terms: PublishTerms): Places {
  const left = new Map<EndpointId, number>();
  return {
    take(endpoint) {
      const places = left.get(endpoint) ?? terms.places(endpoint);
      left.set(endpoint, places - 1);
      return places > 0;
    },
  };
}

/** The claim of a delivery that is inserted claimed. */
export function freshClaim(
  seq: number,
  id: DeliveryId,
  target: Subscriber,
  event: Event,
  terms: PublishTerms,
): Claim {
  return {
    seq,
    id,
    lease: 1,
    leaseUntil: terms.now + terms.leaseMs,
    endpoint: target.id,
    revision: target.revision,
    event,
    attempts: 0,
    step: 0,
    firstDueAt: terms.now,
    isOrdered: false,
    wasDelivered: false,
  };
}
