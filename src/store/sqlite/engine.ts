// SQLite under the records: their work runs synchronously, each transaction within one turn of the event loop.
import { headColumns, type HeadRow } from '../records/attempt-rows.ts';
import { auditNothing } from '../records/audit.ts';
import type { Engine, Reader } from '../records/engine.ts';
import { deliveryColumns } from '../records/delivery-rows.ts';
import { lastCharacter, type Sql, sql } from '../sql.ts';
import type { ReadBounds } from '../walk.ts';
import { ended, eventBoundary, oldestDay } from './archive.ts';
import { attemptOwners, findAttempts } from './attempts.ts';
import { selectWaitingEndpoints } from './claim.ts';
import { eventById, eventsBySeq, eventsFrom, feedBound, newestEvents, oldestEvents } from './events.ts';
import type { Context, IndexedRows } from './memory.ts';
import { owe } from './owe.ts';
import { redeliver } from './redeliver.ts';
import { cancel } from './cancel.ts';
import { planDeliveries } from './search.ts';
import { addStats } from './stats.ts';
import { anyOf, text } from './text.ts';

import { databaseFacts } from './facts.ts';
export function createEngine(context: Context): Engine {
  const { db, memory, bounds } = context;
  return {
    ...createReader(memory.indexed, bounds),
    read: async (work) => db.perform(work),
    async transaction(start, committed) {
      const result = db.transaction(() => db.perform(start()));
      committed?.(result);
      return result;
    },
    audit: auditNothing,
    effects: {
      // There is no other process to notify.
      changed() {},
      due() {},
      accessChanged() {},
      recovered: (endpoints) => endpoints.forEach((endpoint) => memory.failing.delete(endpoint)),
    },
    cancel: (rows, now) => cancel(context, rows, now),
    owe: (endpoint, events, order) => owe(context, endpoint, events, order),
    redeliver: (rows, order) => redeliver(context, rows, order),
    addStats: (rows) => addStats(db, rows),
    takeRunningReplays: (columns) => sql`select ${columns} from replays where state = 'running' order by id`,
  };
}

/** `indexed` is read anew by each search. */
export function createReader(indexed: IndexedRows, bounds: ReadBounds): Omit<Reader, 'read'> {
  return {
    bounds,
    fragments: {
      anyOf,
      hasOneOf: (column, items) => sql`
        exists (select 1 from json_each(${column}) where value in (select value from json_each(${items})))`,
      isUrl: (url) => sql`url = ${url}`,
      urlBegins: (beginning) => sql`url >= ${beginning} and url < ${beginning + lastCharacter}`,
      // A write transaction is alone from its start.
      lockRows: sql``,
      shareRows: sql``,
    },
    text,
    find: {
      deliveries: (search) => planDeliveries(indexed, search),
      deliveriesById,
      attempts: (scope, endpoint, before, limit) => findAttempts(indexed, scope, endpoint, before, limit),
      attemptHeads: (scope, endpoint, before, limit) =>
        findAttempts<HeadRow>(indexed, scope, endpoint, before, limit, headColumns),
      attemptOwners,
      attemptOverlap: 0,
      databaseFacts,
      waitingEndpoints: selectWaitingEndpoints,
      eventById,
      eventsBySeq,
      events: newestEvents(indexed),
      eventsFrom: eventsFrom(indexed),
      oldestEvents: oldestEvents(indexed),
      feedBound,
      // The search ends soon wherever it begins.
      eventBounds: () => [0, Number.MAX_SAFE_INTEGER],
      oldestDay,
      eventBoundary,
      ended: ended(indexed),
    },
  };
}

function deliveriesById(tenant: string, mode: string, ids: readonly string[]): Sql {
  const among = sql`
    d.tenant = ${tenant} and d.mode = ${mode} and d.id in (select value from json_each(${ids}))`;
  return sql`
    select ${deliveryColumns} from waiting_deliveries d where ${among}
    union all select ${deliveryColumns} from ended_deliveries d where ${among}`;
}
