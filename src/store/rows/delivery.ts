import type { Delivery, DeliveryId, DeliveryState } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { idMs } from '#lib/ids.ts';

/** What the views of deliveries give in every store; each has its own form for `is_ended`. */
export interface DeliveryFields {
  readonly id: DeliveryId;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly endpoint: EndpointId;
  readonly event_seq: number;
  readonly attempts: number;
  readonly state: DeliveryState;
  readonly due_at: number | null;
  readonly ended_at: number | null;
  readonly endpoint_removed_at: number | null;
  /** The id of the event as it is stored, and so is the ordering key. */
  readonly event: string;
  readonly event_type: string;
  readonly ordering_key: string | null;
}

/** `fromStored` gives a text as its publisher gave it. */
export function createDeliveryReader(
  fromStored: (text: string) => string,
): (row: DeliveryFields) => Delivery {
  return (row) => ({
    id: row.id,
    tenant: row.tenant,
    mode: row.mode,
    endpoint: row.endpoint,
    event: fromStored(row.event),
    eventType: row.event_type,
    state: row.state,
    attempts: row.attempts,
    orderingKey: row.ordering_key === null ? null : fromStored(row.ordering_key),
    dueAt: row.due_at,
    createdAt: idMs(row.id),
    endedAt: row.ended_at,
  });
}
