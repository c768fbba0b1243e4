// Pulling deliveries, and reporting what came of them: the same JSON in the admin API and in the standard dialect.
import { type Static, Type } from 'typebox';
import { choice, nullable, timeOut } from './schema.ts';

export const deliveriesPerPull = { max: 100, default: 10 } as const;
const leaseMsDefault = 60_000;

const max = (description: string) =>
  Type.Optional(
    Type.Integer({
      description,
      minimum: 1,
      maximum: deliveriesPerPull.max,
      default: deliveriesPerPull.default,
    }),
  );
const leaseMs = Type.Optional(
  Type.Integer({
    description: 'For how long nobody else gets them, in ms.',
    minimum: 1_000,
    maximum: 3_600_000,
    default: leaseMsDefault,
  }),
);
const strict = { additionalProperties: false };

export const PullRequest = Type.Object(
  {
    max: max('How many deliveries at most.'),
    waitMs: Type.Optional(
      Type.Integer({
        description: 'How long to wait for the first one while there is none, in ms.',
        minimum: 0,
        maximum: 30_000,
        default: 0,
      }),
    ),
    leaseMs,
  },
  { $id: 'PullRequest', ...strict },
);
export type PullRequest = Static<typeof PullRequest>;

export const StreamQuery = Type.Object(
  {
    max: max('How many deliveries to hold at once: with so many unreported ones, no more are sent.'),
    leaseMs,
  },
  strict,
);
export type StreamQuery = Static<typeof StreamQuery>;

const delivery = Type.String({
  description: 'The id of the delivery.',
  minLength: 1,
  maxLength: 64,
  examples: ['dlv_01kdw2v0s7f4gr0000000000ab'],
});
const lease = Type.Integer({
  description: 'The number of the lease under which it was handed out.',
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
});
const leaseUntil = timeOut('When the lease ends.');

export const PulledDelivery = Type.Object(
  {
    delivery,
    lease,
    leaseUntil,
    attempt: Type.Integer({ description: 'The number of the attempt; 1 for the first.', minimum: 1 }),
    trigger: choice(['schedule', 'redelivery', 'replay', 'test'], {
      $id: 'Trigger',
      description:
        'Why it was made: by the retry schedule, the first one included; by a redelivery or a replay, which leave the schedule of a pending delivery as it is; or as the first attempt of a test event.',
    }),
    event: Type.String({ description: 'The id of the event.' }),
    eventType: Type.String({ examples: ['invoice.paid'] }),
    orderingKey: nullable(Type.String({ description: 'Deliveries with the same key keep their order.' })),
    headers: Type.Unsafe<Record<string, string>>({
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'The headers that a request would have, with the signature.',
      examples: [{ 'webhook-id': 'evt_01kdw2v0s7f4gr0000000000ab' }],
    }),
    body: Type.String({
      description: 'The exact bytes of the body, in base64.',
      examples: ['eyJ0eXBlIjoi4oCmIn0='],
    }),
  },
  { $id: 'PulledDelivery', description: 'A delivery under a lease: the request that a push would make.' },
);
export type PulledDelivery = Static<typeof PulledDelivery>;

export const PulledPage = Type.Object({ data: Type.Array(PulledDelivery) }, { $id: 'PulledPage' });
export type PulledPage = Static<typeof PulledPage>;

const PullResult = Type.Object(
  {
    delivery,
    lease,
    status: Type.Optional(
      Type.Integer({
        description: 'The HTTP status of the answer. Without `error`.',
        minimum: 100,
        maximum: 599,
      }),
    ),
    error: Type.Optional(
      choice(
        [
          'name_not_found',
          'connection_refused',
          'connection_lost',
          'tls_failed',
          'timeout',
          'answer_invalid',
          'request_failed',
        ],
        { description: 'Why there was no answer; `request_failed` for anything else. Without `status`.' },
      ),
    ),
    message: Type.Optional(
      Type.String({ description: 'With `error`: one sentence for people.', maxLength: 500 }),
    ),
    durationMs: Type.Optional(
      Type.Integer({
        description: 'How long it took. If not given: since it was handed out.',
        minimum: 0,
        maximum: 3_600_000,
      }),
    ),
    headers: Type.Optional(
      Type.Unsafe<Record<string, string>>({
        type: 'object',
        description: 'The headers of the answer. `retry-after` counts as it does for a push.',
        maxProperties: 100,
        propertyNames: { type: 'string', minLength: 1, maxLength: 128 },
        additionalProperties: { type: 'string', maxLength: 4096 },
        examples: [{ 'content-type': 'text/plain' }],
      }),
    ),
    body: Type.Optional(
      Type.String({
        description: 'The body of the answer in base64; the first 8 KiB are kept.',
        maxLength: 90_000,
        pattern: '^[A-Za-z0-9+/]*={0,2}$',
        'x-problem': 'must be base64',
      }),
    ),
  },
  { $id: 'PullResult', description: 'What came of one delivery: `status` or `error`.', ...strict },
);

export const PullResults = Type.Object(
  { results: Type.Array(PullResult, { minItems: 1, maxItems: deliveriesPerPull.max }) },
  { $id: 'PullResults', ...strict },
);
export type PullResults = Static<typeof PullResults>;

const status = Type.Integer({
  description: '200; 409 when the lease is not held any more.',
  examples: [200],
});
const code = nullable(
  choice(['claim_lost'], { $id: 'ClaimCode', description: 'Why it is not recorded; null when it is.' }),
);

export const ResultVerdicts = Type.Object(
  {
    data: Type.Array(
      Type.Object(
        {
          delivery,
          status,
          code,
          state: nullable(
            choice(['pending', 'delivered', 'exhausted'], {
              $id: 'ResultState',
              description: 'The state of the delivery now.',
            }),
          ),
          dueAt: nullable(timeOut('When the next attempt is due; null when there is none.')),
        },
        { $id: 'ResultVerdict' },
      ),
    ),
  },
  { $id: 'ResultVerdicts', description: 'One for each result, in their order.' },
);
export type ResultVerdicts = Static<typeof ResultVerdicts>;

const leases = Type.Array(Type.Object({ delivery, lease }, strict), {
  minItems: 1,
  maxItems: deliveriesPerPull.max,
});

export const ExtendLeases = Type.Object({ leases, leaseMs }, { $id: 'ExtendLeases', ...strict });
export type ExtendLeases = Static<typeof ExtendLeases>;

export const ReleaseLeases = Type.Object({ leases }, { $id: 'ReleaseLeases', ...strict });
export type ReleaseLeases = Static<typeof ReleaseLeases>;

export const LeaseVerdicts = Type.Object(
  {
    data: Type.Array(
      Type.Object({ delivery, status, code, leaseUntil: nullable(leaseUntil) }, { $id: 'LeaseVerdict' }),
    ),
  },
  { $id: 'LeaseVerdicts', description: 'One for each lease, in their order.' },
);
export type LeaseVerdicts = Static<typeof LeaseVerdicts>;
