import type { Delivery, DeliveryId } from '#core/delivery.ts';
import type { DeliveryDetail, DeliveryFilter, Page, PageRequest } from '#core/commands.ts';
import type { Scope } from '#core/tenant.ts';
import type { DeliveryStore } from '#store/store.ts';
import { makePage, readCursor } from '../cursor.ts';
import { searchForList } from '../search.ts';
import { listAttempts, readAttemptsOf } from './attempts.ts';
import { claim, readAgenda, readBacklog, readNextDue, release } from './claim.ts';
import type { Context } from './context.ts';
import type { Queries } from './database.ts';
import { getDeliveryRow, readDelivery } from './delivery-rows.ts';
import { readEvents } from './events.ts';
import { record } from './record.ts';
import { redeliver } from './redeliver.ts';
import { findDeliveries } from './search.ts';

export function createDeliveryStore(context: Context): DeliveryStore {
  const { db } = context;
  return {
    list: (scope, filter, page) => listDeliveries(db, scope, filter, page),
    get: (scope, id) => getDelivery(db, scope, id),
    listAttempts: (scope, endpoint, page) => listAttempts(db, scope, endpoint, page),
    agenda: (after, limit) => readAgenda(db, after, limit),
    nextDue: (endpoints) => readNextDue(db, endpoints),
    claim: (wanted, now, leaseMs) => claim(context, wanted, now, leaseMs),
    async release(claims, now) {
      await release(db, claims, now);
      context.tell.woken([...new Set(claims.map(({ endpoint }) => endpoint))]);
    },
    record: (results, terms) => record(context, results, terms),
    redeliver: (scope, id, now) => redeliver(context, scope, id, now),
    backlog: (now) => readBacklog(db, now),
  };
}

async function listDeliveries(
  db: Queries,
  scope: Scope,
  filter: DeliveryFilter,
  page: PageRequest,
): Promise<Page<Delivery>> {
  const search = searchForList(scope, filter, readCursor('delivery', page.cursor));
  const rows = await findDeliveries(db, search, 'desc', page.limit + 1);
  return makePage('delivery', rows, page.limit, (row) => row.id, readDelivery);
}

async function getDelivery(db: Queries, scope: Scope, id: DeliveryId): Promise<DeliveryDetail | null> {
  const row = await getDeliveryRow(db, scope, id);
  if (row === null) return null;
  const event = (await readEvents(db, [row.event_seq])).get(row.event_seq);
  if (event === undefined) throw new Error(`the event of delivery ${id} is missing`);
  return { delivery: readDelivery(row), event, attempts: await readAttemptsOf(db, id) };
}
