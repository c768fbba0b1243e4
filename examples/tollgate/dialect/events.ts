// The catalogue: two event types and what their payloads must be.
import type { EventCatalogue } from '#dialects/dialect.ts';
import { isJsonObject } from '#lib/json.ts';
import { samples } from './samples.ts';

export const eventTypes = ['toll.paid', 'toll.refused'] as const; // documented

const known: ReadonlySet<string> = new Set(eventTypes);

export const events: EventCatalogue = {
  checkType: (type) => (known.has(type) ? null : `An event type is one of ${eventTypes.join(', ')}.`),
  checkPayload: (_type, payload) =>
    isJsonObject(payload) ? null : 'The payload must be a JSON object: it becomes "details".',
  orderingKey: () => null, // ours: no order is documented
  samples,
};
