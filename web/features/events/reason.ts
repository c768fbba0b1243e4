// Why an event did not go to an endpoint, from what both say.
import type { Endpoint } from '#contract/endpoints.ts';
import type { EventWithPayload } from '#contract/events.ts';

type Of = Pick<Endpoint, 'mode' | 'eventTypes' | 'filter' | 'createdAt' | 'updatedAt'>;

interface Reason {
  readonly text: string;
  /** Its filter may be why: it can be tried. */
  readonly isFiltered: boolean;
}

export function reasonOf(
  { mode, eventTypes, filter, createdAt, updatedAt }: Of,
  event: Pick<EventWithPayload, 'mode' | 'type' | 'createdAt'>,
): Reason {
  const told = (text: string): Reason => ({ text, isFiltered: false });
  if (mode !== event.mode) return told(`It is a ${mode} endpoint, and this is a ${event.mode} event.`);
  if (createdAt > event.createdAt) return told('It was created after the event was published.');
  if (!eventTypes.some((entry) => selects(entry, event.type))) {
    return told(`It does not subscribe to ${event.type}, but to ${eventTypes.join(', ') || 'nothing'}.`);
  }
  if (filter !== null) return { text: 'Its filter did not match the event.', isFiltered: true };
  if (updatedAt > event.createdAt)
    return told('It was changed after the event was published, and did not subscribe to it then.');
  return told('The event was for another endpoint alone, such as a test event.');
}

/** `payment.*` selects the types with one more segment or more. */
function selects(entry: string, type: string): boolean {
  if (entry === '*' || entry === type) return true;
  return entry.endsWith('.*') && type.startsWith(entry.slice(0, -1));
}
