import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from './page.ts';
import { DisabledReason } from './endpoints.ts';
import { eventTypeIn, Json, Mode, choice, idIn, nullable, timeIn, timeOut } from './schema.ts';

export const DeliveryState = choice(['pending', 'held', 'delivered', 'exhausted', 'canceled'], {
  $id: 'DeliveryState',
  description:
    '`pending`: an attempt is due now or later. `held`: its endpoint is disabled. `delivered`, `exhausted` (no attempts left) and `canceled` have ended.',
});
export type DeliveryState = Static<typeof DeliveryState>;

export const AttemptErrorCode = choice(
  [
    'address_refused',
    'name_not_found',
    'connection_refused',
    'connection_lost',
    'tls_failed',
    'egress_failed',
    'timeout',
    'answer_invalid',
    'answer_cut',
    'request_failed',
    'transform_failed',
  ],
  { $id: 'AttemptErrorCode', description: 'Why there was no complete answer.' },
);
export type AttemptErrorCode = Static<typeof AttemptErrorCode>;

const fields = {
  id: Type.String({ examples: ['dlv_01kdw2v0s7f4gr0000000000ab'] }),
  endpoint: Type.String({ description: 'The id of the endpoint that it is owed to.' }),
  event: Type.String({ description: 'The id of the event that is owed.' }),
  eventType: Type.String({ examples: ['invoice.paid'] }),
  mode: Mode,
  state: DeliveryState,
  attemptCount: Type.Integer({ description: 'Attempts made so far.', minimum: 0 }),
  lastAttemptAt: nullable(timeOut('When the last attempt began; null before the first.')),
  lastStatus: nullable(
    Type.Integer({ description: 'The HTTP status of the last attempt; null without one.' }),
  ),
  lastError: nullable(AttemptErrorCode),
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
  note: nullable(
    choice(['transform_null'], {
      $id: 'DeliveryNote',
      description:
        'Why it ended so where no attempt says it. `transform_null`: the transform of its endpoint returned null.',
    }),
  ),
};

export const Delivery = Type.Object(fields, {
  $id: 'Delivery',
  description: 'One event owed to one endpoint.',
});
export type Delivery = Static<typeof Delivery>;

export const DeliveryPage = pageOf(Delivery, 'DeliveryPage');
export type DeliveryPage = Static<typeof DeliveryPage>;

const tenant = Type.String({ description: 'The tenant that owns it.', examples: ['acme'] });

export const FoundDelivery = Type.Object(
  { tenant, ...fields },
  { $id: 'FoundDelivery', description: 'A delivery of any tenant.' },
);
export type FoundDelivery = Static<typeof FoundDelivery>;

export const FoundDeliveryPage = pageOf(FoundDelivery, 'FoundDeliveryPage');
export type FoundDeliveryPage = Static<typeof FoundDeliveryPage>;

const Headers = Type.Unsafe<Record<string, string>>({
  $id: 'Headers',
  type: 'object',
  additionalProperties: { type: 'string' },
});

const AttemptError = Type.Object(
  { code: Type.String({ examples: ['timeout'] }), message: Type.String() },
  { $id: 'AttemptError', description: 'Why there was no complete answer; null when there was one.' },
);

export const Outcome = choice(['accepted', 'refused', 'unreachable'], {
  $id: 'Outcome',
  description: 'The receiver accepted it, answered otherwise, or gave no complete answer.',
});

const head = {
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
  url: nullable(
    Type.String({ description: 'Null for one that a client made, which had pulled the delivery.' }),
  ),
  outcome: Outcome,
  status: nullable(Type.Integer({ description: 'The HTTP status; null without one.' })),
  error: nullable(AttemptError),
};

export const Attempt = Type.Object(
  {
    ...head,
    requestHeaders: Headers,
    responseHeaders: Headers,
    responseBody: Type.String({ description: 'The first 8 KiB of the answer, read as UTF-8.' }),
  },
  { $id: 'Attempt', description: 'One HTTP request made for a delivery.' },
);
export type Attempt = Static<typeof Attempt>;

export const FoundAttempt = Type.Object(
  {
    tenant,
    mode: Mode,
    endpoint: fields.endpoint,
    delivery: Type.String({ description: 'The delivery that it was made for.' }),
    event: fields.event,
    eventType: fields.eventType,
    ...head,
  },
  { $id: 'FoundAttempt', description: 'An attempt of any tenant, without headers and bodies.' },
);
export type FoundAttempt = Static<typeof FoundAttempt>;

export const FoundAttemptPage = pageOf(FoundAttempt, 'FoundAttemptPage');
export type FoundAttemptPage = Static<typeof FoundAttemptPage>;

export const AttemptPage = pageOf(Attempt, 'AttemptPage');
export type AttemptPage = Static<typeof AttemptPage>;

const WaitsFor = Type.Object(
  {
    reason: choice(['endpoint_disabled', 'ordering_key'], {
      $id: 'WaitReason',
      description: 'Its endpoint is disabled, or another delivery with its ordering key comes first.',
    }),
    disabledReason: nullable(DisabledReason),
    since: nullable(timeOut('When the endpoint was disabled.')),
    delivery: nullable(Type.String({ description: 'The delivery that comes first.' })),
  },
  { $id: 'WaitsFor', description: 'Why it waits; null unless something holds it up.' },
);

export const DeliveryWithAttempts = Type.Object(
  {
    ...fields,
    url: nullable(Type.String({ description: 'The URL of its endpoint now; null when that is removed.' })),
    attemptsMax: Type.Integer({ description: 'Attempts that the retry schedule has.', minimum: 1 }),
    waitsFor: nullable(WaitsFor),
    payload: Json,
    attempts: Type.Array(Attempt, {
      description:
        'Oldest first: the first, and the 19 newest of the others. `attemptCount` counts all; they have a list of their own.',
    }),
  },
  {
    $id: 'DeliveryWithAttempts',
    description: 'A delivery with the payload of its event and the attempts made for it.',
  },
);
export type DeliveryWithAttempts = Static<typeof DeliveryWithAttempts>;

export const RequestBody = Type.Object(
  { body: Type.String({ description: 'The body of every attempt, read as UTF-8.' }) },
  { $id: 'RequestBody', description: 'What is sent to the receiver.' },
);
export type RequestBody = Static<typeof RequestBody>;

const code = (of: string) =>
  Type.Optional(
    Type.String({
      description: `Only those whose ${of} was answered with this status, or one of its class (\`5xx\`).`,
      pattern: '^[1-5]([0-9]{2}|xx)$',
      'x-problem': 'must be an HTTP status such as 503, or a class of them such as 5xx',
      examples: ['5xx'],
    }),
  );
const mode = Type.Optional(Mode);
const ofTenant = Type.Optional(idIn('Only those of this tenant.', 'acme'));
const ofEndpoint = Type.Optional(idIn('Only those for this endpoint.', 'ep_01kdw2v0s7f4gr0000000000ab'));
const ofType = Type.Optional(eventTypeIn('Only those of events of this type.'));

const deliveryFilter = {
  state: Type.Optional(DeliveryState),
  endpoint: ofEndpoint,
  event: Type.Optional(idIn('Only those of this event.', 'evt-2026-000017')),
  type: ofType,
  code: code('last attempt'),
  error: Type.Optional(AttemptErrorCode),
  wireId: Type.Optional(
    idIn(
      'Only those with this id as a receiver was shown it: that of the event, its number, or that of the delivery.',
      'evt-2026-000017',
    ),
  ),
  since: Type.Optional(timeIn('Only those created at this time or later.')),
  until: Type.Optional(timeIn('Only those created before this time.')),
  mode,
  ...pageQuery,
};

export const DeliveryQuery = Type.Object(deliveryFilter, { additionalProperties: false });
export type DeliveryQuery = Static<typeof DeliveryQuery>;

export const FindDeliveriesQuery = Type.Object(
  { tenant: ofTenant, ...deliveryFilter },
  { additionalProperties: false },
);
export type FindDeliveriesQuery = Static<typeof FindDeliveriesQuery>;

export const FindAttemptsQuery = Type.Object(
  {
    tenant: ofTenant,
    endpoint: ofEndpoint,
    outcome: Type.Optional(Outcome),
    code: code('attempt'),
    error: Type.Optional(AttemptErrorCode),
    type: ofType,
    since: Type.Optional(timeIn('Only those that began at this time or later.')),
    until: Type.Optional(timeIn('Only those that began before this time.')),
    mode,
    ...pageQuery,
  },
  { additionalProperties: false },
);
export type FindAttemptsQuery = Static<typeof FindAttemptsQuery>;
