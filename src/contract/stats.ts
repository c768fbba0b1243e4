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
    accepted: count('Attempts that the receiver accepted.'),
    refused: count('Attempts that the receiver answered otherwise.'),
    unreachable: count('Attempts without a complete answer.'),
    p50Ms: percentile('Half'),
    p95Ms: percentile('95 %'),
    p99Ms: percentile('99 %'),
  },
  { $id: 'AttemptCounts', description: 'The attempts of one bucket of time.' },
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

export const StatsQuery = Type.Object(
  {
    tenant: Type.Optional(idIn('Only attempts for this tenant.', 'acme')),
    endpoint: Type.Optional(idIn('Only attempts for this endpoint.', 'ep_01kdw2v0s7f4gr0000000000ab')),
    since: Type.Optional(timeIn('Count attempts from this time on. When absent, the last 24 hours.')),
    bucket: Type.Optional(BucketLength),
  },
  { additionalProperties: false },
);
export type StatsQuery = Static<typeof StatsQuery>;
