import { showDelivery } from '#core/audit.ts';
import type { DeliveryDetail, DeliveryFilter, Page, PageRequest } from '#core/commands.ts';
import type { Delivery, DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { Fault } from '#core/fault.ts';
import type { Scope, WideScope } from '#core/tenant.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { searchForList, startAfter } from '../search.ts';
import { sql } from '../sql.ts';
import type { DeliveryStore, ReadStore } from '../store.ts';
import { countNext, walk } from '../walk.ts';
import { withoutSealed } from './archive.ts';
import { readAgenda } from './agenda.ts';
import { listAttempts, listAttemptsOf, readAttemptsOf } from './attempts.ts';
import { cancelOne, cancelWaiting } from './cancel.ts';
import { readContentOf } from './contents.ts';
import { type DeliveryRow, getDeliveryRow } from './delivery-rows.ts';
import type { Engine, Reader } from './engine.ts';
import { findAttempts } from './found-attempts.ts';
import { readDeliveries } from './last-attempts.ts';
import { readEvents } from './events.ts';
import { countMissed, extend, findClaims } from './pulled.ts';
import { tailAttempts } from './tail.ts';
import { get, type Work } from './work.ts';

export function readDeliveryRecords(reader: Reader): ReadStore['deliveries'] {
  return {
    list: (scope, filter, page) => reader.read(list(reader, scope, filter, page)),
    get: (scope, id) => reader.read(find(reader, scope, id)),
    count: (scope, filter, max) => reader.read(countUpTo(reader, scope, filter, max)),
    listAttempts: (scope, endpoint, page) => reader.read(listAttempts(reader, scope, endpoint, page)),
    listAttemptsOf: (scope, id, page) => reader.read(listAttemptsOf(scope, id, page)),
    content: (id) => reader.read(readContentOf(id)),
    findAttempts: (scope, filter, page) => reader.read(findAttempts(reader, scope, filter, page)),
    tailAttempts: (scope, filter, from) => reader.read(tailAttempts(reader, scope, filter, from)),
  };
}

/** What people ask of deliveries; claiming and recording are each engine's own. */
export function createDeliveryRecords(
  engine: Engine,
): ReadStore['deliveries'] &
  Pick<
    DeliveryStore,
    'agenda' | 'redeliver' | 'cancel' | 'cancelWaiting' | 'findClaims' | 'extend' | 'countMissed'
  > {
  return {
    ...readDeliveryRecords(engine),
    agenda: (after, limit) => engine.read(readAgenda(engine, after, limit)),
    async redeliver(scope, id, now, attemptsMax = Infinity) {
      const redelivered = await engine.transaction(
        () => redeliver(engine, scope, id, { now, attemptsMax }),
        (result) => engine.effects.due(result?.due ?? []),
      );
      return redelivered?.delivery ?? null;
    },
    async cancel(scope, id, now) {
      const canceled = await engine.transaction(
        () => cancel(engine, scope, id, now),
        (result) => engine.effects.due(result?.due ?? []),
      );
      return canceled?.delivery ?? null;
    },
    cancelWaiting: (endpoint, filter, now) => cancelWaiting(engine, endpoint, filter, now),
    findClaims: (endpoint, leases) => engine.read(findClaims(engine, endpoint, leases)),
    extend: (endpoint, leases, until) => engine.transaction(() => extend(engine, endpoint, leases, until)),
    countMissed: (endpoint, now, max) => engine.read(countMissed(endpoint, now, max)),
  };
}

function* list(
  engine: Reader,
  scope: WideScope,
  filter: DeliveryFilter,
  { cursor, limit }: PageRequest,
): Work<Page<Delivery>> {
  const search = searchForList(scope, filter, readCursor('delivery', cursor));
  const parts = yield* engine.find.deliveries(search);
  const { rows, reached } = yield* walk(parts, search, 'desc', limit + 1, engine.bounds);
  const kept = rows.slice(0, limit);
  // The bounds of the walk may end a page before it is full.
  const last = rows.length > limit ? (kept.at(-1)?.id ?? null) : reached;
  return {
    items: yield* readDeliveries(engine, kept),
    nextCursor: last === null ? null : writeCursor('delivery', last),
  };
}

/** Rows that one step counts. */
const countedPerStep = 2000;

/** Stops at `max`, and when it has read for as long as one read may. */
function* countUpTo(reader: Reader, scope: WideScope, filter: DeliveryFilter, max: number): Work<number> {
  const { bounds } = reader;
  const until = bounds.now() + bounds.msMax;
  let search = searchForList(scope, filter, null);
  let count = 0;
  for (;;) {
    const { found, reached } = yield* countNext(
      yield* reader.find.deliveries(search),
      search,
      countedPerStep,
    );
    count += found;
    if (reached === null || count >= max || bounds.now() >= until) return Math.min(count, max);
    search = startAfter(search, 'asc', reached);
  }
}

function* find(engine: Reader, scope: Scope, id: DeliveryId): Work<DeliveryDetail | null> {
  const row = yield* getDeliveryRow(scope, id);
  if (row === null) return null;
  const event = (yield* readEvents(engine, [row.event_seq])).get(row.event_seq);
  if (event === undefined) throw new Error(`the event of delivery ${id} is missing`);
  return {
    delivery: yield* readOne(engine, row),
    event,
    attempts: yield* readAttemptsOf(id),
    behind: row.state === 'pending' ? yield* findFirstOf(row) : null,
  };
}

/** The delivery that holds up the others of an ordering key; null for that one itself. */
function* findFirstOf({ id, endpoint, ordering_key: key }: DeliveryRow): Work<DeliveryId | null> {
  if (key === null) return null;
  const first = yield* get<{ id: DeliveryId }>(sql`
    select id from deliveries_waiting where endpoint = ${endpoint} and ordering_key = ${key} order by seq limit 1`);
  return first === undefined || first.id === id ? null : first.id;
}

function* readOne(engine: Reader, row: DeliveryRow): Work<Delivery> {
  const [delivery] = yield* readDeliveries(engine, [row]);
  if (delivery === undefined) throw new Error('one row is one delivery');
  return delivery;
}

interface Changed {
  readonly delivery: Delivery | null;
  readonly due: readonly EndpointId[];
}

/** One more attempt now; a delivery that has ended gets this attempt only, one that waits keeps its schedule. */
function* redeliver(
  engine: Engine,
  scope: Scope,
  id: DeliveryId,
  { now, attemptsMax }: { readonly now: number; readonly attemptsMax: number },
): Work<Changed | null> {
  const row = yield* getDeliveryRow(scope, id);
  if (row === null) return null;
  if (row.attempts >= attemptsMax) {
    throw new Fault(
      'redelivery_limit_reached',
      `this delivery has had ${row.attempts} attempts; it is redelivered up to ${attemptsMax}`,
    );
  }
  if (row.endpoint_removed_at !== null) {
    throw new Fault('endpoint_not_found', 'The endpoint of this delivery has been removed.');
  }
  if ((yield* withoutSealed(engine, [row])).length === 0) return null;
  const before = yield* readOne(engine, row);
  const { due } = yield* engine.redeliver([row], { replay: null, now });
  return { delivery: yield* auditChange(engine, scope, before), due };
}

function* cancel(engine: Engine, scope: Scope, id: DeliveryId, now: number): Work<Changed | null> {
  const row = yield* getDeliveryRow(scope, id);
  if (row === null) return null;
  const before = yield* readOne(engine, row);
  const { due } = yield* cancelOne(engine, row, now);
  return { delivery: yield* auditChange(engine, scope, before), due };
}

/** Reads the delivery as it is now. */
function* auditChange(engine: Engine, scope: Scope, before: Delivery): Work<Delivery | null> {
  const { id: target, tenant, mode } = before;
  const row = yield* getDeliveryRow(scope, target);
  if (row === null) return null;
  const after = yield* readOne(engine, row);
  const sides = { before: showDelivery(before), after: showDelivery(after) };
  yield* engine.audit({ tenant, mode, noun: 'delivery', target, ...sides });
  return after;
}
