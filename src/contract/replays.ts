import { type Static, Type } from 'typebox';
import { DeliveryState } from './deliveries.ts';
import { Mode, choice, idIn, nullable, timeIn, timeOut } from './schema.ts';

export const ReplayParams = Type.Object({
  tenant: Type.String({ minLength: 1, maxLength: 255, examples: ['acme'] }),
  id: Type.String({ description: 'The id of the replay.', minLength: 1, maxLength: 255 }),
});

export const ratePerSecondDefault = 50;

const states = Type.Array(DeliveryState, {
  description: 'Deliveries in these states are ordered again.',
  minItems: 1,
  maxItems: 5,
  examples: [['exhausted', 'held']],
});

const ratePerSecond = Type.Integer({
  description: 'Deliveries ordered per second.',
  minimum: 1,
  maximum: 10_000,
  default: ratePerSecondDefault,
});

export const CreateReplay = Type.Object(
  {
    endpoint: Type.Optional(idIn('Only those owed to this endpoint.', 'ep_01kdw2v0s7f4gr0000000000ab')),
    mode: Type.Optional(Mode),
    states,
    eventTypes: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
        description: 'Only those of events of these types.',
        minItems: 1,
        maxItems: 200,
        examples: [['invoice.paid']],
      }),
    ),
    since: timeIn('Only those made at this time or later.'),
    until: timeIn('Only those made before this time.'),
    ratePerSecond: Type.Optional(ratePerSecond),
    dryRun: Type.Optional(Type.Boolean({ description: 'Only count what would be ordered.', default: false })),
  },
  {
    $id: 'CreateReplay',
    description: 'Both modes are meant unless `mode` says which.',
    additionalProperties: false,
  },
);
export type CreateReplay = Static<typeof CreateReplay>;

export const StartedReplay = Type.Object(
  {
    id: Type.String({ examples: ['rpl_01kdw2v0s7f4gr0000000000ab'] }),
    total: Type.Integer({ description: 'Deliveries that will be ordered again.', minimum: 0 }),
  },
  { $id: 'StartedReplay', description: 'A replay that has begun.' },
);
export type StartedReplay = Static<typeof StartedReplay>;

export const ReplayCount = Type.Object(
  { total: Type.Integer({ description: 'Deliveries that would be ordered again.', minimum: 0 }) },
  { $id: 'ReplayCount', description: 'The answer to a dry run.' },
);
export type ReplayCount = Static<typeof ReplayCount>;

export const Replay = Type.Object(
  {
    id: Type.String({ examples: ['rpl_01kdw2v0s7f4gr0000000000ab'] }),
    mode: nullable(choice(['live', 'test'], { description: 'Null for both.' })),
    endpoint: nullable(Type.String({ description: 'Null for all.' })),
    states: Type.Array(DeliveryState),
    eventTypes: Type.Unsafe<string[] | null>({
      type: ['array', 'null'],
      items: { type: 'string' },
      description: 'Null for all.',
    }),
    since: timeOut('Deliveries made at this time or later.'),
    until: timeOut('Deliveries made before this time.'),
    ratePerSecond,
    total: Type.Integer({ description: 'Deliveries that were found when it began.', minimum: 0 }),
    done: Type.Integer({ description: 'Ordered so far.', minimum: 0 }),
    state: choice(['running', 'finished', 'stopped']),
    createdAt: timeOut('When it was ordered.'),
  },
  { $id: 'Replay', description: "A person's order to deliver many again." },
);
export type Replay = Static<typeof Replay>;
