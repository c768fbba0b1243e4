// Counts of attempts over time, for charts.
import type { EndpointId } from './endpoint.ts';
import type { TenantId } from './tenant.ts';

export interface StatsQuery {
  /** Null for all tenants. */
  readonly tenant: TenantId | null;
  /** Null for all endpoints. */
  readonly endpoint: EndpointId | null;
  /** Unix ms. */
  readonly since: number;
  /** A multiple of one minute. */
  readonly bucketMs: number;
}

/** Attempts that ended in one bucket of time. A percentile is the upper bound of its histogram class. */
export interface StatsBucket {
  /** Unix ms. */
  readonly start: number;
  readonly accepted: number;
  readonly refused: number;
  readonly unreachable: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}
