// The catalogue: any well-formed type with any JSON payload. The platform chooses the names.
import type { EventCatalogue } from '#dialects/dialect.ts';
import { samples } from './samples.ts';

/** Letters, digits and `_ . : -`. */
export const eventTypePattern = '^[A-Za-z0-9_.:\\-]+$'; // ours
export const eventTypeLengthMax = 128; // ours

const eventType = new RegExp(eventTypePattern, 'u');

/** True for the name of an event type; `*` is a subscription, not a name. */
export function isEventType(text: string): boolean {
  return text.length <= eventTypeLengthMax && eventType.test(text);
}

export const events: EventCatalogue = {
  checkType: (type) =>
    isEventType(type)
      ? null
      : `An event type has 1 to ${eventTypeLengthMax} letters, digits or any of "_", ".", ":" and "-".`,
  checkPayload: () => null, // documented by Standard Webhooks: `data` may be anything
  orderingKey: () => null, // only when the publisher gives one
  samples,
};
