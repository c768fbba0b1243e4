import type { Attempt } from '#core/attempt.ts';
import type { LoggedAttempt, Page, PageRequest } from '#core/commands.ts';
import type { DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Scope } from '#core/tenant.ts';
import { makePage, modesOf, readCursor } from '../cursor.ts';
import { sql } from '../sql.ts';
import { attemptColumns, type AttemptRow, readAttempt } from './attempt-rows.ts';
import { type DeliveryRow } from './delivery-rows.ts';
import type { Reader } from './engine.ts';
import { readEvents } from './events.ts';
import { readDeliveries } from './last-attempts.ts';
import { all, type Work } from './work.ts';

/** Attempts of one delivery, oldest first. The caller has checked the scope. */
export function* readAttemptsOf(delivery: DeliveryId): Work<Attempt[]> {
  const rows = yield* all<AttemptRow>(sql`
    select ${attemptColumns} from attempts a where a.delivery = ${delivery} order by a.seq`);
  return rows.map(readAttempt);
}

/** Attempts of one endpoint of the scope or of all, newest first. */
export function* listAttempts(
  engine: Reader,
  scope: Scope,
  endpoint: EndpointId | null,
  { cursor, limit }: PageRequest,
): Work<Page<LoggedAttempt>> {
  const after = readCursor('attempt', cursor);
  const before = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
  const rows = yield* engine.find.attempts(scope, endpoint, before, limit + 1);
  const ids = rows.map((row) => row.delivery);
  const deliveries = yield* readDeliveryRows(engine, scope, ids);
  const seqs = [...deliveries.values()].map((row) => row.event_seq);
  const events = yield* readEvents(engine, seqs);
  const read = yield* readDeliveries(engine, [...deliveries.values()]);
  const byId = new Map(read.map((delivery) => [delivery.id, delivery]));
  // An attempt whose delivery retention has deleted meanwhile is left out.
  const whole = rows.flatMap((row) => {
    const delivery = byId.get(row.delivery);
    const event = events.get(deliveries.get(row.delivery)?.event_seq ?? 0);
    if (delivery === undefined || event === undefined) return [];
    return [{ seq: row.seq, logged: { attempt: readAttempt(row), delivery, event } }];
  });
  return makePage(
    'attempt',
    whole,
    limit,
    ({ seq }) => String(seq),
    ({ logged }) => logged,
  );
}

/** Deliveries of the scope by id. */
function* readDeliveryRows(
  { find }: Reader,
  scope: Scope,
  ids: readonly DeliveryId[],
): Work<Map<DeliveryId, DeliveryRow>> {
  const asked = [...new Set(ids)];
  const found = new Map<DeliveryId, DeliveryRow>();
  if (asked.length === 0) return found;
  for (const mode of modesOf(scope)) {
    for (const row of yield* all<DeliveryRow>(find.deliveriesById(scope.tenant, mode, asked)))
      found.set(row.id, row);
  }
  return found;
}
