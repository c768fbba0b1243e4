// The catalogue: any well-formed type with any JSON payload. The platform chooses the names.
import type { EventCatalogue } from '#dialects/dialect.ts';
import { samples } from './samples.ts';

/** Letters, digits and `_ . : -`. */
const name = '[A-Za-z0-9_.:\\-]+'; // ours
export const eventTypePattern = `^${name}$`;
/** What an endpoint subscribes to: a name, a prefix such as `payment.*`, or `*`. */
export const entryPattern = `^([*]|${name}([.][*])?)$`;
export const eventTypeLengthMax = 128; // ours

const eventType = new RegExp(eventTypePattern, 'u');

/** True for the name of an event type; `*` and prefixes are subscriptions, not names. */
export function isEventType(text: string): boolean {
  return text.length <= eventTypeLengthMax && eventType.test(text);
}

export const events: EventCatalogue = {
  isOpen: true,
  checkType: (type) =>
    isEventType(type)
      ? null
      : `An event type has 1 to ${eventTypeLengthMax} letters, digits or any of "_", ".", ":" and "-".`,
  checkPayload: () => null, // documented by Standard Webhooks: `data` may be anything
  orderingKey: () => null, // only when the publisher gives one
  samples,
};
