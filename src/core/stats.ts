import type { EndpointId } from './endpoint.ts';
import type { TenantId } from './tenant.ts';

export interface StatsQuery {
  readonly tenant: TenantId | null;
  readonly endpoint: EndpointId | null;
  /** Unix ms. */
  readonly since: number;
  readonly bucketMs: number;
}

/** Attempts that ended in one bucket of time. Durations are upper bounds of the classes they are counted in. */
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
