import { type Static, Type } from 'typebox';
import { DeliveryState } from './deliveries.ts';
import { pageOf } from './page.ts';
import { eventTypeIn, Mode, choice, idIn, nullable, timeIn, timeOut } from './schema.ts';

export const ratePerSecondDefault = 50;

const states = Type.Array(DeliveryState, {
  description: 'Deliveries in these states are redelivered.',
  minItems: 1,
  maxItems: 5,
  examples: [['exhausted', 'held']],
});

const eventTypes = Type.Array(eventTypeIn('An event type.'), {
  description: 'Only those of events of these types.',
  minItems: 1,
  maxItems: 200,
  examples: [['invoice.paid']],
});

const ratePerSecond = Type.Integer({
  description: 'Deliveries per second.',
  minimum: 1,
  maximum: 10_000,
  default: ratePerSecondDefault,
});

export const CreateReplay = Type.Object(
  {
    endpoint: Type.Optional(idIn('Only those owed to this endpoint.', 'ep_01kdw2v0s7f4gr0000000000ab')),
    mode: Type.Optional(Mode),
    states,
    eventTypes: Type.Optional(eventTypes),
    since: timeIn('Only those created at this time or later.'),
    until: timeIn('Only those created before this time, and before the replay.'),
    ratePerSecond: Type.Optional(ratePerSecond),
    includeDisabled: Type.Optional(
      Type.Boolean({
        description: 'Also those of disabled endpoints. Those of `endpoint` are never left out.',
        default: false,
      }),
    ),
    dryRun: Type.Optional(
      Type.Boolean({ description: 'Only count what would be redelivered.', default: false }),
    ),
  },
  {
    $id: 'CreateReplay',
    description: 'Both modes when `mode` is absent.',
    additionalProperties: false,
  },
);
export type CreateReplay = Static<typeof CreateReplay>;

export const CreateBackfill = Type.Object(
  {
    since: timeIn('Events published at this time or later.'),
    until: Type.Optional(
      timeIn('Events published before this time, and before the backfill. Default: all until now.'),
    ),
    eventTypes: Type.Optional(eventTypes),
    ratePerSecond: Type.Optional(ratePerSecond),
    dryRun: Type.Optional(
      Type.Boolean({ description: 'Only count what would be delivered.', default: false }),
    ),
  },
  {
    $id: 'CreateBackfill',
    description: 'Events that the endpoint selects as it is now, and has no delivery of.',
    additionalProperties: false,
  },
);
export type CreateBackfill = Static<typeof CreateBackfill>;

export const BackfillCount = Type.Object(
  { total: Type.Integer({ description: 'Events that would be delivered.', minimum: 0 }) },
  { $id: 'BackfillCount', description: 'The answer to a dry run.' },
);
export type BackfillCount = Static<typeof BackfillCount>;

export const StartedReplay = Type.Object(
  {
    id: Type.String({ examples: ['rpl_01kdw2v0s7f4gr0000000000ab'] }),
    total: Type.Integer({ description: 'Deliveries that it will order, as far as it is known.', minimum: 0 }),
  },
  { $id: 'StartedReplay', description: 'A replay or backfill that has started.' },
);
export type StartedReplay = Static<typeof StartedReplay>;

export const ReplayCount = Type.Object(
  {
    total: Type.Integer({ description: 'Deliveries that would be redelivered.', minimum: 0 }),
    leftOut: Type.Integer({
      description: 'Deliveries that would be left out because their endpoints are disabled.',
      minimum: 0,
    }),
  },
  { $id: 'ReplayCount', description: 'The answer to a dry run.' },
);
export type ReplayCount = Static<typeof ReplayCount>;

export const Replay = Type.Object(
  {
    id: Type.String({ examples: ['rpl_01kdw2v0s7f4gr0000000000ab'] }),
    kind: choice(['replay', 'backfill'], {
      $id: 'ReplayKind',
      description:
        '`replay`: redelivers what is owed. `backfill`: delivers events that the endpoint has no delivery of.',
    }),
    mode: nullable(Mode),
    endpoint: nullable(Type.String({ description: 'Null for all.' })),
    states: Type.Array(DeliveryState, { description: 'Empty for a backfill.' }),
    eventTypes: Type.Unsafe<string[] | null>({
      type: ['array', 'null'],
      items: { type: 'string' },
      description: 'Null for all.',
    }),
    since: timeOut('Deliveries created, or events published, at this time or later.'),
    until: timeOut('Deliveries created, or events published, before this time.'),
    ratePerSecond,
    includeDisabled: Type.Boolean(),
    total: Type.Integer({
      description: 'Deliveries, or events, found when it started, and those that came to match since.',
      minimum: 0,
    }),
    done: Type.Integer({
      description:
        'Deliveries that it has ordered. What is in flight or ordered already is not ordered again.',
      minimum: 0,
    }),
    delivered: Type.Integer({ description: 'Ordered attempts that were accepted.', minimum: 0 }),
    failed: Type.Integer({ description: 'Ordered attempts that failed; they are retried.', minimum: 0 }),
    state: choice(['running', 'finished', 'stopped'], { $id: 'ReplayState' }),
    createdAt: timeOut('When it was created.'),
  },
  { $id: 'Replay', description: 'A durable job that delivers many events, again or for the first time.' },
);
export type Replay = Static<typeof Replay>;

export const ReplayPage = pageOf(Replay, 'ReplayPage');
export type ReplayPage = Static<typeof ReplayPage>;
