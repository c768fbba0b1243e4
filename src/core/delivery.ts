import type { EndpointId } from './endpoint.ts';
import type { LastAttempt } from './ending.ts';
import type { Event } from './event.ts';
import type { Mode, TenantId } from './tenant.ts';

export type DeliveryId = string & { readonly brand: 'DeliveryId' };

/** `held`: waiting while its endpoint is disabled. The last three have ended. */
export const deliveryStates = ['pending', 'held', 'delivered', 'exhausted', 'canceled'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/**
 * Why an attempt is made: by the retry schedule (the first attempt included), because a client asked for one delivery or
 * for many, or as the first attempt of a test event.
 */
export type Trigger = 'schedule' | 'redelivery' | 'replay' | 'test';

/** Why a delivery ended as it did, when no attempt says it: the transform of its endpoint returned null. */
export type DeliveryNote = 'transform_null';

/** What its requests have carried so far: nothing yet, the event as it was published, or what a transform made of it. */
export type Sent = 'nothing' | 'published' | 'transformed';

/** One event owed to one endpoint. */
export interface Delivery {
  readonly id: DeliveryId;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly endpoint: EndpointId;
  readonly event: string;
  readonly eventType: string;
  readonly state: DeliveryState;
  /** Attempts made so far. */
  readonly attempts: number;
  /** Null before the first. */
  readonly lastAttempt: LastAttempt | null;
  readonly orderingKey: string | null;
  /** An attempt is under way, or about to be made: a worker has leased it. */
  readonly isInFlight: boolean;
  /** When the next attempt is due; null once it has ended, while it is held, parked or in flight. Unix ms. */
  readonly dueAt: number | null;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly note: DeliveryNote | null;
}

/**
 * A delivery leased to this process until `leaseUntil`. `lease` is the fencing token: the result is written only while
 * the stored number is still the same.
 */
export interface Claim {
  /** The sequence number of the row in the table of waiting deliveries. */
  readonly seq: number;
  readonly id: DeliveryId;
  readonly lease: number;
  readonly leaseUntil: number;
  readonly endpoint: EndpointId;
  /** The revision of the endpoint when the claim was made. */
  readonly revision: number;
  readonly event: Event;
  /** Attempts made before this one. */
  readonly attempts: number;
  /** Position in the retry schedule: 0 for the first attempt; `singleStep` for a redelivery after the end. */
  readonly step: number;
  /** When its first attempt was due: the base of schedules that do not count from the previous attempt. Unix ms. */
  readonly firstDueAt: number;
  readonly trigger: Trigger;
  /** When the schedule's own next attempt is due, of a redelivery that came before it; otherwise null. Unix ms. */
  readonly scheduledAt: number | null;
  /** The replay that asked for this attempt. */
  readonly replay: string | null;
  readonly sent: Sent;
  /** It had been delivered before the redelivery. */
  readonly wasDelivered: boolean;
  /** The number of the partition that it is of, where there are several. */
  readonly partition?: number;
}

/** True for what a client asked for: it is sent also while the endpoint is disabled. */
export function isRedelivery({ trigger }: Pick<Claim, 'trigger'>): boolean {
  return trigger === 'redelivery' || trigger === 'replay';
}

/** The `dueAt` of a parked delivery: it waits behind another one of its ordering key. */
export const parkedUntil = Number.MAX_SAFE_INTEGER;

/** The `step` of a redelivery: one attempt, no schedule. */
export const singleStep = 1_000_000;
