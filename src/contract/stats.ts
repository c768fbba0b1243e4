import { type Static, Type } from 'typebox';
import { choice, idIn, nullable, ref, timeIn, timeOut } from './schema.ts';

export const buckets = ['minute', 'hour', 'day'] as const;

const count = (description: string) => Type.Integer({ description, minimum: 0 });
const percentile = (share: string) =>
  nullable(
    Type.Number({ description: `${share} of the attempts took at most this long, in ms; null without any.` }),
  );

export const StatsBucket = Type.Object(
  {
    start: timeOut('Where the bucket begins.'),
    accepted: count('Attempts that the receiver took.'),
    refused: count('Attempts that the receiver answered otherwise.'),
    unreachable: count('Attempts without a whole answer.'),
    p50Ms: percentile('Half'),
    p95Ms: percentile('95 %'),
    p99Ms: percentile('99 %'),
  },
  { $id: 'StatsBucket', description: 'The attempts of one stretch of time.' },
);
export type StatsBucket = Static<typeof StatsBucket>;

export const Stats = Type.Object(
  {
    bucket: choice(buckets),
    since: timeOut('From when on attempts are counted.'),
    data: Type.Array(ref(StatsBucket), {
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
    since: Type.Optional(timeIn('From when on attempts are counted: 24 hours ago unless said otherwise.')),
    bucket: Type.Optional(choice(buckets, { description: 'The length of a bucket.', default: 'hour' })),
  },
  { additionalProperties: false },
);
export type StatsQuery = Static<typeof StatsQuery>;
