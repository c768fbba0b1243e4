// The catalogue: six event types, and what their payloads must be.
import type { EventCatalogue } from '#dialects/dialect.ts';
import { isJsonObject } from '#lib/json.ts';
import { samples } from './samples.ts';

/** documented; `cancelled`, with two l's, means that the customer's payments failed too often */
export const eventTypes = [
  'checkout.initialized',
  'checkout.in_progress',
  'checkout.succeeded',
  'checkout.failed',
  'checkout.cancelled',
  'order.submitted',
] as const;

const known: ReadonlySet<string> = new Set(eventTypes);

export const events: EventCatalogue = {
  checkType: (type) => (known.has(type) ? null : `An event type is one of ${eventTypes.join(', ')}.`),
  checkPayload: (_type, payload) =>
    isJsonObject(payload)
      ? null
      : 'The payload must be a JSON object: it becomes the "data" of what is delivered.',
  orderingKey: () => null, // ours: no order is documented
  samples,
};
