import { type Static, Type } from 'typebox';
import { choice, idIn, nullable, timeIn, timeOut } from './schema.ts';

const BucketLength = choice(['minute', 'hour', 'day'], { $id: 'BucketLength' });

const count = (description: string) => Type.Integer({ description, minimum: 0 });
const percentile = (share: string) =>
  nullable(
    Type.Number({
      description: `${share} of the attempts took at most this long, in ms; null without attempts.`,
    }),
  );

export const AttemptCounts = Type.Object(
  {
    start: timeOut('When the bucket begins.'),
    endpoint: nullable(Type.String({ description: 'The id of the endpoint; null unless grouped by it.' })),
    code: nullable(
      Type.String({
        description: 'An HTTP status, or the error of attempts without an answer; null unless grouped by it.',
        examples: ['503', 'timeout'],
      }),
    ),
    accepted: count('Attempts that the receiver accepted.'),
    refused: count('Attempts that the receiver answered otherwise.'),
    unreachable: count('Attempts without a complete answer.'),
    p50Ms: percentile('Half'),
    p95Ms: percentile('95 %'),
    p99Ms: percentile('99 %'),
  },
  {
    $id: 'AttemptCounts',
    description: 'The attempts of one bucket of time; grouped by code, without percentiles.',
  },
);
export type AttemptCounts = Static<typeof AttemptCounts>;

export const Stats = Type.Object(
  {
    bucket: BucketLength,
    since: timeOut('Attempts from this time on are counted.'),
    data: Type.Array(AttemptCounts, {
      description: 'Oldest first; buckets without attempts may be missing.',
    }),
  },
  { $id: 'Stats', description: 'Attempts by time.' },
);
export type Stats = Static<typeof Stats>;

const endpointsMax = 50;

export const StatsQuery = Type.Object(
  {
    tenant: Type.Optional(idIn('Only attempts for this tenant.', 'acme')),
    endpoint: Type.Optional(
      Type.String({
        description: `Only attempts for this endpoint, or these: up to ${endpointsMax}, separated by commas.`,
        minLength: 1,
        maxLength: 2048,
        pattern: `^[^,]+(,[^,]+){0,${endpointsMax - 1}}$`,
        'x-problem': `must be the ids of at most ${endpointsMax} endpoints, separated by commas`,
        examples: ['ep_01kdw2v0s7f4gr0000000000ab'],
      }),
    ),
    groupBy: Type.Optional(
      choice(['endpoint', 'code'], {
        description:
          'One entry for each bucket and endpoint (of a tenant with at most 50, or of those named), or each bucket and code.',
      }),
    ),
    since: Type.Optional(
      timeIn(
        'Count attempts from this time on: at most 104 days ago, and with n endpoints 104/n days. When absent, the last 24 hours.',
      ),
    ),
    bucket: Type.Optional(BucketLength),
  },
  { additionalProperties: false },
);
export type StatsQuery = Static<typeof StatsQuery>;
