// Deliveries as the views give them, found by id.
import type { Delivery, DeliveryId } from '#core/delivery.ts';
import type { Scope } from '#core/tenant.ts';
import { modesOf } from '../cursor.ts';
import { createDeliveryReader, type DeliveryFields } from '../rows/delivery.ts';
import { type Queries, sql } from './database.ts';
import { fromStored } from './text.ts';

export interface DeliveryRow extends DeliveryFields {
  readonly is_ended: boolean;
}

export const readDelivery = createDeliveryReader(fromStored);

/** Null also when it belongs to another tenant or mode. */
export async function getDeliveryRow(
  queries: Queries,
  scope: Scope,
  id: DeliveryId,
): Promise<DeliveryRow | null> {
  if (id.includes('\u0000')) return null;
  for (const mode of modesOf(scope)) {
    const row = await queries.get<DeliveryRow>(selectOne, [id, scope.tenant, mode]);
    if (row !== undefined) return row;
  }
  return null;
}

/** Deliveries of the scope by id, each with the number of its event. */
export async function readDeliveriesById(
  queries: Queries,
  scope: Scope,
  ids: readonly DeliveryId[],
): Promise<Map<DeliveryId, { readonly delivery: Delivery; readonly eventSeq: number }>> {
  const asked = [...new Set(ids)];
  const found = new Map<DeliveryId, { readonly delivery: Delivery; readonly eventSeq: number }>();
  if (asked.length === 0) return found;
  for (const mode of modesOf(scope)) {
    for (const row of await queries.all<DeliveryRow>(selectMany, [scope.tenant, mode, asked])) {
      found.set(row.id, { delivery: readDelivery(row), eventSeq: row.event_seq });
    }
  }
  return found;
}

/** What waits is looked for first: a delivery that ends meanwhile is found where it has gone to. */
const selectOne = sql`
  select * from waiting_deliveries where id = $1 and tenant = $2 and mode = $3
  union all select * from ended_deliveries where id = $1 and tenant = $2 and mode = $3
  limit 1`;

const selectMany = sql`
  select d.* from unnest($3::text[]) as asked(id)
  join waiting_deliveries d on d.id = asked.id and d.tenant = $1 and d.mode = $2
  union all
  select d.* from unnest($3::text[]) as asked(id)
  join ended_deliveries d on d.id = asked.id and d.tenant = $1 and d.mode = $2`;
