import { type Static, Type } from 'typebox';
import { Endpoint } from './endpoints.ts';
import { pageOf, pageQuery } from './page.ts';
import { choice, Mode, nullable, timeIn, timeOut } from './schema.ts';

export const failuresMinDefault = 3;
export const waitSecondsDefault = 60;

const { url, disabledReason, disabledAt, failureCount, firstFailureAt, lastFailureAt } = Endpoint.properties;

const Trouble = choice(['disabled', 'failing', 'backlog'], {
  $id: 'Trouble',
  description:
    '`disabled`: it failed for too long or answered 410 Gone. `failing`: its last attempts failed. `backlog`: what is ' +
    'due has waited for too long.',
});

export const Attention = Type.Object(
  {
    tenant: Type.String({ description: 'The tenant that owns it.', examples: ['acme'] }),
    endpoint: Type.String({ examples: ['ep_01kdw2v0s7f4gr0000000000ab'] }),
    url,
    mode: Mode,
    reasons: Type.Array(Trouble),
    disabledReason,
    disabledAt,
    failureCount,
    firstFailureAt,
    lastFailureAt,
    waiting: Type.Integer({
      description: 'Deliveries that wait for it: held ones too. 1000 stands for that many or more.',
      minimum: 0,
      maximum: 1000,
    }),
    oldestDueAt: nullable(
      timeOut('When the oldest of these was due; null unless it has waited for too long.'),
    ),
  },
  { $id: 'Attention', description: 'An endpoint that needs a person.' },
);
export type Attention = Static<typeof Attention>;

export const AttentionPage = Type.Object(
  {
    ...pageOf(Attention, 'AttentionPage').properties,
    data: Type.Array(Attention, { description: 'In the order of creation, oldest first.' }),
  },
  { $id: 'AttentionPage', description: 'One page of a list.' },
);
export type AttentionPage = Static<typeof AttentionPage>;

export const AttentionQuery = Type.Object(
  {
    minFailures: Type.Optional(
      Type.Integer({
        description: 'Failures in a row from which an endpoint is `failing`.',
        minimum: 1,
        maximum: 1_000_000,
        default: failuresMinDefault,
      }),
    ),
    minWaitSeconds: Type.Optional(
      Type.Integer({
        description: 'How long what is due must have waited to be a `backlog`.',
        minimum: 0,
        maximum: 30 * 86_400,
        default: waitSecondsDefault,
      }),
    ),
    ...pageQuery,
  },
  { additionalProperties: false },
);
export type AttentionQuery = Static<typeof AttentionQuery>;

const count = (description: string) =>
  Type.Integer({
    description: `${description} 10000 stands for that many or more.`,
    minimum: 0,
    maximum: 10_000,
  });

export const EndpointCounts = Type.Object(
  {
    since: timeOut('Exhausted and canceled deliveries created from this time on are counted.'),
    pending: count('Deliveries that wait for their next attempt.'),
    held: count('Deliveries that wait because it is disabled.'),
    exhausted: count('Deliveries whose last attempt failed.'),
    canceled: count('Canceled deliveries.'),
  },
  { $id: 'EndpointCounts', description: 'The deliveries of an endpoint by state.' },
);
export type EndpointCounts = Static<typeof EndpointCounts>;

export const CountsQuery = Type.Object(
  {
    since: Type.Optional(
      timeIn(
        'Count exhausted and canceled deliveries created from this time on. When absent, the last 24 hours.',
      ),
    ),
  },
  { additionalProperties: false },
);
export type CountsQuery = Static<typeof CountsQuery>;
