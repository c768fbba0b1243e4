// Postgres under the records: their work runs statement by statement, on the pool or in a transaction.
import { deliveryColumns } from '../records/delivery-rows.ts';
import { auditNothing } from '../records/audit.ts';
import type { Engine, Reader } from '../records/engine.ts';
import { lastCharacter, type Sql, sql } from '../sql.ts';
import type { ReadBounds } from '../walk.ts';
import { attemptOwners, findAttemptHeads, findAttempts } from './attempts.ts';
import { ended, eventBoundary, oldestDay } from './archive.ts';
import { cancel } from './cancel.ts';
import { guardSealed } from './closed-slots.ts';
import type { Context } from './context.ts';
import { type Database, perform } from './database.ts';
import { selectWaitingEndpoints } from './claim.ts';
import {
  eventBounds,
  eventById,
  eventsBySeq,
  eventsFrom,
  feedBound,
  newestEvents,
  oldestEvents,
} from './events.ts';
import { owe } from './owe.ts';
import { redeliver } from './redeliver.ts';
import { planDeliveries } from './search.ts';
import { addStats } from './stats.ts';
import { anyOf, text } from './text.ts';

import { databaseFacts } from './facts.ts';
export function createEngine({ db, ids, notify, process, bounds, isPartition }: Context): Engine {
  const changes = {
    cancel,
    owe: (endpoint, events, order) => owe(ids, endpoint, events, order),
    redeliver,
    addStats,
  } satisfies Partial<Engine>;
  return {
    ...createReader(db, bounds),
    async transaction(start, committed) {
      const result = await db.transaction((tx) => perform(tx, start()));
      committed?.(result);
      return result;
    },
    audit: auditNothing,
    // Which endpoints fail is read with each batch of results.
    effects: { ...notify, recovered() {} },
    ...(isPartition ? guardSealed(changes) : changes),
    takeRunningReplays: (columns) => takeRunningReplays(columns, process),
  };
}

export function createReader(db: Database, bounds: ReadBounds): Reader {
  return {
    bounds,
    read: (work) => perform(db, work),
    fragments: {
      anyOf,
      hasOneOf: (column, items) => sql`${column} && ${items}::text[]`,
      // By a hash: a URL may be longer than an index entry.
      isUrl: (url) => sql`md5(url) = md5(${url}) and url = ${url}`,
      urlBegins,
      lockRows: sql`for no key update`,
      shareRows: sql`for share`,
    },
    text,
    find: {
      deliveries: planDeliveries,
      deliveriesById,
      attempts: findAttempts,
      attemptHeads: findAttemptHeads,
      attemptOwners,
      attemptOverlap: 1000,
      databaseFacts,
      waitingEndpoints: selectWaitingEndpoints,
      eventById,
      eventsBySeq,
      events: newestEvents,
      eventsFrom,
      oldestEvents,
      feedBound,
      eventBounds,
      oldestDay,
      eventBoundary,
      ended,
    },
  };
}

/** One by one, so that each is searched in its own partition only. */
function deliveriesById(tenant: string, mode: string, ids: readonly string[]): Sql {
  const among = sql`d.id = asked.id and d.tenant = ${tenant} and d.mode = ${mode}`;
  const asked = sql`unnest(${ids}::text[]) as asked(id)`;
  return sql`
    select ${deliveryColumns} from ${asked} join waiting_deliveries d on ${among}
    union all select ${deliveryColumns} from ${asked} join ended_deliveries d on ${among}`;
}

/** One process runs a replay, or its rate would be multiplied. It takes those without a living owner. */
function takeRunningReplays(columns: Sql, process: number): Sql {
  return sql`
    with taken as (
      update replays set owner = ${process}
      where state = 'running' and (owner is null or not exists (select 1 from processes p where p.id = owner))
      returning ${columns}
    )
    select * from taken
    union all select ${columns} from replays where state = 'running' and owner = ${process}
    order by id`;
}

/** The index has the beginnings of URLs: a URL may be longer than an index entry. */
function urlBegins(beginning: string): Sql {
  const indexed = Array.from(beginning).slice(0, 512).join('');
  const isLong = indexed.length < beginning.length;
  return sql`
    left(url, 512) collate "C" >= ${indexed} and left(url, 512) collate "C" < ${indexed + lastCharacter}
    ${isLong ? sql`and starts_with(url, ${beginning})` : sql``}`;
}
