// The feed of what was published: the same JSON in the admin API and in the standard dialect.
import { type Static, Type } from 'typebox';
import { Json, Metadata, Mode, nullable, timeOut } from './schema.ts';

const fields = {
  after: Type.Optional(
    Type.String({
      description:
        'Only what was published after this cursor. `now`: from now on. If not given: from the oldest event that is kept. ' +
        'A stream that is opened again may send it as `Last-Event-ID`.',
      minLength: 1,
      maxLength: 255,
      examples: ['now'],
    }),
  ),
  wait: Type.Optional(
    Type.Integer({
      description: 'How long to wait for an event while there is none, in seconds.',
      minimum: 0,
      maximum: 30,
      default: 0,
    }),
  ),
  limit: Type.Optional(
    Type.Integer({ description: 'How many events at most.', minimum: 1, maximum: 100, default: 100 }),
  ),
};

export const FeedQuery = Type.Object(fields, { additionalProperties: false });
export type FeedQuery = Static<typeof FeedQuery>;

const mode = Type.Optional(Mode);
export const TenantFeedQuery = Type.Object({ mode, ...fields }, { additionalProperties: false });
export type TenantFeedQuery = Static<typeof TenantFeedQuery>;

const cursor = Type.String({ description: 'Where the feed goes on: give it as `after`.' });

export const FeedItem = Type.Object(
  {
    cursor,
    previous: nullable(
      Type.String({
        description:
          'The cursor before this one: when it is not the last one that you have, something in between is missing. Null ' +
          'at the beginning of what is kept.',
      }),
    ),
    tenant: Type.String({ description: 'Whose event it is.', examples: ['acme'] }),
    id: Type.String({ description: 'The id of the event.', examples: ['evt_01kdw2v0s7f4gr0000000000ab'] }),
    type: Type.String({ examples: ['invoice.paid'] }),
    mode: Mode,
    orderingKey: nullable(Type.String()),
    occurredAt: timeOut('When it happened, by its publisher.'),
    createdAt: timeOut('When it was published.'),
    metadata: Metadata,
    payload: Json,
  },
  { $id: 'FeedItem', description: 'An event with its position in the feed.' },
);

export const FeedPage = Type.Object(
  { data: Type.Array(FeedItem), cursor },
  { $id: 'FeedPage', description: 'Events in the order in which they were published.' },
);
export type FeedPage = Static<typeof FeedPage>;
