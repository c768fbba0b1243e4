import { type AttemptCounts, Stats, StatsQuery } from '#contract/stats.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { StatsBucket } from '#core/stats.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Clock } from '#lib/clock.ts';
import { formatTime, readTime } from '#lib/rfc3339.ts';
import { type AdminTable } from '../operation.ts';

const minuteMs = 60_000;
const bucketMs = { minute: minuteMs, hour: 60 * minuteMs, day: 24 * 60 * minuteMs } as const;
const sinceDefaultMs = bucketMs.day;

export const stats = (clock: Clock) =>
  ({
    readStats: {
      command: 'readStats',
      docs: { tag: 'Stats', summary: 'Count attempts over time' },
      query: StatsQuery,
      answers: { 200: { description: 'Counts and latencies per bucket.', schema: Stats } },
      faults: ['tenant_not_found'],
      parse: ({ query: { tenant, endpoint, since, bucket = 'hour', groupBy = null } }) => ({
        tenant: (tenant as TenantId | undefined) ?? null,
        endpoints: endpoint === undefined ? null : (endpoint.split(',') as EndpointId[]),
        groupBy,
        since: since === undefined ? clock.now() - sinceDefaultMs : readTime(since),
        bucketMs: bucketMs[bucket],
      }),
      reply: (found, { query: { bucket = 'hour' } }, { since }) => ({
        status: 200,
        body: { bucket, since: formatTime(since), data: found.map(toJson) },
      }),
    },
  }) satisfies Partial<AdminTable>;

function toJson({ start, ...counts }: StatsBucket): AttemptCounts {
  return { start: formatTime(start), ...counts };
}
