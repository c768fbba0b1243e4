import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from './page.ts';
import { eventTypeIn, Mode, choice, idIn, nullable, timeIn, timeOut } from './schema.ts';

export const DeliveryState = choice(['pending', 'held', 'delivered', 'exhausted', 'canceled'], {
  $id: 'DeliveryState',
  description:
    '`pending`: an attempt is due now or later. `held`: its endpoint is disabled. `delivered`, `exhausted` (no attempts left) and `canceled` have ended.',
});
export type DeliveryState = Static<typeof DeliveryState>;

const fields = {
  id: Type.String({ examples: ['dlv_01kdw2v0s7f4gr0000000000ab'] }),
  endpoint: Type.String({ description: 'The id of the endpoint that it is owed to.' }),
  event: Type.String({ description: 'The id of the event that is owed.' }),
  eventType: Type.String({ examples: ['invoice.paid'] }),
  mode: Mode,
  state: DeliveryState,
  attemptCount: Type.Integer({ description: 'Attempts made so far.', minimum: 0 }),
  orderingKey: nullable(Type.String({ description: 'Deliveries with the same key keep their order.' })),
  inFlight: Type.Boolean({
    description: 'An attempt is under way or about to be made; its result decides `dueAt`.',
  }),
  dueAt: nullable(
    timeOut(
      'When the next attempt is due; null once it has ended, while it is held or in flight, and while it is parked behind another delivery with the same ordering key.',
    ),
  ),
  createdAt: timeOut('When it was created.'),
  endedAt: nullable(timeOut('When it ended; null before that.')),
};

export const Delivery = Type.Object(fields, {
  $id: 'Delivery',
  description: 'One event owed to one endpoint.',
});
export type Delivery = Static<typeof Delivery>;

export const DeliveryPage = pageOf(Delivery, 'DeliveryPage');
export type DeliveryPage = Static<typeof DeliveryPage>;

const Headers = Type.Unsafe<Record<string, string>>({
  $id: 'Headers',
  type: 'object',
  additionalProperties: { type: 'string' },
});

const AttemptError = Type.Object(
  { code: Type.String({ examples: ['timeout'] }), message: Type.String() },
  { $id: 'AttemptError', description: 'Why there was no complete answer; null when there was one.' },
);

export const Attempt = Type.Object(
  {
    id: Type.String({ examples: ['att_01kdw2v0s7f4gr0000000000ab'] }),
    number: Type.Integer({ description: '1 for the first.', minimum: 1 }),
    trigger: choice(['schedule', 'redelivery', 'replay', 'test'], {
      $id: 'Trigger',
      description:
        'Why it was made: by the retry schedule, the first one included; by a redelivery or a replay, which leave the ' +
        'schedule of a pending delivery as it is; or as the first attempt of a test event.',
    }),
    startedAt: timeOut('When the request began.'),
    durationMs: Type.Integer({ minimum: 0 }),
    url: Type.String(),
    requestHeaders: Headers,
    outcome: choice(['accepted', 'refused', 'unreachable'], {
      $id: 'Outcome',
      description: 'The receiver accepted it, answered otherwise, or gave no complete answer.',
    }),
    status: nullable(Type.Integer({ description: 'The HTTP status; null without one.' })),
    responseHeaders: Headers,
    responseBody: Type.String({ description: 'The first 8 KiB of the answer, read as UTF-8.' }),
    error: nullable(AttemptError),
  },
  { $id: 'Attempt', description: 'One HTTP request made for a delivery.' },
);
export type Attempt = Static<typeof Attempt>;

export const DeliveryWithAttempts = Type.Object(
  { ...fields, attempts: Type.Array(Attempt, { description: 'Oldest first.' }) },
  { $id: 'DeliveryWithAttempts', description: 'A delivery with every attempt made for it.' },
);
export type DeliveryWithAttempts = Static<typeof DeliveryWithAttempts>;

export const DeliveryQuery = Type.Object(
  {
    state: Type.Optional(DeliveryState),
    endpoint: Type.Optional(idIn('Only those owed to this endpoint.', 'ep_01kdw2v0s7f4gr0000000000ab')),
    event: Type.Optional(idIn('Only those of this event.', 'evt-2026-000017')),
    type: Type.Optional(eventTypeIn('Only those of events of this type.')),
    since: Type.Optional(timeIn('Only those created at this time or later.')),
    until: Type.Optional(timeIn('Only those created before this time.')),
    mode: Type.Optional(Mode),
    ...pageQuery,
  },
  { additionalProperties: false },
);
export type DeliveryQuery = Static<typeof DeliveryQuery>;
