// Deliveries as the views give them, found by id.
import type { Delivery, DeliveryId } from '#core/delivery.ts';
import type { Scope } from '#core/tenant.ts';
import { modesOf } from '../cursor.ts';
import { createDeliveryReader, type DeliveryFields } from '../rows/delivery.ts';
import { type Database, sql } from './database.ts';
import { fromStored } from './text.ts';

export interface DeliveryRow extends DeliveryFields {
  readonly is_ended: number;
}

export const readDelivery = createDeliveryReader(fromStored);

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
