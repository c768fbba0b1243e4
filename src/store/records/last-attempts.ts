// Deliveries as they are answered: each with how its last attempt ended.
import type { Delivery, DeliveryId } from '#core/delivery.ts';
import type { LastAttempt } from '#core/ending.ts';
import { sql } from '../sql.ts';
import { type DeliveryRow, readDelivery } from './delivery-rows.ts';
import type { Reader } from './engine.ts';
import { all, type Work } from './work.ts';

export function* readDeliveries(
  { text, fragments }: Pick<Reader, 'text' | 'fragments'>,
  rows: readonly DeliveryRow[],
): Work<Delivery[]> {
  const last = yield* readLastAttempts(fragments, rows);
  return rows.map((row) => readDelivery(row, text, last.get(row.id) ?? null));
}

interface LastRow {
  readonly delivery: DeliveryId;
  readonly number: number;
  readonly status: number | null;
  readonly error_code: LastAttempt['error'];
  readonly started_at: number;
  readonly duration_ms: number;
}

/** By the index of attempts by delivery. */
function* readLastAttempts(
  { anyOf }: Reader['fragments'],
  rows: readonly DeliveryRow[],
): Work<Map<DeliveryId, LastAttempt>> {
  const attempted = new Map(rows.filter((row) => row.attempts > 0).map((row) => [row.id, row.attempts]));
  const found = new Map<DeliveryId, LastAttempt>();
  if (attempted.size === 0) return found;
  const attempts = yield* all<LastRow>(sql`
    select delivery, number, status, error_code, started_at, duration_ms from attempts
    where delivery ${anyOf([...attempted.keys()])}`);
  for (const { delivery, number, status, error_code: error, started_at, duration_ms } of attempts) {
    if (number !== attempted.get(delivery)) continue;
    found.set(delivery, { status, error, startedAt: started_at, durationMs: duration_ms });
  }
  return found;
}
