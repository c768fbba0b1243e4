import { Stats as StatsSchema, type StatsBucket as BucketJson, StatsQuery } from '#contract/stats.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { StatsBucket } from '#core/stats.ts';
import type { TenantId } from '#core/tenant.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { HttpDeps } from '../deps.ts';
import { type AdminApp, readTime } from './app.ts';
import { describe } from './describe.ts';

const minuteMs = 60_000;
const bucketMs = { minute: minuteMs, hour: 60 * minuteMs, day: 24 * 60 * minuteMs } as const;
const sinceDefaultMs = bucketMs.day;

export function mountStats(app: AdminApp, { stats, tenants, clock }: HttpDeps): void {
  app.get(
    '/stats',
    {
      schema: {
        ...describe({
          id: 'readStats',
          tag: 'Stats',
          summary: 'Count attempts over time',
          answers: { 200: { description: 'Counts and latencies per bucket.', schema: StatsSchema } },
          faults: ['tenant_not_found'],
        }),
        querystring: StatsQuery,
      },
    },
    async ({ query }) => {
      const { bucket = 'hour' } = query;
      const tenant = (query.tenant as TenantId | undefined) ?? null;
      if (tenant !== null) await tenants.get(tenant);
      const since = query.since === undefined ? clock.now() - sinceDefaultMs : readTime(query.since);
      const endpoint = (query.endpoint as EndpointId | undefined) ?? null;
      const found = await stats.read({ tenant, endpoint, since, bucketMs: bucketMs[bucket] });
      return { bucket, since: formatTime(since), data: found.map(toJson) } satisfies StatsSchema;
    },
  );
}

function toJson({ start, ...counts }: StatsBucket): BucketJson {
  return { start: formatTime(start), ...counts };
}
