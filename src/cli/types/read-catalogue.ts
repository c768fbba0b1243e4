import type { EventType } from '#contract/event-types.ts';
import type { AdminClient } from '../client.ts';

/** All event types of a catalogue; without a dialect, of the operator's own. */
export async function readCatalogue(client: AdminClient, dialect?: string): Promise<readonly EventType[]> {
  const types: EventType[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.call('listEventTypes', { query: { dialect, limit: 200, cursor } });
    types.push(...page.data);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return types;
}
