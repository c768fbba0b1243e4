import type { DeliveryState } from './delivery.ts';
import type { EndpointId } from './endpoint.ts';
import type { Mode, TenantId } from './tenant.ts';

/** Which deliveries a replay redelivers, and how fast. */
export interface ReplayTerms {
  readonly tenant: TenantId;
  readonly mode: Mode | null;
  readonly endpoint: EndpointId | null;
  readonly states: readonly DeliveryState[];
  readonly eventTypes: readonly string[] | null;
  /** Deliveries created at or after, and before. Unix ms. */
  readonly since: number;
  readonly until: number;
  readonly ratePerSecond: number;
  /** Also those of disabled endpoints. Those of the one in `endpoint` are never left out. */
  readonly includeDisabled: boolean;
}

/** Which events a backfill delivers to an endpoint: those that it selects as it is, and has no delivery of. */
export interface BackfillTerms {
  readonly tenant: TenantId;
  /** That of the endpoint. */
  readonly mode: Mode;
  readonly endpoint: EndpointId;
  /** Of the types that the endpoint selects, these alone; null for all. */
  readonly eventTypes: readonly string[] | null;
  /** Events published at or after, and before. Unix ms. */
  readonly since: number;
  readonly until: number;
}

/** What a replay with some terms would do. */
export interface ReplayForecast {
  readonly total: number;
  /** Deliveries that are left out because their endpoints are disabled. */
  readonly leftOut: number;
}

/** A redelivery of many, as a durable job; or a backfill, which has no states. */
export interface Replay extends ReplayTerms {
  readonly id: string;
  readonly kind: 'replay' | 'backfill';
  /** Deliveries, or events of a backfill, that matched when it was created, and those in flight then that came to match. At least `done`. */
  readonly total: number;
  /** Deliveries that it has asked for. What is in flight, or to be redelivered already, is not asked for again. */
  readonly done: number;
  /** How the attempts that it asked for ended. A failed one is retried by the schedule. */
  readonly delivered: number;
  readonly failed: number;
  readonly state: 'running' | 'finished' | 'stopped';
  readonly createdAt: number;
}
