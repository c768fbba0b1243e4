import { Type } from 'typebox';
import { eventTypeLengthMax } from '#core/event.ts';

/** An event type in a request. Which ones exist is for the dialect of the tenant to say. */
export function eventTypeIn(description: string) {
  return Type.String({
    description,
    minLength: 1,
    maxLength: eventTypeLengthMax,
    examples: ['invoice.paid'],
  });
}
