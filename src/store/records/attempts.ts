import type { Attempt } from '#core/attempt.ts';
import { attemptsShown, type LoggedAttempt, type Page, type PageRequest } from '#core/commands.ts';
import type { DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Scope } from '#core/tenant.ts';
import { makePage, modesOf, pageBytesMax, readCursor, sizeOf } from '../cursor.ts';
import { sql } from '../sql.ts';
import { attemptColumns, type AttemptRow, readAttempt } from './attempt-rows.ts';
import { type DeliveryRow, getDeliveryRow } from './delivery-rows.ts';
import type { Reader } from './engine.ts';
import { readEvents } from './events.ts';
import { readDeliveries } from './last-attempts.ts';
import { all, type Work } from './work.ts';

/** The first attempt of a delivery and the newest ones, oldest first. The caller has checked the scope. */
export function* readAttemptsOf(delivery: DeliveryId): Work<Attempt[]> {
  const rows = yield* all<AttemptRow>(sql`
    select ${attemptColumns} from attempts a where a.delivery = ${delivery} order by a.seq limit 1`);
  const newest = yield* newestOf(delivery, Number.MAX_SAFE_INTEGER, attemptsShown - 1);
  const [first] = rows;
  const others = newest.filter((row) => row.seq !== first?.seq).toReversed();
  return [...rows, ...others].map(readAttempt);
}

/** All attempts of a delivery, newest first; null when the scope has no such delivery. */
export function* listAttemptsOf(
  scope: Scope,
  delivery: DeliveryId,
  { cursor, limit }: PageRequest,
): Work<Page<Attempt> | null> {
  const after = readCursor('attempt-of-delivery', cursor);
  if ((yield* getDeliveryRow(scope, delivery)) === null) return null;
  const before = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
  const rows = yield* newestOf(delivery, before, limit + 1);
  return makePage('attempt-of-delivery', rows, limit, ({ seq }) => String(seq), readAttempt);
}

function newestOf(delivery: DeliveryId, before: number, limit: number): Work<AttemptRow[]> {
  return all<AttemptRow>(sql`
    select ${attemptColumns} from attempts a
    where a.delivery = ${delivery} and a.seq < ${before} order by a.seq desc limit ${limit}`);
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
  const whole: LoggedRow[] = [];
  // Payloads are read for a few attempts at a time, until the page is full.
  for (let start = 0, bytes = 0; start < rows.length && bytes <= pageBytesMax; start += rowsPerStep) {
    const logged = yield* complete(engine, scope, rows.slice(start, start + rowsPerStep));
    whole.push(...logged);
    bytes += sizeOf(logged);
  }
  return makePage(
    'attempt',
    whole,
    limit,
    ({ seq }) => String(seq),
    ({ logged }) => logged,
  );
}

const rowsPerStep = 8;

interface LoggedRow {
  readonly seq: number;
  readonly logged: LoggedAttempt;
}

/** An attempt whose delivery retention has deleted meanwhile is left out. */
function* complete(engine: Reader, scope: Scope, rows: readonly AttemptRow[]): Work<LoggedRow[]> {
  const ids = rows.map((row) => row.delivery);
  const deliveries = yield* readDeliveryRows(engine, scope, ids);
  const seqs = [...deliveries.values()].map((row) => row.event_seq);
  const events = yield* readEvents(engine, seqs);
  const read = yield* readDeliveries(engine, [...deliveries.values()]);
  const byId = new Map(read.map((delivery) => [delivery.id, delivery]));
  return rows.flatMap((row) => {
    const delivery = byId.get(row.delivery);
    const event = events.get(deliveries.get(row.delivery)?.event_seq ?? 0);
    if (delivery === undefined || event === undefined) return [];
    return [{ seq: row.seq, logged: { attempt: readAttempt(row), delivery, event } }];
  });
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
