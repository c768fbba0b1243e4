import type { Event } from '#core/event.ts';
import type { Scope } from '#core/tenant.ts';
import type { EventStore } from '#store/store.ts';
import type { StoredEvent } from '#core/event.ts';
import { makePage, modesOf, readCursor } from '../cursor.ts';
import { createEventReader, eventColumns, type EventRow } from '../rows/event.ts';
import type { Context } from './context.ts';
import { type Queries, sql } from './database.ts';
import { publish } from './publish.ts';
import { fromStored, toStored } from './text.ts';

export function createEventStore(context: Context): EventStore {
  const { db } = context;
  return {
    publish: (publications, terms) => publish(context, publications, terms),
    get: (scope, id) => getEvent(db, scope, id),
    async list(scope, page) {
      const after = readCursor('event', page.cursor);
      const before = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
      const rows: EventRow[] = [];
      for (const mode of modesOf(scope)) {
        rows.push(...(await db.all<EventRow>(selectPage, [scope.tenant, mode, before, page.limit + 1])));
      }
      rows.sort((a, b) => b.seq - a.seq);
      return makePage('event', rows, page.limit, (row) => String(row.seq), readStored);
    },
  };
}

const readEvent = createEventReader(fromStored);

/** Events by their numbers. */
export async function readEvents(queries: Queries, seqs: Iterable<number>): Promise<Map<number, Event>> {
  const asked = [...new Set(seqs)];
  if (asked.length === 0) return new Map();
  const rows = await queries.all<EventRow>(selectBySeq, [asked]);
  return new Map(rows.map((row) => [row.seq, readEvent(row)]));
}

/** `live` comes before `test`: when both modes have the id, the live one is the answer. */
async function getEvent(db: Queries, scope: Scope, id: string): Promise<StoredEvent | null> {
  for (const mode of modesOf(scope)) {
    const row = await db.get<EventRow>(selectById, [toStored(id), scope.tenant, mode]);
    if (row !== undefined) return readStored(row);
  }
  return null;
}

function readStored(row: EventRow): StoredEvent {
  return { event: readEvent(row), deliveries: row.deliveries };
}

const columns = eventColumns.replaceAll(/\w+/g, 'v.$&');

const selectById = sql`
  select ${columns} from event_ids i join events v on v.seq = i.seq
  where i.id = $1 and i.tenant = $2 and i.mode = $3`;

/** Asked for one by one, each is looked for in its own slice alone. */
const selectBySeq = sql`
  select ${columns} from unnest($1::bigint[]) as asked(seq) join events v on v.seq = asked.seq`;

/** The slices follow each other in time: the newest is read first, and mostly alone. */
const selectPage = sql`
  select ${columns} from events v
  where v.tenant = $1 and v.mode = $2 and v.seq < $3 order by v.seq desc limit $4`;
