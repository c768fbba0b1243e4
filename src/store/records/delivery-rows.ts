// Deliveries as the views give them, found by id.
import type { Delivery, DeliveryId, DeliveryNote, DeliveryState } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { LastAttempt } from '#core/ending.ts';
import type { Mode, Scope, TenantId } from '#core/tenant.ts';
import { idMs } from '#lib/ids.ts';
import { modesOf } from '../cursor.ts';
import { columnList, sql } from '../sql.ts';
import type { StoredText } from './event-rows.ts';
import { hasNul } from './scope.ts';
import { get, type Work } from './work.ts';

export interface DeliveryRow {
  readonly id: DeliveryId;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly endpoint: EndpointId;
  readonly event_seq: number;
  readonly attempts: number;
  readonly is_ended: boolean | number;
  readonly state: DeliveryState;
  readonly is_in_flight: boolean | number;
  readonly due_at: number | null;
  readonly ended_at: number | null;
  readonly endpoint_removed_at: number | null;
  /** The id of the event as it is stored, like the ordering key: see `StoredText`. */
  readonly event: string;
  readonly event_type: string;
  readonly ordering_key: string | null;
  readonly note: DeliveryNote | null;
}

/** A row of what waits, as canceling needs it. */
export interface WaitingRow {
  readonly seq: number;
  readonly endpoint: EndpointId;
  readonly ordering_key: string | null;
}

// prettier-ignore
const names: readonly (keyof DeliveryRow)[] = [
  'id', 'tenant', 'mode', 'endpoint', 'event_seq', 'attempts', 'is_ended', 'state', 'is_in_flight', 'due_at',
  'ended_at', 'endpoint_removed_at', 'event', 'event_type', 'ordering_key', 'note',
];

export const deliveryColumns = columnList(names, 'd');

export function readDelivery(
  row: DeliveryRow,
  { fromStored }: StoredText,
  lastAttempt: LastAttempt | null,
): Delivery {
  return {
    id: row.id,
    tenant: row.tenant,
    mode: row.mode,
    endpoint: row.endpoint,
    event: fromStored(row.event),
    eventType: row.event_type,
    state: row.state,
    attempts: row.attempts,
    lastAttempt,
    orderingKey: row.ordering_key === null ? null : fromStored(row.ordering_key),
    isInFlight: Boolean(row.is_in_flight),
    dueAt: row.due_at,
    createdAt: idMs(row.id),
    endedAt: row.ended_at,
    note: row.note,
  };
}

/**
 * Null also when it belongs to another tenant or mode. What waits is searched first: a delivery that ends meanwhile is
 * found where it has gone.
 */
export function* getDeliveryRow(scope: Scope, id: DeliveryId): Work<DeliveryRow | null> {
  if (hasNul(id)) return null;
  for (const mode of modesOf(scope)) {
    const isIt = sql`d.id = ${id} and d.tenant = ${scope.tenant} and d.mode = ${mode}`;
    const row = yield* get<DeliveryRow>(sql`
      select ${deliveryColumns} from waiting_deliveries d where ${isIt}
      union all select ${deliveryColumns} from ended_deliveries d where ${isIt}
      limit 1`);
    if (row !== undefined) return row;
  }
  return null;
}
