import type { Event } from '#core/event.ts';
import type { Scope } from '#core/tenant.ts';
import type { EventStore } from '#store/store.ts';
import type { StoredEvent } from '#core/event.ts';
import { makePage, modesOf, readCursor } from '../cursor.ts';
import { createEventReader, eventColumns, type EventRow } from '../rows/event.ts';
import { type Database, sql } from './database.ts';
import type { Context } from './memory.ts';
import { publish } from './publish.ts';
import { fromStored } from './text.ts';

export function createEventStore(context: Context): EventStore {
  const { db, memory } = context;
  return {
    publish: (publications, terms) => publish(context, publications, terms),
    get: async (scope, id) => getEvent(db, scope, id),
    async list(scope, page) {
      const after = readCursor('event', page.cursor);
      const before = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
      const limit = page.limit + 1;
      const rows = modesOf(scope).flatMap((mode) => [
        ...db.all<EventRow>(selectUnfiled, memory.filed.events, before, scope.tenant, mode, limit),
        ...db.all<EventRow>(selectFiled, scope.tenant, mode, before, limit),
      ]);
      rows.sort((a, b) => b.seq - a.seq);
      return makePage('event', rows, page.limit, (row) => String(row.seq), readStored);
    },
  };
}

const readEvent = createEventReader(fromStored);

/** Events by their numbers. */
export function readEvents(db: Database, seqs: Iterable<number>): Map<number, Event> {
  const asked = JSON.stringify([...new Set(seqs)]);
  return new Map(db.all<EventRow>(selectBySeq, asked).map((row) => [row.seq, readEvent(row)]));
}

/** `live` comes before `test`: when both modes have the id, the live one is the answer. */
function getEvent(db: Database, scope: Scope, id: string): StoredEvent | null {
  for (const mode of modesOf(scope)) {
    const row = db.get<EventRow>(selectById, scope.tenant, mode, id);
    if (row !== undefined) return readStored(row);
  }
  return null;
}

function readStored(row: EventRow): StoredEvent {
  return { event: readEvent(row), deliveries: row.deliveries };
}

const selectById = sql`select ${eventColumns} from events where tenant = ? and mode = ? and id = ?`;

const selectBySeq = sql`select ${eventColumns} from events where seq in (select value from json_each(?))`;

const selectUnfiled = sql`
  select ${eventColumns} from events
  where seq > ? and seq < ? and tenant = ? and mode = ? order by seq desc limit ?`;

const selectFiled = sql`
  select ${eventColumns} from events
  where seq in (select seq from events_by_tenant where tenant = ? and mode = ? and seq < ? order by seq desc limit ?)
  order by seq desc`;
