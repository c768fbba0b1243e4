import type { Delivery, DeliveryId } from '#core/delivery.ts';
import type { DeliveryDetail, DeliveryFilter, Page, PageRequest } from '#core/commands.ts';
import type { Scope } from '#core/tenant.ts';
import type { DeliveryStore } from '#store/store.ts';
import { listAttempts, readAttemptsOf } from './attempts.ts';
import { claim, readAgenda, readNextDue, readOldestDue, release } from './claim.ts';
import { makePage, readCursor } from '../cursor.ts';
import { searchForList } from '../search.ts';
import type { Database } from './database.ts';
import { getDeliveryRow, readDelivery } from './delivery-rows.ts';
import { readEvents } from './events.ts';
import type { Context } from './memory.ts';
import { record } from './record.ts';
import { redeliver } from './redeliver.ts';
import { findDeliveries } from './search.ts';

export function createDeliveryStore(context: Context): DeliveryStore {
  const { db, memory } = context;
  return {
    list: async (scope, filter, page) => listDeliveries(context, scope, filter, page),
    get: async (scope, id) => getDelivery(db, scope, id),
    listAttempts: async (scope, endpoint, page) => listAttempts(context, scope, endpoint, page),
    agenda: async (after, limit) => readAgenda(db, after, limit),
    nextDue: async (endpoints) => readNextDue(db, endpoints),
    claim: async (wanted, now, leaseMs) => claim(db, wanted, now, leaseMs),
    release: async (claims, now) => release(db, claims, now),
    record: (results, terms) => record(context, results, terms),
    redeliver: async (scope, id, now) => redeliver(context, scope, id, now),
    // The count is kept in memory; the oldest is found by one search per endpoint that has something waiting.
    backlog: async (now) => ({ waiting: memory.waiting, oldestDueAt: readOldestDue(db, now) }),
  };
}

function listDeliveries(
  context: Context,
  scope: Scope,
  filter: DeliveryFilter,
  page: PageRequest,
): Page<Delivery> {
  const search = searchForList(scope, filter, readCursor('delivery', page.cursor));
  const rows = findDeliveries(context, search, 'desc', page.limit + 1);
  return makePage('delivery', rows, page.limit, (row) => row.id, readDelivery);
}

function getDelivery(db: Database, scope: Scope, id: DeliveryId): DeliveryDetail | null {
  const row = getDeliveryRow(db, scope, id);
  if (row === null) return null;
  const event = readEvents(db, [row.event_seq]).get(row.event_seq);
  if (event === undefined) throw new Error(`the event of delivery ${id} is missing`);
  return { delivery: readDelivery(row), event, attempts: readAttemptsOf(db, id) };
}
