// Deliveries as the views give them, found by id.
import type { Delivery, DeliveryId, DeliveryState } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Mode, Scope, TenantId } from '#core/tenant.ts';
import { idMs } from '#lib/ids.ts';
import { modesOf } from '../cursor.ts';
import { type Database, sql } from './database.ts';

export interface DeliveryRow {
  readonly id: DeliveryId;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly endpoint: EndpointId;
  readonly event_seq: number;
  readonly attempts: number;
  readonly is_ended: number;
  readonly state: DeliveryState;
  readonly due_at: number | null;
  readonly ended_at: number | null;
  readonly endpoint_removed_at: number | null;
  readonly event: string;
  readonly event_type: string;
  readonly ordering_key: string | null;
}

export function readDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    tenant: row.tenant,
    mode: row.mode,
    endpoint: row.endpoint,
    event: row.event,
    eventType: row.event_type,
    state: row.state,
    attempts: row.attempts,
    orderingKey: row.ordering_key,
    dueAt: row.due_at,
    createdAt: idMs(row.id),
    endedAt: row.ended_at,
  };
}

/** Null also when it belongs to another tenant or mode. */
export function getDeliveryRow(db: Database, scope: Scope, id: DeliveryId): DeliveryRow | null {
  for (const mode of modesOf(scope)) {
    const row = db.get<DeliveryRow>(selectOne, id, scope.tenant, mode);
    if (row !== undefined) return row;
  }
  return null;
}

/** Deliveries of the scope by id, each with the number of its event. */
export function readDeliveriesById(
  db: Database,
  scope: Scope,
  ids: readonly DeliveryId[],
): Map<DeliveryId, { readonly delivery: Delivery; readonly eventSeq: number }> {
  const asked = JSON.stringify([...new Set(ids)]);
  const rows = modesOf(scope).flatMap((mode) => db.all<DeliveryRow>(selectMany, scope.tenant, mode, asked));
  return new Map(rows.map((row) => [row.id, { delivery: readDelivery(row), eventSeq: row.event_seq }]));
}

const selectOne = sql`select * from deliveries where id = ? and tenant = ? and mode = ?`;

const selectMany = sql`
  select * from deliveries where tenant = ? and mode = ? and id in (select value from json_each(?))`;
