import type { Event } from '#core/event.ts';
import type { Mode, TenantId } from '#core/tenant.ts';

export interface EventRow {
  readonly seq: number;
  /** As it is stored, and so is the ordering key. */
  readonly id: string;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly type: string;
  readonly ordering_key: string | null;
  readonly occurred_at: number;
  readonly created_at: number;
  readonly traceparent: string | null;
  readonly deliveries: number;
  readonly payload: Uint8Array;
}

export const eventColumns =
  'seq, id, tenant, mode, type, ordering_key, occurred_at, created_at, traceparent, deliveries, payload';

/** `fromStored` gives a text as its publisher gave it. */
export function createEventReader(fromStored: (text: string) => string): (row: EventRow) => Event {
  return (row) => ({
    seq: row.seq,
    id: fromStored(row.id),
    tenant: row.tenant,
    mode: row.mode,
    type: row.type,
    payload: row.payload,
    orderingKey: row.ordering_key === null ? null : fromStored(row.ordering_key),
    occurredAt: row.occurred_at,
    createdAt: row.created_at,
    traceparent: row.traceparent,
  });
}
