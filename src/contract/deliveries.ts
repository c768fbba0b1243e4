import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from './page.ts';
import { Mode, choice, idIn, nullable, ref, timeIn, timeOut } from './schema.ts';

export const DeliveryParams = Type.Object({
  tenant: Type.String({ minLength: 1, maxLength: 255, examples: ['acme'] }),
  id: Type.String({ description: 'The id of the delivery.', minLength: 1, maxLength: 255 }),
});

export const deliveryStates = ['pending', 'held', 'delivered', 'exhausted', 'canceled'] as const;

export const DeliveryState = choice(deliveryStates, {
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
  orderingKey: nullable(Type.String({ description: 'The key within which deliveries keep their order.' })),
  dueAt: nullable(
    timeOut(
      'When the next attempt is due; null once it has ended, and while it waits for the delivery before it under the same ordering key.',
    ),
  ),
  createdAt: timeOut('When it was made.'),
  endedAt: nullable(timeOut('When it ended; null before.')),
};

export const Delivery = Type.Object(fields, {
  $id: 'Delivery',
  description: 'One event owed to one endpoint.',
});
export type Delivery = Static<typeof Delivery>;

export const DeliveryPage = pageOf(Delivery, 'DeliveryPage');
export type DeliveryPage = Static<typeof DeliveryPage>;

const Headers = Type.Unsafe<Record<string, string>>({
  type: 'object',
  additionalProperties: { type: 'string' },
});

export const Attempt = Type.Object(
  {
    id: Type.String({ examples: ['att_01kdw2v0s7f4gr0000000000ab'] }),
    number: Type.Integer({ description: '1 for the first.', minimum: 1 }),
    startedAt: timeOut('When the request began.'),
    durationMs: Type.Integer({ minimum: 0 }),
    url: Type.String(),
    requestHeaders: Headers,
    outcome: choice(['accepted', 'refused', 'unreachable'], {
      description: 'The receiver took it, answered otherwise, or could not be heard.',
    }),
    status: nullable(Type.Integer({ description: 'The HTTP status, when one arrived.' })),
    responseHeaders: Headers,
    responseBody: Type.String({ description: 'The first 8 KiB of the answer, read as UTF-8.' }),
    error: Type.Unsafe<{ code: string; message: string } | null>({
      type: ['object', 'null'],
      description: 'Why there was no whole answer; null when there was one.',
      properties: { code: { type: 'string', examples: ['timeout'] }, message: { type: 'string' } },
      required: ['code', 'message'],
    }),
  },
  { $id: 'Attempt', description: 'One HTTP request made for a delivery.' },
);
export type Attempt = Static<typeof Attempt>;

export const DeliveryWithAttempts = Type.Object(
  { ...fields, attempts: Type.Array(ref(Attempt), { description: 'Oldest first.' }) },
  { $id: 'DeliveryWithAttempts', description: 'A delivery with every attempt made for it.' },
);
export type DeliveryWithAttempts = Static<typeof DeliveryWithAttempts>;

export const DeliveryQuery = Type.Object(
  {
    state: Type.Optional(DeliveryState),
    endpoint: Type.Optional(idIn('Only those owed to this endpoint.', 'ep_01kdw2v0s7f4gr0000000000ab')),
    event: Type.Optional(idIn('Only those of this event.', 'evt-2026-000017')),
    type: Type.Optional(idIn('Only those of events of this type.', 'invoice.paid')),
    since: Type.Optional(timeIn('Only those made at this time or later.')),
    until: Type.Optional(timeIn('Only those made before this time.')),
    mode: Type.Optional(Mode),
    ...pageQuery,
  },
  { additionalProperties: false },
);
export type DeliveryQuery = Static<typeof DeliveryQuery>;
