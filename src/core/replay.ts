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
}

/** A redelivery of many, as a durable job. */
export interface Replay extends ReplayTerms {
  readonly id: string;
  readonly total: number;
  /** Deliveries ordered so far. */
  readonly done: number;
  readonly state: 'running' | 'finished' | 'stopped';
  readonly createdAt: number;
}
