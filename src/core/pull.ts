// Pulling: a client takes the deliveries of an endpoint under leases, and says what came of each.
import type { DeliveryId, Trigger } from './delivery.ts';
import type { Reply } from './attempt.ts';
import type { TenantId } from './tenant.ts';

/** A claim as a client knows it: the delivery, and the fencing number under which it has it. */
export interface Lease {
  readonly delivery: DeliveryId;
  readonly lease: number;
}

/** What waited for an endpoint when a client began to listen. */
export interface Missed {
  readonly count: number;
  /** When the oldest of it was due first; null for nothing. Unix ms. */
  readonly since: number | null;
}

/** A delivery as a client gets it: the request that a push would make. */
export interface PulledDelivery extends Lease {
  /** Until then nobody else gets it. Unix ms. */
  readonly leaseUntil: number;
  /** The number of the attempt; 1 for the first. */
  readonly attempt: number;
  readonly trigger: Trigger;
  /** The id of the event. */
  readonly event: string;
  readonly eventType: string;
  readonly orderingKey: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What came of one pull. */
export interface Pulled {
  readonly tenant: TenantId;
  readonly deliveries: readonly PulledDelivery[];
  /** Of the leases that the client said it holds: those that it still does. */
  readonly held: readonly Lease[];
  /** When something is due next, now included; null for never as far as it is known. Unix ms. */
  readonly nextDueAt: number | null;
  /** Only when it was asked for. */
  readonly missed: Missed | null;
}

/** How a client asks for deliveries. */
export interface PullDelivery {
  /** Deliveries that it holds at once. */
  readonly max: number;
  readonly leaseMs: number;
  /** Leases that it was given and may still hold: they count. */
  readonly held: readonly Lease[];
  readonly withMissed: boolean;
}

/** What a client says came of a delivery. */
export interface GivenResult extends Lease {
  readonly reply: GivenReply;
  /** If not given: since it was handed out. */
  readonly durationMs: number | null;
}

type GivenReply =
  | Pick<Extract<Reply, { kind: 'answered' }>, 'kind' | 'status' | 'headers' | 'body'>
  | Pick<Extract<Reply, { kind: 'failed' }>, 'kind' | 'error' | 'message' | 'status'>;

/** Whether a lease is held: `leaseUntil` is its new end, null when it has none. */
export interface LeaseVerdict {
  readonly delivery: DeliveryId;
  readonly isHeld: boolean;
  readonly leaseUntil: number | null;
}

/** What became of a result: recorded, or too late for its lease. */
export type ResultVerdict =
  | {
      readonly delivery: DeliveryId;
      readonly kind: 'recorded';
      readonly state: 'pending' | 'delivered' | 'exhausted';
      /** When the next attempt is due; null when there is none. Unix ms. */
      readonly dueAt: number | null;
    }
  | { readonly delivery: DeliveryId; readonly kind: 'claim_lost' };

/** Leases, in ms. */
export const pullLimits = {
  deliveriesMax: 100,
  waitMsMax: 30_000,
  leaseMs: { min: 1_000, default: 60_000, max: 3_600_000 },
  /** Bytes of all bodies of one answer, unless one alone has more. */
  bytesMax: 4 * 1024 * 1024,
  missedMax: 10_000,
} as const;
