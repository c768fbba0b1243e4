import { TailQuery } from '#contract/tail.ts';
import type { AttemptTail } from '#core/commands.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { given } from '#lib/given.ts';
import { eventStreamType, type ServerSentEvent } from '#lib/server-sent-events.ts';
import { type AdminTable, wideScope } from '../operation.ts';
import { foundAttemptToJson } from './deliveries.ts';
import { StreamText } from './streams.ts';

export const tail = {
  tailAttempts: {
    command: 'tailAttempts',
    docs: {
      tag: 'Deliveries',
      summary: 'Watch attempts as they are recorded',
      description:
        'Server-sent events, from now on: an `attempt` for each, within a second; `missed` when more were recorded than are ' +
        'shown, such as 4,000 in a second, or while the client did not read; `end` when the server ends the stream.',
    },
    query: TailQuery,
    answers: {
      200: { description: 'A stream of events.', schema: StreamText, contentType: eventStreamType },
    },
    faults: ['tenant_not_found', 'rate_limited', 'overloaded'],
    parse: ({ query: { endpoint, type, outcome, ...scope } }) => ({
      ...wideScope(scope),
      filter: given({ endpoint: endpoint as EndpointId | undefined, eventType: type, outcome }),
      after: null,
      seen: [],
    }),
    reply: () => ({ status: 200 }),
    stream: { isAlways: true, write: toEvents },
  },
} satisfies Partial<AdminTable>;

function toEvents({ items, isCut }: AttemptTail): readonly ServerSentEvent[] {
  const events = items.map((item): ServerSentEvent => ({ event: 'attempt', data: foundAttemptToJson(item) }));
  return isCut ? [{ event: 'missed', data: {} }, ...events] : events;
}
