import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from './page.ts';
import { Json, type JsonValue, Mode, nullable, ref, timeIn, timeOut } from './schema.ts';

export const EventParams = Type.Object({
  tenant: Type.String({ minLength: 1, maxLength: 255, examples: ['acme'] }),
  id: Type.String({ description: 'The id of the event.', minLength: 1, maxLength: 255 }),
});

export const PublishEvent = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        description: 'Your own id, unique per tenant and mode: publishing it again changes nothing.',
        minLength: 1,
        maxLength: 128,
        // No full stop: Standard Webhooks signs `id.timestamp.payload`.
        pattern: '^[A-Za-z0-9_:-]+$',
        'x-problem': 'must be letters, digits, "_", ":" or "-"',
        examples: ['evt-2026-000017'],
      }),
    ),
    type: Type.String({
      description: 'What happened: a type that the dialect of the tenant knows.',
      minLength: 1,
      maxLength: 255,
      examples: ['invoice.paid'],
    }),
    payload: Type.Unsafe<JsonValue>({
      description:
        'The JSON that goes over the wire. A number that a double does not keep exactly is refused: send it as a string.',
      examples: [{ invoice: 'in_17', amount: '12.50', currency: 'EUR' }],
    }),
    mode: Type.Optional(Mode),
    orderingKey: Type.Optional(
      Type.String({
        description:
          'Deliveries of one endpoint under one key keep their order, where the dialect promises it.',
        minLength: 1,
        maxLength: 200,
        examples: ['in_17'],
      }),
    ),
    occurredAt: Type.Optional(timeIn('When it happened; the time of publication unless said otherwise.')),
  },
  { $id: 'PublishEvent', description: '`mode` is live unless said otherwise.', additionalProperties: false },
);
export type PublishEvent = Static<typeof PublishEvent>;

/** What bounds a batch is the server's configuration (1000 events by default). */
export const PublishBatch = Type.Object(
  {
    events: Type.Array(ref(PublishEvent), {
      description: 'All are published, or none.',
      minItems: 1,
      maxItems: 10_000,
    }),
  },
  { $id: 'PublishBatch', additionalProperties: false },
);
export type PublishBatch = Static<typeof PublishBatch>;

const published = {
  id: Type.String({ examples: ['evt-2026-000017'] }),
  type: Type.String({ examples: ['invoice.paid'] }),
  mode: Mode,
  deliveries: Type.Integer({ description: 'How many endpoints it goes to.', minimum: 0 }),
  createdAt: timeOut('When it was first published.'),
};

export const PublishedEvent = Type.Object(published, {
  $id: 'PublishedEvent',
  description: 'The event and every one of its deliveries are on disk.',
});
export type PublishedEvent = Static<typeof PublishedEvent>;

export const BatchEvent = Type.Object(
  { ...published, replayed: Type.Boolean({ description: 'True when it had been published before.' }) },
  { $id: 'BatchEvent', description: 'One published event of a batch.' },
);
export type BatchEvent = Static<typeof BatchEvent>;

export const PublishedBatch = Type.Object(
  { events: Type.Array(ref(BatchEvent), { description: 'In the order of the request.' }) },
  { $id: 'PublishedBatch' },
);
export type PublishedBatch = Static<typeof PublishedBatch>;

const logged = {
  ...published,
  orderingKey: nullable(
    Type.String({ description: 'The key within which its deliveries keep their order.' }),
  ),
  occurredAt: timeOut('When it happened, by its publisher.'),
};

export const Event = Type.Object(logged, { $id: 'Event', description: 'A fact that happened.' });
export type Event = Static<typeof Event>;

export const EventWithPayload = Type.Object(
  { ...logged, payload: Json },
  { $id: 'EventWithPayload', description: 'A fact that happened, whole.' },
);
export type EventWithPayload = Static<typeof EventWithPayload>;

export const EventPage = pageOf(Event, 'EventPage');
export type EventPage = Static<typeof EventPage>;

export const EventQuery = Type.Object(
  { mode: Type.Optional(Mode), ...pageQuery },
  { additionalProperties: false },
);
export type EventQuery = Static<typeof EventQuery>;

/** Picks the mode where both have an event of this id; live unless said otherwise. */
export const ModeQuery = Type.Object({ mode: Type.Optional(Mode) }, { additionalProperties: false });
export type ModeQuery = Static<typeof ModeQuery>;
