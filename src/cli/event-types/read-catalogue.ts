import { readAllPages } from '#contract/all-pages.ts';
import type { EventType } from '#contract/event-types.ts';
import type { AdminClient } from '../client.ts';

/** All event types of a catalogue; without a dialect, of the operator's own. */
export function readCatalogue(client: AdminClient, dialect?: string): Promise<readonly EventType[]> {
  return readAllPages((cursor) => client.call('listEventTypes', { query: { dialect, limit: 200, cursor } }));
}
