import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from './page.ts';
import {
  choice,
  eventTypeIn,
  Json,
  type JsonValue,
  Metadata,
  Mode,
  nullable,
  timeIn,
  timeOut,
} from './schema.ts';

const publishRule =
  '`mode` is `live` when absent. An id names the same event again when its type, mode and payload are the same; the ' +
  'event keeps the `metadata` of its first publication.';

function eventId(description: string, maxLength = 128) {
  return Type.String({
    description,
    minLength: 1,
    maxLength,
    pattern: '^[A-Za-z0-9_.:-]+$',
    'x-problem': 'must be letters, digits, "_", ".", ":" or "-"',
    examples: ['evt-2026-000017'],
  });
}

/** The header `Idempotency-Key`, of a publish and of a batch. */
export const idempotencyKey = eventId(
  'The id of the event, when it has none of its own. In a batch, with `:` and the place of the event from 0 behind it.',
  120,
);

export const PublishEvent = Type.Object(
  {
    id: Type.Optional(
      eventId('Your own id, unique per tenant and mode: publishing it again changes nothing.'),
    ),
    type: eventTypeIn('A type that the dialect of the tenant has.'),
    payload: Type.Unsafe<JsonValue>({
      description:
        'Any JSON. It is delivered as it is written here, byte for byte: numbers of any size and precision, the order of members, escapes and spacing.',
      'x-source': true,
      examples: [{ invoice: 'in_17', amount: '12.50', currency: 'EUR' }],
    }),
    mode: Type.Optional(Mode),
    orderingKey: Type.Optional(
      Type.String({
        description: 'Deliveries to one endpoint with the same key keep their order.',
        minLength: 1,
        maxLength: 200,
        examples: ['in_17'],
      }),
    ),
    occurredAt: Type.Optional(timeIn('When it happened. When absent, the time of publication.')),
    metadata: Type.Optional(Metadata),
  },
  { $id: 'PublishEvent', description: publishRule, additionalProperties: false },
);
export type PublishEvent = Static<typeof PublishEvent>;

export const PublishBatch = Type.Object(
  {
    events: Type.Array(PublishEvent, { description: 'All are published, or none.', minItems: 1 }),
  },
  { $id: 'PublishBatch', additionalProperties: false },
);
export type PublishBatch = Static<typeof PublishBatch>;

const published = {
  id: Type.String({ examples: ['evt-2026-000017'] }),
  type: Type.String({ examples: ['invoice.paid'] }),
  mode: Mode,
  deliveries: Type.Integer({ description: 'The number of endpoints that it is delivered to.', minimum: 0 }),
  filtered: Type.Integer({
    description:
      'The number of endpoints with its type whose filters do not match it: it is not delivered to them.',
    minimum: 0,
  }),
  createdAt: timeOut('When it was first published.'),
};

const answered = {
  ...published,
  unsent: nullable(
    choice(['no_endpoint', 'no_subscriber', 'filtered', 'other_mode', 'disabled'], {
      $id: 'Unsent',
      description:
        'Why nothing of it is sent: there is no endpoint, none subscribes to its type, no filter of those that do ' +
        'matches it, only endpoints of the other mode ' +
        'do, or all that do are disabled (its deliveries are held). Null when something is sent, and for a repetition.',
    }),
  ),
};

export const PublishedEvent = Type.Object(answered, {
  $id: 'PublishedEvent',
  description: 'The event and all its deliveries are on disk.',
});
export type PublishedEvent = Static<typeof PublishedEvent>;

export const BatchEvent = Type.Object(
  { ...answered, replayed: Type.Boolean({ description: 'True when it had been published before.' }) },
  { $id: 'BatchEvent', description: 'One published event of a batch.' },
);
export type BatchEvent = Static<typeof BatchEvent>;

export const PublishedBatch = Type.Object(
  { events: Type.Array(BatchEvent, { description: 'In the order of the request.' }) },
  { $id: 'PublishedBatch' },
);
export type PublishedBatch = Static<typeof PublishedBatch>;

const logged = {
  ...published,
  orderingKey: nullable(Type.String({ description: 'Deliveries with the same key keep their order.' })),
  occurredAt: timeOut('When it happened, as its publisher says.'),
  metadata: Metadata,
};

export const Event = Type.Object(logged, { $id: 'Event', description: 'An event without its payload.' });
export type Event = Static<typeof Event>;

export const EventWithPayload = Type.Object(
  { ...logged, payload: Json },
  { $id: 'EventWithPayload', description: 'An event with its payload.' },
);
export type EventWithPayload = Static<typeof EventWithPayload>;

export const EventPage = pageOf(Event, 'EventPage');
export type EventPage = Static<typeof EventPage>;

export const EventQuery = Type.Object(
  {
    type: Type.Optional(eventTypeIn('Only those of this type.')),
    orderingKey: Type.Optional(
      Type.String({ description: 'Only those with this ordering key.', minLength: 1, maxLength: 200 }),
    ),
    since: Type.Optional(timeIn('Only those published at this time or later.')),
    until: Type.Optional(timeIn('Only those published before this time.')),
    withoutDeliveries: Type.Optional(
      Type.Boolean({ description: 'Only those that no endpoint received, or only the others.' }),
    ),
    mode: Type.Optional(Mode),
    ...pageQuery,
  },
  { additionalProperties: false },
);
export type EventQuery = Static<typeof EventQuery>;

/** Selects the mode where both have an event of this id; live when absent. */
export const ModeQuery = Type.Object({ mode: Type.Optional(Mode) }, { additionalProperties: false });
export type ModeQuery = Static<typeof ModeQuery>;
